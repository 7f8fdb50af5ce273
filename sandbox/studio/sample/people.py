"""The fictional people of the sample workspaces."""

from sandbox.studio.model import User

MIRA = User("mira.owner@example.org", "Mira Owner", "5e0b7c1f2a3d4e5f8a9b0c1d2e3f4a5b", "Owner")
TOMAS = User("tomas.user@example.org", "Tomas User", "c4d5e6f708192a3b4c5d6e7f8091a2b3")
TOMAS_ALIAS = "t-user"
LEA = User("lea.new@example.org", "Lea New", "d1e2f3041526374859606a7b8c9dae0f", status="Pending")
LEA_OWNER = User("lea.new@example.org", "Lea New", "d1e2f3041526374859606a7b8c9dae0f", "Owner")
JONAS = User("jonas.analyst@example.org", "Jonas Analyst", "e7f80912a3b4c5d6e7f8091a2b3c4d5e")
ZOE = User(
    "zoe.angstrom@example.org", "Zo\u00eb \u00c5ngstr\u00f6m", "f0e1d2c3b4a5968778695a4b3c2d1e0f"
)

TOMAS_TWIN = User("tomas.second@example.org", "Tomas User", "0a1b2c3d4e5f60718293a4b5c6d7e8f9")
"""Another person of the same display name, so that the name alone tells nothing."""
