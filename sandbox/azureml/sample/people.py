"""The fictional people of the sample workspaces: those of the Studio samples, and one twin.

Tomas has the id that he has in Studio's samples, so that one request covers both services.
"""

from sandbox.azureml.identifiers import guid
from sandbox.azureml.model import Person
from sandbox.studio.model import User
from sandbox.studio.sample import people as studio


def _person(user: User, shown: str = "") -> Person:
    return Person(user.user_id, user.name, user.email, shown)


TOMAS = _person(studio.TOMAS)
TWIN = _person(studio.TOMAS_TWIN)
"""Another person whom ARM shows by the same name."""
MIRA = _person(studio.MIRA, "Mira Owner (Example)")
JONAS = _person(studio.JONAS, "Jonas Analyst (Example)")
ROBOT = Person(guid("application", "pipeline-robot"), "pipeline-robot", "", is_application=True)
"""A service principal that submits jobs for others."""
PEOPLE = (MIRA, TOMAS, TWIN, JONAS)
