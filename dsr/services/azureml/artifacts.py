"""The files of a run: outputs, logs, and what it wrote to `outputs` and `logs`.

Source: `_restclient/artifact` of PyPI azureml-mlflow 1.62.0.post6: `list_sas_by_prefix`
(`artifacts/{origin}/{container}/prefix/contentinfo`, answers
`PaginatedArtifactContentInformationList`, members `contentUri`, `path`) and
`get_content_information` (`…/contentinfo?path=`). One call gives the links of many files.
"""

from collections.abc import Iterator
from typing import Any, Final

from dsr.errors import Absent
from dsr.services.azureml.data_plane import ARTIFACT
from dsr.services.azureml.size_limits import within_limit
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import text
from dsr.usecases.connector import Content, Missing

_ORIGIN: Final = "ExperimentRun"
_DOWNLOAD: Final = "download artifact"


def container_of(run_id: str, run: Any) -> str:
    """Give the container of a run's own files, "" where it names one of another run.

    A step that a pipeline did not run again names the container of the run that it took.
    """
    own = f"dcid.{run_id}"
    named = text(run, "dataContainerId")
    return own if named in ("", own) else ""


def artifacts(
    workspace: AzureMlWorkspace, container: str, kind: str, folder: str = ""
) -> Iterator[Content | Missing]:
    """Give all files of a run's container, below `folder`; none where it has no container."""
    names = ("artifacts", _ORIGIN, container, "prefix", "contentinfo")
    try:
        for item in workspace.plane.all(ARTIFACT, names, "list artifacts"):
            path = text(item, "path").strip("/")
            if path:
                yield _file(workspace, container, path, text(item, "contentUri"), kind, folder)
    except Absent:  # nothing was ever written
        return


def paths_of(workspace: AzureMlWorkspace, container: str) -> Iterator[str]:
    """Give the paths of all files of a run's container; none where it has no container."""
    names = ("artifacts", _ORIGIN, container)
    try:
        for item in workspace.plane.all(ARTIFACT, names, "list artifacts"):
            if path := text(item, "path").strip("/"):
                yield path
    except Absent:
        return


def _file(
    workspace: AzureMlWorkspace, container: str, path: str, known: str, kind: str, folder: str
) -> Content | Missing:
    def locate() -> str | None:
        names = ("artifacts", _ORIGIN, container, "contentinfo")
        return text(
            workspace.plane.get(ARTIFACT, names, "read artifact link", {"path": path}), "contentUri"
        )

    source = workspace.source(lambda: locate() or None, _DOWNLOAD, known or None)
    return within_limit(workspace, kind, f"{folder}artifacts/{path}", source)
