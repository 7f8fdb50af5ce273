"""Sandbox workspaces of Azure Machine Learning with one asset a cell of the table of deletes."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sandbox.azureml import MICROSOFT, Artifact, Blob, Job, Person, Resource, Version
from sandbox.azureml.identifiers import hex_digest
from sandbox.azureml.model import ARTIFACTS, ShareFile, left_by
from sandbox.azureml.sample.assets import BLOBSTORE, code, data, model
from sandbox.azureml.sample.jobs import log
from sandbox.azureml.sample.people import JONAS, TOMAS, TWIN
from sandbox.azureml.sample.resources import compute_instance, schedule, system_datastores
from sandbox.studio.content import text
from tests.integration.azureml_bare import ACCOUNT, PATHS, Made, Place, alias, bare
from tests.integration.azureml_cells import (
    BY_API,
    FOLDER,
    UNFLAGGED,
    UPLOADED,
    VERSIONED,
    cells,
    included,
)

ADDRESSED = replace(TOMAS, shown=TOMAS.address)
"""The subject as a resource names him that shows addresses."""
_AT = "2026-05-04T09:00:00.000+00:00"
_OF_DATA_PLANE = ("job", "model", "data")
"""Kinds of which the data plane tells object ids."""


class Builder:
    """Builds a workspace as it is planned, or with `later` as it is when it is deleted."""

    def __init__(self, name: str, later: bool = False) -> None:
        self._name = name
        self._later = later
        self._made = Made(bare(name))
        self._jobs: list[Job] = []
        self._versions: list[Version] = []
        self._resources: list[Resource] = []
        self._blobs: list[Blob] = []
        self._files: list[ShareFile] = []

    def with_cells(self, kinds: tuple[str, ...]) -> "Builder":
        """Put an asset there for each cell of some kinds, and jobs of nobody's concern."""
        for kind, situation in cells(kinds):
            self.put(kind, situation)
        for name, author in (("of_jonas", JONAS), ("of_nobody", None)):
            self._jobs.append(Job(name, author, _AT, artifacts=(log(name),)))
        return self

    def made(self) -> Made:
        """Give the workspace."""
        own = self._made.workspace
        self._made.workspace = replace(
            own,
            jobs=tuple(self._jobs),
            versions=tuple(self._versions),
            resources=(*own.resources, *self._resources),
            blobs=tuple(self._blobs),
            files=tuple(self._files),
        )
        return self._made

    def put(self, kind: str, situation: str) -> "Builder":
        """Put the asset of one cell there, unless it is gone by now."""
        if kind == "job":
            self._job(situation)
        elif kind in (*VERSIONED, UNFLAGGED):
            self._versions_of(kind, situation)
        elif kind == FOLDER:
            self._note(kind, situation, alias(situation))
            for near in ("", "2"):  # another's name begins like it
                file = f"Users/{alias(situation)}{near}/notes.txt"
                self._files.append(ShareFile(file, text("notes\n")))
        else:
            self._resource(kind, situation)
        return self

    def _note(self, kind: str, situation: str, name: str, left: Iterable[Place] = ()) -> bool:
        """Note a cell's asset; tell whether it is there by now. A version's name has a colon."""
        cell = kind, situation
        container, colon, version = name.partition(":")
        path = f"{PATHS[kind]}/{container}" + (f"/versions/{version}" if colon else "")
        asset = f"{self._name}/{PATHS[kind] if kind == UNFLAGGED else kind}:{name}"
        if situation == "curated":
            asset = f"{self._name}/{kind}:samples"
        self._made.assets[cell] = [asset]
        if kind in BY_API:
            self._made.deletes[cell] = f"{self._made.workspace.arm_id}/{path}".lower()
        self._made.left[cell] = set(left)
        if included(kind, situation):
            self._made.include.append(asset)
        return not (self._later and situation == "gone")

    def _told(self, kind: str, situation: str) -> dict[str, Any]:
        """Give who made it and what is written on it."""
        author, tags, modified = JONAS, {}, None
        if situation.startswith("weak"):
            tags = {"about": "made for Tomas User"}
        elif situation == "reference":
            modified = TOMAS if kind in (*_OF_DATA_PLANE, UNFLAGGED) else ADDRESSED
        elif situation in ("twin", "curated"):
            author = TWIN if situation == "twin" else MICROSOFT
        elif kind in (*_OF_DATA_PLANE, UNFLAGGED):
            author = TOMAS
        else:
            tags = {"dsr:subject": TOMAS.object_id}
        return {"author": author, "tags": tags, "modified_by": modified}

    def _text(self, situation: str) -> str:
        return "a text" + (", changed" if self._later and situation == "changed" else "")

    # Jobs.

    def _job(self, situation: str) -> None:
        name = f"{situation.replace('-', '_')}_{self._name.replace('-', '_')}"
        told = self._told("job", situation)
        steps: tuple[Job, ...] = ()
        if situation == "family":
            steps = tuple(
                Job(f"{name}_{n}", TOMAS, _AT, artifacts=(log(f"{name}_{n}"),)) for n in (1, 2)
            )
        made = Job(
            name,
            created=_AT,
            display_name=f"{situation} job",
            status="Running" if situation in _RUNNING else "Completed",
            kind="Pipeline" if steps else "Command",
            archived=situation == "archived",
            description=self._text(situation),
            artifacts=(log(name), Artifact("model/model.pkl", text(situation))),
            children=steps,
            **told,
        )
        left = {
            place
            for run in made.family()
            for place in (
                *((ARTIFACTS, f"ExperimentRun/{run.container}/{a.path}") for a in run.artifacts),
                *((blob.container, blob.name) for blob in left_by(run.name)),
            )
        }
        if situation == "registered":  # its folder in the outputs is somebody's model
            uri = "{U}/datastores/workspaceartifactstore/paths"
            place = f"ExperimentRun/{made.container}/model"
            self._versions.append(model("registered", "1", JONAS, f"{uri}/{place}", name))
            left.discard((ARTIFACTS, f"{place}/model.pkl"))
        if situation == "strong":  # longer names beside its own
            for near in (f"ExperimentRun/{made.container}b/near.txt", f"ComputeRecord/{name}b"):
                self._blobs.append(Blob(ARTIFACTS, near, text("near\n")))
        if self._note("job", situation, name, left):
            self._jobs.append(made)

    # Versions.

    def _versions_of(self, kind: str, situation: str) -> None:
        name = f"{situation}-{kind.partition(',')[0]}"
        told = self._told(kind, situation)
        upload = self._upload(kind, name, "1")
        kept = upload is None or situation == "shared-bytes"
        left = () if kept else ((self._made.workspace.blobstore, upload.name),)
        mine = self._version(kind, situation, name, "1", upload, **told)
        if self._note(kind, situation, f"{name}:1", left):
            self._versions.append(mine)
        if upload is not None:
            self._blobs.append(upload)
        if situation == "sibling":
            self._add(kind, situation, name, "2", author=JONAS)
        elif situation == "grown" and self._later:
            self._add(kind, situation, name, "2", **told)
        elif situation == "shared-bytes":
            other = self._version(kind, situation, f"other-{name}", "1", upload, author=JONAS)
            self._versions.append(other)
        elif situation == "used":
            self._resources.append(_serving(f"{name}/versions/1"))

    def _add(self, kind: str, situation: str, name: str, version: str, **told: Any) -> None:
        upload = self._upload(kind, name, version)
        if upload is not None:
            self._blobs.append(upload)
        self._versions.append(self._version(kind, situation, name, version, upload, **told))

    def _upload(self, kind: str, name: str, version: str) -> Blob | None:
        if PATHS[kind] not in {PATHS[k] for k in UPLOADED}:
            return None
        folder = hex_digest(self._name, kind, name, version)[:32]
        return Blob(BLOBSTORE, f"LocalUpload/{folder}/src/file.txt", text(f"{name} {version}\n"))

    def _version(
        self, kind: str, situation: str, name: str, version: str, upload: Blob | None, **told: Any
    ) -> Version:
        place = "" if upload is None else upload.name
        uri = f"{{U}}/datastores/workspaceblobstore/paths/{place}"
        author: Person = told["author"]
        match PATHS[kind]:
            case "models":
                made = model(name, version, author, uri)
            case "data":
                made = data(name, version, author, uri)
            case "codes":
                made = replace(code(place.split("/")[1], author, name), name=name, version=version)
            case path:
                made = Version(path, name, version, author, _AT, _PROPERTIES[path])
        return replace(
            made,
            description=self._text(situation),
            archived=situation == "archived",
            tags=told.get("tags", {}),
            modified_by=told.get("modified_by"),
        )

    # What has no versions.

    def _resource(self, kind: str, situation: str) -> None:
        name = f"{situation}-{kind.replace('_', '-')}"
        told = self._told(kind, situation)
        tags, author = told["tags"], told["author"]
        by = {"author": author, "modified_by": told["modified_by"]}
        match kind:
            case "schedule":
                made = schedule(name, author, is_enabled=situation != "archived")
                more = {"description": self._text(situation), "tags": tags}
                made = replace(made, properties={**made.properties, **more}, **by)
            case "compute":
                owner = JONAS if situation.startswith("weak") else TOMAS
                top = {"tags": tags if owner is JONAS else {}}
                made = replace(compute_instance(name, owner), top=top)
            case "datastore":
                (store, *_) = system_datastores(ACCOUNT)
                properties = {**store.properties, "isDefault": False, "tags": tags}
                made = replace(store, name=name, properties=properties, system_data=None, **by)
            case "connection":
                shared = [TOMAS.address] if "dsr:subject" in tags else []
                properties = {"category": "Git", "target": "git", "sharedUserList": shared}
                about = {} if shared else tags
                made = Resource("connections", name, properties, top={"tags": about}, **by)
            case _:
                made = Resource(PATHS[kind], name, {"authMode": "Key"}, top={"tags": tags}, **by)
        if self._note(kind, situation, name):
            self._resources.append(made)


_RUNNING = ("running", "unstoppable", "uncancelled")
_PROPERTIES: dict[str, dict[str, Any]] = {
    "environments": {"image": "mcr.microsoft.com/x", "condaFile": "name: x\n", "osType": "Linux"},
    "components": {"componentSpec": {"type": "command", "command": "python x.py"}},
    "featuresets": {"entities": [], "stage": "Development"},
}


def _serving(version: str) -> Resource:
    """Give Jonas' endpoint that serves a model."""
    blue = Resource("deployments", "blue", {"model": f"{{S}}/models/{version}"}, JONAS)
    return Resource("onlineEndpoints", "serving", {}, JONAS, children=(blue,))
