"""The free workspace `free-lab`: two users of one name, no storage account of its own."""

from sandbox.studio.content import Content
from sandbox.studio.identifiers import hex_id, milliseconds, node_id, token
from sandbox.studio.model import (
    DatasetFamily,
    DatasetVersion,
    Experiment,
    InputPort,
    ModuleNode,
    NodeOutput,
    Run,
    Workspace,
    family,
)
from sandbox.studio.model_asset import Project, Promoted, promoted
from sandbox.studio.model_service import ClassicService, EndpointResource, ServiceEndpoint
from sandbox.studio.sample.files import as_tsv, first_lines, opaque, shipped
from sandbox.studio.sample.microsoft import (
    built_in_modules,
    module_id,
    sample_experiments,
    sample_families,
)
from sandbox.studio.sample.people import LEA_OWNER, TOMAS, TOMAS_ALIAS, TOMAS_TWIN

WORKSPACE_ID = hex_id("workspace", "free-lab")
_JUNE = milliseconds("2018-06-04T09:00:00")


def free_lab() -> Workspace:
    """Give the workspace."""
    families = (
        # strong
        _dataset("wheat.json", "PlainText", shipped("wheat.json"), TOMAS.email),
        # resolved: the alias that a request gives
        _dataset("temps.tsv", "GenericTSV", as_tsv("seattle-temps.csv"), TOMAS_ALIAS),
        # weak: two users bear this name, so that it tells nothing
        _dataset("anscombe.json", "PlainText", shipped("anscombe.json"), TOMAS.name),
        # none: the other person of the name, and Lea
        _dataset("crimea.json", "PlainText", shipped("crimea.json"), TOMAS_TWIN.email),
        _dataset("energy.csv", "GenericCSV", shipped("iowa-electricity.csv"), LEA_OWNER.name),
        # unattributed
        _dataset("sampled.csv", "GenericCSV", first_lines("airports.csv", 50), "Python SDK"),
    )
    return Workspace(
        name="free-lab",
        account_kind="free",
        workspace_type="Free",
        region="southcentralus",
        region_name="South Central US",
        workspace_id=WORKSPACE_ID,
        created=milliseconds("2018-06-01T09:00:00"),
        # The other shape of a token that was seen: 32 hex digits.
        primary_token=hex_id("primary", WORKSPACE_ID),
        secondary_token=token("secondary", WORKSPACE_ID),
        blob_account="studiofree01",
        owner_email=LEA_OWNER.email,
        owner_principal_id="1003BFFD00000002",
        users=(LEA_OWNER, TOMAS, TOMAS_TWIN),
        families=families,
        experiments=_experiments(families),
        sample_families=sample_families(),
        sample_experiments=sample_experiments(),
        models=_models(),
        modules=built_in_modules(),
        projects=(
            Project(
                hex_id("project", "free"),
                "Quartet study",
                "four tables that only look alike",
                TOMAS_ALIAS,
            ),
        ),
        services=_services(),
    )


def _dataset(name: str, data_type: str, content: Content, owner: str) -> DatasetFamily:
    version = DatasetVersion(1, name, data_type, content, owner, _JUNE, uploaded_from=name)
    return family(WORKSPACE_ID, name, version)


def _experiments(families: tuple[DatasetFamily, ...]) -> tuple[Experiment, ...]:
    def experiment(label: str, creator: str, source: DatasetFamily) -> Experiment:
        node = ModuleNode(
            node_id(7, "free", label),
            module_id("Convert to CSV"),
            inputs=(InputPort("Dataset", source.id_of(source.versions[0])),),
            outputs=(NodeOutput("Results dataset", first_lines("stocks.csv", 30)),),
            stdout=first_lines("stocks.csv", 2),
        )
        run = Run(_JUNE, _JUNE + 5_000, "Finished", creator, label, nodes=(node,))
        return Experiment(WORKSPACE_ID, hex_id("experiment", "free", label), (run,))

    return (
        experiment("Quartet", TOMAS.name, families[2]),  # weak
        experiment("Energy mix", LEA_OWNER.name, families[4]),  # none
    )


def _models() -> tuple[Promoted, ...]:
    gone = f"{WORKSPACE_ID}.f-id.{hex_id('experiment', 'free', 'gone')}"
    return (
        promoted(
            WORKSPACE_ID,
            "energy model",
            "linear regression over Iowa's plants",
            TOMAS_ALIAS,
            _JUNE,
            (gone, node_id(9, "free", "gone"), "Trained model"),
        ),
    )


def _services() -> tuple[ClassicService, ...]:
    resource = EndpointResource("energy model [trained model]", opaque("energy model", 9_000))
    endpoint = ServiceEndpoint(
        "default",
        hex_id("endpoint", "free", "energy"),
        "the staging endpoint of Energy scoring",
        _JUNE,
        (resource,),
    )
    service = ClassicService(
        hex_id("service", "free", "energy"),
        "Energy scoring",
        "Predicts next month's megawatt hours",
        _JUNE,
        (endpoint,),
    )
    return (service,)
