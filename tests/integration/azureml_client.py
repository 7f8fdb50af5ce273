"""Calls of the Azure ML sandbox over real HTTP: ARM's routes, the data plane, whole lists."""

from typing import Any

import requests

from sandbox.arm import DEVELOPMENT_TOKEN, SandboxArm
from sandbox.azureml import MlWorkspace, SandboxAzureMl

VERSION = "2025-12-01"


class AzureMlClient:
    """Calls about one workspace, with the sandbox's token."""

    def __init__(self, arm: SandboxArm, ml: SandboxAzureMl, workspace: MlWorkspace) -> None:
        self.arm, self.ml, self.workspace = arm, ml, workspace
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {DEVELOPMENT_TOKEN}"

    def close(self) -> None:
        """End the connections."""
        self._session.close()

    def open(self, url: str, method: str = "GET", **options: Any) -> requests.Response:
        """Ask for an address as it stands."""
        return self._session.request(method, url, timeout=10, **options)

    def ask(self, path: str = "", method: str = "GET", **query: str) -> requests.Response:
        """Ask ARM for what a path below the workspace names."""
        asked = {"api-version": VERSION} | query
        tail = "&".join(f"{name}={value}" for name, value in asked.items())
        root = "" if path.startswith("/subscriptions") else self.workspace.arm_id
        slash = "/" if path and root else ""
        return self.open(f"{self.arm.url}{root}{slash}{path}?{tail}", method)

    def get(self, path: str = "", **query: str) -> Any:
        """Give the JSON of an answer that has to be 200."""
        answer = self.ask(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, path: str, **query: str) -> list[list[dict[str, Any]]]:
        """Give every page of a list, by following `nextLink` as it stands."""
        body = self.get(path, **query)
        found = [body["value"]]
        while link := body.get("nextLink"):
            body = self.open(link).json()
            found.append(body["value"])
        return found

    def names(self, path: str, **query: str) -> list[str]:
        """Give the names in a list."""
        return [item["name"] for page in self.pages(path, **query) for item in page]

    def data(
        self, service: str, path: str, method: str = "GET", body: Any = None
    ) -> requests.Response:
        """Ask a service of the data plane."""
        url = f"{self.ml.url}/{service}{self.workspace.arm_id}/{path}"
        return self.open(url, method, json=body)

    def history(self, path: str, body: Any = None) -> Any:
        """Give the JSON of the run history, by POST where there is a body."""
        answer = self.data("history/v1.0", path, "GET" if body is None else "POST", body)
        assert answer.status_code == 200, answer.text
        return answer.json()
