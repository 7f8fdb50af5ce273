"""How the service writes an experiment."""

from collections.abc import Iterator
from typing import Any

from sandbox.studio.content import Content
from sandbox.studio.identifiers import UNSET_DATE, date, hex_id, weak_etag
from sandbox.studio.model import Annotation, Experiment, ModuleNode, NodeOutput, Run
from sandbox.studio.payload_endpoint import shared_endpoint
from sandbox.studio.payload_graph import graph_payload

_VISUALIZATION = ".visualization"


def experiment_summary(experiment: Experiment, experiment_id: str, run: Run) -> dict[str, Any]:
    """Give an experiment as the list does: without graph and node statuses."""
    older = experiment.runs[experiment.runs.index(run) + 1 :]
    return {
        "ExperimentId": experiment_id,
        "RunId": experiment.run_id(run),
        "ParentExperimentId": experiment.run_id(older[0]) if older else None,
        "OriginalExperimentDocumentationLink": None,
        "Summary": run.summary,
        "Description": run.description,
        "Status": _status(run.status, run.status_detail, run.created, run.ended),
        "Etag": experiment_etag(experiment_id, run),
        "Creator": run.creator,
        "IsLeaf": experiment_id == experiment.id,
        "DisableNodesUpdate": None,
        "Category": experiment.category,
        "Tags": list(run.tags),
        "IsPartialRun": False,
    }


def experiment_etag(experiment_id: str, run: Run) -> str:
    """Give the entity tag of a state, which a save or a delete may name in If-Match."""
    return weak_etag(run.ended or run.created, experiment_id)


def experiment_payload(
    url: str, account: str, experiment: Experiment, experiment_id: str, run: Run
) -> dict[str, Any]:
    """Give GET `experiments/{exp}`, with holes for its links."""
    return experiment_summary(experiment, experiment_id, run) | {
        "Graph": graph_payload(run.nodes),
        "NodeStatuses": [
            _node_status(url, account, experiment, run, node)
            for node in run.nodes
            if run.ended is not None
        ],
        "WebService": {
            "IsWebServiceExperiment": run.web_service is not None,
            "Inputs": [],
            "Outputs": [],
            "Parameters": [],
            "WebServiceGroupId": run.web_service,
            "ModelPackageId": None,
            "RunId": None,
            "SerializedClientData": None,
            "ArmWebServiceId": None,
        },
    }


def definition_payload(region: str, experiment: Experiment, run: Run) -> dict[str, Any]:
    """Give GET `experiments/{exp}/webservicedefinition`: what ARM would deploy.

    Storage account and plan are missing; who deploys it adds them.
    """
    return {
        "location": region,
        "properties": {
            "title": run.description,
            "description": run.summary,
            "machineLearningWorkspace": {"id": experiment.workspace_id},
            "packageType": "Graph",
            "package": {
                "nodes": {
                    node.id: {"assetId": node.module_id, "parameters": dict(node.parameters)}
                    for node in run.nodes
                },
                "edges": [],
                "graphParameters": {},
            },
        },
    }


def annotation_payload(experiment_id: str, annotation: Annotation) -> dict[str, Any]:
    """Give one entry of GET `experiments/{exp}/annotations`."""
    return {
        "Id": annotation.id,
        "ParentAnnotationId": annotation.parent_id,
        "ExperimentId": experiment_id,
        "Content": annotation.content,
        "IsCollapsed": False,
        "NodeId": annotation.node_id,
        "Edge": None,
    }


def run_blobs(account: str, experiment: Experiment, run: Run) -> Iterator[tuple[str, Content]]:
    """Give the blobs that a run left behind, by path: outputs and logs."""
    for node in run.nodes:
        for output in node.outputs:
            for content, suffix in (
                (output.content, output.suffix),
                (output.visualization, _VISUALIZATION),
            ):
                if content is not None:
                    yield _path(account, experiment, run, node, output.port, suffix), content
        for label, log in (("stdout", node.stdout), ("stderr", node.stderr)):
            if log is not None:
                yield _path(account, experiment, run, node, label, f".{label}"), log


def _node_status(
    url: str, account: str, experiment: Experiment, run: Run, node: ModuleNode
) -> dict[str, Any]:
    def endpoint(name: str, label: str, suffix: str, content: Content | None) -> Any:
        if content is None:
            return None
        path = _path(account, experiment, run, node, label, suffix)
        return shared_endpoint(url, experiment.workspace_id, path, content.size, name)

    def about(output: NodeOutput) -> list[dict[str, Any]]:
        found = endpoint("", output.port, _VISUALIZATION, output.visualization)
        return [] if found is None else [{"Key": "visualization", "Value": found}]

    made = [output for output in node.outputs if output.content is not None]
    names = {
        o.port: [{"Name": o.port, "Value": _path("", experiment, run, node, o.port, o.suffix)[2:]}]
        for o in made
    }
    detail = "None" if node.status == "Finished" else "ModuleError"
    status = _status(node.status, detail, run.created, run.ended)
    return {
        "NodeId": node.id,
        "Status": status | {"Metadata": names or None},
        "StandardErrorEndpoint": endpoint("", "stderr", ".stderr", node.stderr),
        "StandardOutEndpoint": endpoint("", "stdout", ".stdout", node.stdout),
        "OutputEndpoints": [endpoint(o.port, o.port, o.suffix, o.content) for o in made],
        "MetadataOutputEndpoints": {o.port: about(o) for o in made},
    }


def _status(code: str, detail: str, created: int, ended: int | None) -> dict[str, Any]:
    return {
        "StatusCode": code,
        "StatusDetail": detail,
        "CreationTime": date(created),
        "StartTime": UNSET_DATE if ended is None else date(created + 2000),
        "EndTime": date(ended),
        "Metadata": None,
    }


def _path(
    account: str, experiment: Experiment, run: Run, node: ModuleNode, label: str, suffix: str
) -> str:
    run_id = experiment.run_id(run) or experiment.id
    name = hex_id(run_id, node.id, label)
    return f"/{account}/experimentoutput/{name}/{name}{suffix}"


def output_content(run: Run, node_id: str, port: str) -> Content | None:
    """Give what GET `outputdata/{node}/{port}` answers with for a run."""
    for node in run.nodes:
        for output in node.outputs:
            if (node.id, output.port) == (node_id, port):
                return output.content
    return None
