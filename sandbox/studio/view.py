"""A workspace as its server answers for it: documents prepared once, blobs by path."""

import json
import time
from functools import cached_property

from sandbox.loopback.removals import Removals
from sandbox.studio.content import Content
from sandbox.studio.deletes import Deletes
from sandbox.studio.management import Management
from sandbox.studio.model import Experiment, Run, Workspace
from sandbox.studio.payload_dataset import dataset_blobs, dataset_payload
from sandbox.studio.payload_experiment import (
    annotation_payload,
    definition_payload,
    experiment_payload,
    experiment_summary,
    output_content,
    run_blobs,
)
from sandbox.studio.payload_workspace import user_payload, workspace_payload
from sandbox.studio.sas import Signer
from sandbox.studio.template import Template
from sandbox.studio.view_assets import AssetView

SAMPLE_ACCOUNT = "studiosamples"
"""The storage account of Microsoft's sample assets."""


class WorkspaceView:
    """Everything that a workspace's GET calls answer, for one server address.

    Lists are in the order of the model. Documents with links are signed anew in every answer;
    two answers within a second are equal, since the times in a link are whole seconds.
    """

    def __init__(
        self, workspace: Workspace, url: str, signer: Signer, removals: Removals | None = None
    ) -> None:
        self.workspace = workspace
        self._url = url
        self._signer = signer
        self.assets = AssetView(workspace, url, signer)
        self._removals = removals = Removals() if removals is None else removals
        self.deletes = Deletes(workspace, removals)
        self.management = Management(workspace, url, signer, removals)
        self._datasets = {
            family.id_of(version): (account, family, version)
            for account, families in (
                (SAMPLE_ACCOUNT, workspace.sample_families),
                (workspace.blob_account, workspace.families),
            )
            for family in families
            for version in family.versions
        }
        self._states = {
            state_id: (experiment, run)
            for experiment in workspace.all_experiments()
            for state_id, run in experiment.states()
        }
        self._documents: dict[str, Template] = {}
        self._list: tuple[int, bytes] = (-1, b"")

    @cached_property
    def blobs(self) -> dict[str, Content]:
        """Give every blob of the workspace by its path, `/{account}/{container}/{name}`."""
        found = self.assets.blobs() | self.management.blobs()
        for account, family, version in self._datasets.values():
            found.update(dataset_blobs(account, family, version))
        for experiment in self.workspace.all_experiments():
            for run in experiment.runs:
                found.update(run_blobs(self.workspace.blob_account, experiment, run))
        return found

    @cached_property
    def record(self) -> bytes:
        """Give GET `workspaces/{ws}`."""
        return Template.of(workspace_payload(self.workspace)).pieces[0]

    @cached_property
    def users(self) -> bytes:
        """Give GET `workspaces/{ws}/users`."""
        return Template.of([user_payload(user) for user in self.workspace.users]).pieces[0]

    @property
    def experiments(self) -> bytes:
        """Give GET `workspaces/{ws}/experiments`: the newest state of each."""
        listed = (doc for key, doc in self._summaries.items() if self._removals.listed(key))
        return b"[" + b",".join(listed) + b"]"

    def datasets(self) -> bytes:
        """Give GET `workspaces/{ws}/datasources`: all versions of all families."""
        now = time.time()
        second, document = self._list
        if second != int(now) or self._removals:
            items = (
                self._dataset(key).fill(self._signer, self._url, now)
                for key in self._datasets
                if self._removals.listed(key)
            )
            document = b"[" + b",".join(items) + b"]"
            self._list = (-1 if self._removals else int(now), document)
        return document

    def dataset(self, dataset_id: str) -> bytes | None:
        """Give GET `datasources/{id}`, None for an unknown id."""
        if dataset_id not in self._datasets or self._removals.gone(dataset_id):
            return None
        return self._dataset(dataset_id).fill(self._signer, self._url, time.time())

    def experiment(self, experiment_id: str) -> bytes | None:
        """Give GET `experiments/{id}` for a current state or an earlier run, None if unknown."""
        state = self._state(experiment_id)
        if state is None:
            return None
        document = self._documents.get(experiment_id)
        if document is None:
            account = self.workspace.blob_account
            payload = experiment_payload(self._url, account, state[0], experiment_id, state[1])
            document = self._documents[experiment_id] = Template.of(payload)
        return document.fill(self._signer, self._url, time.time())

    def annotations(self, experiment_id: str) -> bytes | None:
        """Give GET `experiments/{id}/annotations`, None for an unknown experiment."""
        state = self._state(experiment_id)
        if state is None:
            return None
        notes = [annotation_payload(experiment_id, note) for note in state[1].annotations]
        return Template.of(notes).pieces[0]

    def definition(self, experiment_id: str) -> bytes | None:
        """Give GET `experiments/{id}/webservicedefinition`, None for an unknown experiment.

        Raises ValueError where the experiment has none: it did not finish, or is no web service.
        """
        state = self._state(experiment_id)
        if state is None:
            return None
        if state[1].status != "Finished" or state[1].web_service is None:
            raise ValueError("the experiment is no web service experiment that finished")
        return json.dumps(definition_payload(self.workspace.region_name, *state)).encode()

    def output(self, experiment_id: str, node_id: str, port: str) -> Content | None:
        """Give what a node's port gave, None where there is no such thing."""
        state = self._state(experiment_id)
        return None if state is None else output_content(state[1], node_id, port)

    @cached_property
    def _summaries(self) -> dict[str, bytes]:
        return {
            experiment.id: Template.of(
                experiment_summary(experiment, experiment.id, experiment.runs[0])
            ).pieces[0]
            for experiment in self.workspace.all_experiments()
        }

    def _state(self, experiment_id: str) -> tuple[Experiment, Run] | None:
        return None if self._removals.gone(experiment_id) else self._states.get(experiment_id)

    def _dataset(self, dataset_id: str) -> Template:
        document = self._documents.get(dataset_id)
        if document is None:
            payload = dataset_payload(self._url, *self._datasets[dataset_id])
            document = self._documents[dataset_id] = Template.of(payload)
        return document
