"""The sandbox Studio over real HTTP: access, lists, links and downloads."""

import time
from dataclasses import replace
from itertools import pairwise
from urllib.parse import quote

import pytest
import requests

from sandbox.studio import SandboxStudio, Workspace, big_workspace
from sandbox.studio.application import TOKEN_HEADER
from tests.integration.studio_client import StudioClient, get, link


class TestAccess:
    def test_either_token_opens_the_workspace(self, lab: Workspace, call: StudioClient) -> None:
        for token in (lab.primary_token, lab.secondary_token):
            answer = call("", token)
            assert (answer.status_code, answer.json()["FriendlyName"]) == (200, "churn-lab")

    @pytest.mark.parametrize("token", [None, "", "wrong"])
    def test_another_token_opens_nothing(
        self, lab: Workspace, call: StudioClient, token: str | None
    ) -> None:
        for path in ("", "/users", "/datasources", "/experiments", "/datasources/x"):
            answer = call(path, token)
            assert answer.status_code == 401
            error = answer.json()["Error"]
            assert error["Code"] == "UserError"
            assert lab.workspace_id in error["Message"]
            assert list(error) == [
                "Code",
                "Message",
                "Target",
                "Details",
                "InnerError",
                "DebugInfo",
            ]

    def test_a_token_opens_its_own_workspace_only(self, studio: SandboxStudio) -> None:
        free, churn = studio.workspaces["free-lab"], studio.workspaces["churn-lab"]
        url = f"{studio.url}/api/workspaces/{free.workspace_id}/users"
        assert get(url, **{TOKEN_HEADER: churn.primary_token}).status_code == 401
        assert get(url, **{TOKEN_HEADER: free.primary_token}).status_code == 200

    def test_unknown_assets_and_calls_are_not_found(self, call: StudioClient) -> None:
        for path in ("/datasources/x", "/experiments/x", "/experiments/x/annotations", "/skus"):
            assert call(path).status_code == 404
            assert call(path).json()["Error"]["Code"] == "ResourceNotFound"


class TestLists:
    def test_datasets_are_a_bare_array_of_all_versions_and_samples(
        self, lab: Workspace, call: StudioClient
    ) -> None:
        listed = call("/datasources").json()
        assert [d["Id"] for d in listed] == [key for key, _ in lab.datasets()]
        latest = {d["FamilyId"]: d["Batch"] for d in listed if d["IsLatest"]}
        assert latest["7d21c0de4b5a4f0e9c3d5566778899aa"] == 12
        assert sum(d["FamilyId"] == "7d21c0de4b5a4f0e9c3d5566778899aa" for d in listed) == 3
        samples = [d for d in listed if d["Owner"] == "Microsoft Corporation"]
        assert len(samples) == 4
        assert all(d["Id"].startswith("506153734175476c4f62416c57734963.") for d in samples)

    def test_every_dataset_comes_byte_for_byte(
        self, studio: SandboxStudio, call: StudioClient, lab: Workspace
    ) -> None:
        held = dict(lab.datasets())
        with requests.Session() as session:
            for dataset in call("/datasources").json():
                answer = session.get(link(dataset["DownloadLocation"]), timeout=10)
                assert answer.content == held[dataset["Id"]].open_bytes()
                assert int(answer.headers["Content-Length"]) == dataset["Size"]

    def test_experiments_list_the_newest_state_and_lead_to_the_earlier(
        self, call: StudioClient
    ) -> None:
        listed = call("/experiments").json()
        assert "Graph" not in listed[0]
        assert all(".f-id." in e["ExperimentId"] for e in listed)
        assert {e["Category"] for e in listed} == {"user", "samples"}
        training = next(e for e in listed if e["Description"] == "Churn training")
        chain = [call(f"/experiments/{training['ExperimentId']}").json()]
        while chain[-1]["ParentExperimentId"]:
            chain.append(call(f"/experiments/{chain[-1]['ParentExperimentId']}").json())
        assert [e["Creator"] for e in chain] == ["t-user", "Tomas User", "Mira Owner"]
        assert [e["IsLeaf"] for e in chain] == [True, False, False]
        assert all(a["RunId"] < b["RunId"] for a, b in pairwise(chain))
        notes = [call(f"/experiments/{e['ExperimentId']}/annotations").json() for e in chain]
        assert [[n["Id"] for n in of] for of in notes] == [["an-0001", "an-0002"], [], ["an-0003"]]

    def test_outputs_and_logs_come_through_the_studio_host(
        self, studio: SandboxStudio, lab: Workspace, call: StudioClient
    ) -> None:
        seen = 0
        for experiment in lab.experiments:
            for state_id, run in experiment.states():
                statuses = call(f"/experiments/{state_id}").json()["NodeStatuses"]
                for node, status in zip(run.nodes if statuses else (), statuses, strict=True):
                    made = [o for o in node.outputs if o.content is not None]
                    pairs = [
                        *zip(status["OutputEndpoints"], [o.content for o in made], strict=True),
                        (status["StandardOutEndpoint"], node.stdout),
                        (status["StandardErrorEndpoint"], node.stderr),
                    ]
                    for endpoint, content in pairs:
                        if content is None:
                            assert endpoint is None
                            continue
                        assert endpoint["Location"] == "api/sharedaccess"
                        assert endpoint["BaseUri"] == f"{studio.url}/"
                        assert get(link(endpoint)).content == content.open_bytes()
                        seen += 1
        assert seen > 20

    def test_an_output_comes_by_its_port_with_the_token(
        self, lab: Workspace, call: StudioClient
    ) -> None:
        experiment = lab.experiments[0]
        node = experiment.runs[0].nodes[0]
        path = f"/experiments/{experiment.id}/outputdata/{node.id}/{quote('Scored dataset')}"
        expected = node.outputs[1].content
        assert expected is not None
        assert call(path).content == expected.open_bytes()
        assert call(path, None).status_code == 401
        assert call(path + "x").status_code == 404


