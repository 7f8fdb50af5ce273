"""Microsoft's sample assets, which every workspace's lists show beside its own."""

from sandbox.studio.identifiers import GLOBAL_WORKSPACE_ID, hex_id, milliseconds, node_id
from sandbox.studio.model import (
    DatasetFamily,
    DatasetVersion,
    Experiment,
    InputPort,
    ModuleNode,
    Run,
    sample_family,
)
from sandbox.studio.model_asset import Module
from sandbox.studio.sample.files import shipped

OWNER = "Microsoft Corporation"
CATEGORY = "samples"
_CREATED = milliseconds("2014-07-16T00:00:00")


def _sample(label: str, name: str, data_type: str, file: str) -> DatasetFamily:
    version = DatasetVersion(
        1,
        name,
        data_type,
        shipped(file),
        OWNER,
        _CREATED,
        f"{name}: sample dataset",
        uploaded_from=file,
        category=CATEGORY,
    )
    return sample_family(label, version)


def sample_families() -> tuple[DatasetFamily, ...]:
    """Give the sample datasets."""
    return (
        _sample("airports", "Airport Codes Dataset", "GenericCSV", "airports.csv"),
        _sample("iris", "Iris Data", "PlainText", "iris.json"),
        _sample("energy", "Energy Sources of Iowa", "GenericCSV", "iowa-electricity.csv"),
        _sample("cars", "Automobile price data (Raw)", "PlainText", "cars.json"),
    )


def module_id(name: str) -> str:
    """Give the id of a built-in module."""
    return f"{GLOBAL_WORKSPACE_ID}.{hex_id('module', name)}.v1-default-1562"


def built_in_modules() -> tuple[Module, ...]:
    """Give a few of the built-in modules, those that the samples' graphs use among them."""
    return tuple(
        Module(
            GLOBAL_WORKSPACE_ID,
            hex_id("module", name),
            1562,
            name,
            f"{name}: built-in module",
            OWNER,
            _CREATED,
            category,
            module_type="DotNet",
            language=("DotNet", "4.5.0"),
            release_state="Release",
            source_origin="Microsoft",
        )
        for name, category in (
            ("Convert to CSV", "Data Format Conversions"),
            ("Enter Data Manually", "Data Input and Output"),
            ("Execute Python Script", "Python Language Modules"),
            ("Normalize Data", "Data Transformation"),
            ("Score Model", "Machine Learning"),
            ("Select Columns in Dataset", "Data Transformation"),
            ("Train Model", "Machine Learning"),
        )
    )


def sample_experiments() -> tuple[Experiment, ...]:
    """Give the sample experiments; nobody of the workspace made them."""
    data = sample_families()[0]
    node = ModuleNode(
        node_id(12, "sample", "select"),
        module_id("Select Columns in Dataset"),
        "keep the codes",
        inputs=(InputPort("Dataset", data.id_of(data.versions[0])),),
    )
    run = Run(
        _CREATED,
        _CREATED + 60_000,
        "Finished",
        OWNER,
        "Sample 1: Download dataset from UCI",
        "A first experiment",
        nodes=(node,),
    )
    return (Experiment(GLOBAL_WORKSPACE_ID, hex_id("sample", "download"), (run,), CATEGORY),)
