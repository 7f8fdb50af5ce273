"""A workspace's models, transforms, modules, notebooks, projects and gateways, as answered."""

import json
import time
from typing import Any

from sandbox.studio.content import Content
from sandbox.studio.model import Workspace
from sandbox.studio.payload_asset import (
    gateway_payload,
    model_payload,
    module_payload,
    notebook_payload,
    project_payload,
    promoted_location,
    transform_payload,
)
from sandbox.studio.sas import Signer
from sandbox.studio.template import Template


class AssetView:
    """The kinds that the Studio API lists and never deletes, for one server address."""

    def __init__(self, workspace: Workspace, url: str, signer: Signer) -> None:
        account = workspace.blob_account
        self._workspace = workspace
        self._url = url
        self._signer = signer
        payloads: dict[str, list[dict[str, Any]]] = {
            "trainedmodels": [model_payload(url, account, m) for m in workspace.models],
            "transformmodules": [transform_payload(url, account, t) for t in workspace.transforms],
            "modules": [module_payload(m) for m in workspace.modules],
            "notebooks": [notebook_payload(n) for n in workspace.notebooks],
            "projectcontainers": [project_payload(p) for p in workspace.projects],
            "gateways": [gateway_payload(workspace.region_name, g) for g in workspace.gateways],
        }
        self._lists = {kind: Template.of(items) for kind, items in payloads.items()}
        self._models = {p["Id"]: Template.of(p) for p in payloads["trainedmodels"]}

    def listed(self, kind: str) -> bytes:
        """Give the list of a kind, named as its path is."""
        return self._lists[kind].fill(self._signer, self._url, time.time())

    def model(self, model_id: str) -> bytes | None:
        """Give GET `trainedmodels/{id}`, None for an unknown id."""
        document = self._models.get(model_id)
        return None if document is None else document.fill(self._signer, self._url, time.time())

    def attachments(self, family_id: str) -> bytes | None:
        """Give GET `notebooks/family/{id}/attachments`, None for an unknown notebook."""
        for notebook in self._workspace.notebooks:
            if notebook.family_id == family_id:
                return json.dumps(notebook.attachments).encode()
        return None

    def blobs(self) -> dict[str, Content]:
        """Give the blobs of the models and transforms that have their own, by path."""
        return {
            f"/{self._workspace.blob_account}/{promoted_location(asset, suffix)}": asset.content
            for assets, suffix in (
                (self._workspace.models, ".ilearner"),
                (self._workspace.transforms, ".itransform"),
            )
            for asset in assets
            if asset.content is not None
        }