class TestLinks:
    def test_each_answer_has_fresh_links(
        self, studio: SandboxStudio, lab: Workspace, call: StudioClient
    ) -> None:
        first = call.link_of("airports.csv")
        studio.sas_seconds += 3600
        second = call.link_of("airports.csv")
        assert first != second
        assert get(first).content == get(second).content

    def test_an_expired_link_opens_nothing(
        self, studio: SandboxStudio, lab: Workspace, call: StudioClient
    ) -> None:
        studio.sas_seconds = 1
        address = call.link_of("airports.csv")
        assert get(address).status_code == 200
        time.sleep(2.05)
        answer = get(address)
        assert answer.status_code == 403
        assert "<Code>AuthenticationFailed</Code>" in answer.text
        assert answer.headers["x-ms-error-code"] == "AuthenticationFailed"
        assert get(call.link_of("airports.csv")).status_code == 200

    def test_an_expired_link_through_the_studio_host_opens_nothing(
        self, studio: SandboxStudio, lab: Workspace, call: StudioClient
    ) -> None:
        studio.sas_seconds = -10
        statuses = call(f"/experiments/{lab.experiments[0].id}").json()["NodeStatuses"]
        answer = get(link(statuses[0]["OutputEndpoints"][0]))
        assert answer.status_code == 403
        assert "AuthenticationFailed" in answer.text

    def test_a_changed_link_opens_nothing(self, lab: Workspace, call: StudioClient) -> None:
        address = call.link_of("airports.csv")
        other = call.link_of("stocks.csv").partition("?")[0]
        base, _, query = address.partition("?")
        assert get(f"{other}?{query}").status_code == 403
        assert get(f"{base}?{query.replace('se=20', 'se=21')}").status_code == 403
        assert get(base).status_code == 404


class TestDownloads:
    def test_a_range_gives_a_part(self, lab: Workspace, call: StudioClient) -> None:
        address = call.link_of("airports.csv")
        data = lab.named("airports.csv")[0][1].open_bytes()
        part = get(address, Range="bytes=1000-1999")
        assert (part.status_code, part.content) == (206, data[1000:2000])
        assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(data)}"
        rest = get(address, Range=f"bytes={len(data) - 7}-")
        assert (rest.status_code, rest.content) == (206, data[-7:])
        assert get(address, Range=f"bytes={len(data)}-").status_code == 416

    def test_if_match_guards_against_a_change(self, lab: Workspace, call: StudioClient) -> None:
        address = call.link_of("airports.csv")
        etag = get(address).headers["ETag"]
        assert get(address, If_Match=etag).status_code == 200
        changed = get(address, If_Match='"0x8DEADBEEF"')
        assert changed.status_code == 412
        assert "<Code>ConditionNotMet</Code>" in changed.text

    def test_an_empty_dataset_is_empty(self, lab: Workspace, call: StudioClient) -> None:
        answer = get(call.link_of("empty.csv"))
        assert (answer.status_code, answer.headers["Content-Length"]) == (200, "0")

    def test_a_large_dataset_is_made_as_it_is_read(self) -> None:
        size = 3 * 2**30 + 5
        large = big_workspace(size)
        with SandboxStudio([large]) as server:
            url = f"{server.url}/api/workspaces/{large.workspace_id}/datasources"
            listed = get(url, **{TOKEN_HEADER: large.primary_token}).json()
            address = link(listed[0]["DownloadLocation"])
            tail = get(address, Range=f"bytes={size - 300_000}-")
            expected = b"".join(large.families[0].versions[0].content.read(size - 300_000))
            assert (tail.status_code, tail.content) == (206, expected)
            with requests.get(address, stream=True, timeout=10) as whole:
                assert whole.headers["Content-Length"] == str(size)
                assert len(whole.raw.read(100_000)) == 100_000

    def test_a_changed_dataset_has_another_etag(self, lab: Workspace, call: StudioClient) -> None:
        (family,) = (f for f in lab.families if f.versions[-1].name == "airports.csv")
        other = lab.named("stocks.csv")[0][1].content
        changed = replace(family, versions=(replace(family.versions[0], content=other),))
        with SandboxStudio([lab]) as server:
            headers = {TOKEN_HEADER: lab.primary_token}
            url = f"{server.url}/api/workspaces/{lab.workspace_id}/datasources/"
            url += family.id_of(family.versions[0])
            before = link(get(url, **headers).json()["DownloadLocation"])
            etag = get(before).headers["ETag"]
            families = tuple(changed if f is family else f for f in lab.families)
            server.put(replace(lab, families=families))
            assert get(before, If_Match=etag).status_code == 412
            assert get(url, **headers).json()["Size"] == other.size
