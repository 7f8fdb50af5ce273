"""The guest workspace `guest-trial`: anonymous, so without users, owner or account."""

from sandbox.studio.content import Content, text
from sandbox.studio.identifiers import hex_id, milliseconds, node_id, token
from sandbox.studio.model import (
    DatasetFamily,
    DatasetVersion,
    Experiment,
    InputPort,
    ModuleNode,
    Run,
    Workspace,
    family,
)
from sandbox.studio.model_asset import Project
from sandbox.studio.sample.files import first_lines, shipped
from sandbox.studio.sample.microsoft import (
    built_in_modules,
    module_id,
    sample_experiments,
    sample_families,
)

WORKSPACE_ID = hex_id("workspace", "guest-trial")
_START = milliseconds("2018-06-10T13:00:00")


def guest_trial() -> Workspace:
    """Give the workspace. Of its data only a free text leads to a person: `notes.txt`, weak."""
    families = (
        _dataset("iris.json", "PlainText", shipped("iris.json")),
        _dataset("weather.csv", "GenericCSV", first_lines("seattle-weather.csv", 400)),
        _dataset("notes.txt", "PlainText", text("call back on Monday\n"), "Notes of Tomas User"),
    )
    source = families[1]
    node = ModuleNode(
        node_id(3, "guest"),
        module_id("Split Data"),
        inputs=(InputPort("Dataset", source.id_of(source.versions[0])),),
    )
    run = Run(_START, None, "InDraft", "GuestUser", "My first experiment", nodes=(node,))
    return Workspace(
        name="guest-trial",
        account_kind="guest",
        workspace_type="Anonymous",
        region="southcentralus",
        region_name="South Central US",
        workspace_id=WORKSPACE_ID,
        created=_START,
        primary_token=token("primary", WORKSPACE_ID),
        secondary_token=token("secondary", WORKSPACE_ID),
        blob_account="studioguest01",
        families=families,
        experiments=(Experiment(WORKSPACE_ID, hex_id("experiment", "guest"), (run,)),),
        sample_families=sample_families(),
        sample_experiments=sample_experiments(),
        modules=built_in_modules(),
        projects=(
            Project(
                hex_id("project", "guest"), "Trial", "what a guest tried in an hour", "GuestUser"
            ),
        ),
    )


def _dataset(name: str, data_type: str, content: Content, description: str = "") -> DatasetFamily:
    version = DatasetVersion(
        1, name, data_type, content, "GuestUser", _START, description, uploaded_from=name
    )
    return family(WORKSPACE_ID, name, version)
