"""How the service writes an experiment's graph."""

from collections.abc import Sequence
from typing import Any

from sandbox.studio.model import InputPort, ModuleNode

_LANGUAGE = {"Language": "DotNet", "Version": "4.5.0"}


def graph_payload(nodes: Sequence[ModuleNode]) -> dict[str, Any]:
    """Give the `Graph` of an experiment: modules, edges, and where the nodes lie."""
    positions = "".join(
        f"<NodePosition Node='{node.id}' Position='10,{20 + 120 * at},200,200'/>"
        for at, node in enumerate(nodes)
    )
    return {
        "ModuleNodes": [_module(node) for node in nodes],
        "SerializedClientData": "<?xml version='1.0' encoding='utf-16'?><DataV1><Meta />"
        f"<NodePositions>{positions}</NodePositions></DataV1>",
        "PublishInfo": None,
        "Parameters": None,
        "EdgesInternal": [
            {
                "SourceOutputPortId": f"{port.source[0]}:{port.source[1]}",
                "DestinationInputPortId": f"{node.id}:{port.name}",
                "DestinationInputPortIndex": None,
            }
            for node in nodes
            for port in node.inputs
            if port.source is not None
        ],
    }


def _module(node: ModuleNode) -> dict[str, Any]:
    return {
        "Id": node.id,
        "ModuleId": node.module_id,
        "Comment": node.comment,
        "CommentCollapsed": True,
        **_LANGUAGE,
        "UsePreviousResults": True,
        "ModuleParameters": [
            {"ValueType": "Literal", "LinkedGlobalParameter": None, "Name": name, "Value": value}
            for name, value in node.parameters
        ],
        "IsPartOfPartialRun": False,
        "InputPortsInternal": [_input(node, port) for port in node.inputs],
        "OutputPortsInternal": [
            {"Name": o.port, "NodeId": node.id, "OutputType": o.output_type} for o in node.outputs
        ],
    }


def _input(node: ModuleNode, port: InputPort) -> dict[str, Any]:
    return {
        "Name": port.name,
        "DataSourceId": port.dataset_id,
        "TrainedModelId": port.model_id,
        "TransformModuleId": None,
        **_LANGUAGE,
        "PortIndex": None,
        "NodeId": node.id,
    }
