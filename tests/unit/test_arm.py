"""Azure Resource Manager: ids, paging, tokens, and where they are sent."""

import pytest

from dsr.errors import Refused, Unavailable, Unusable
from dsr.services.arm import Arm, ArmWorkspace
from dsr.services.entra import DEVELOPMENT_TOKEN, EntraToken
from dsr.services.hosts import OneOrigin
from dsr.services.http import Http
from dsr.services.studio.tokens import ArmToken
from tests.fakes.studio import ARM_ENDPOINT, ARM_ID, arm_of, no_credential, told
from tests.fakes.wire import Routed, answer

LIST = f"{ARM_ENDPOINT}/subscriptions/1/providers/Microsoft.MachineLearning/webServices"
FIRST = f"{LIST}?api-version=2017-01-01"
KEYS = f"{ARM_ENDPOINT}{ARM_ID}/listWorkspaceKeys?api-version=2019-10-01"


class Credential:
    """An identity."""

    def __init__(self, error: Exception | None = None) -> None:
        self.scopes: list[str] = []
        self._error = error

    def get_token(self, scope: str):
        self.scopes.append(scope)
        if self._error:
            raise self._error
        return type("Token", (), {"token": "entra-token"})


def pages(*answers):
    wire = Routed({FIRST: [answers[0]], f"{LIST}?next=2": list(answers[1:2])})
    path = LIST.removeprefix(ARM_ENDPOINT)
    return list(arm_of(wire).all(path, "2017-01-01", "list things")), wire


def test_a_resource_id_is_taken_apart_whatever_its_case():
    found = ArmWorkspace.parse(ARM_ID.lower())
    assert found is not None
    assert found.subscription == "11111111-2222-3333-4444-555555555555"
    assert found.shares_group(ARM_ID.upper().replace("WORKSPACES", "WEBSERVICES"))
    assert not found.shares_group(ARM_ID.replace("rg-ml", "rg-ml-2"))
    assert ArmWorkspace.parse(ARM_ID + "/more") is None
    assert ArmWorkspace.parse("") is None


def test_pages_are_followed_as_their_links_are():
    items, wire = pages(
        told({"value": [{"id": 1}, "odd"], "nextLink": f"{LIST}?next=2"}),
        told({"value": [{"id": 2}]}),
    )
    assert items == [{"id": 1}, {"id": 2}]
    assert wire.urls() == [FIRST, f"{LIST}?next=2"]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/next",
        "http://127.0.0.1:1/next",
        "https://127.0.0.1:8572/next",
        "http://127.0.0.1:8572@evil.example/",
        "http://127.0.0.1:8572\\@evil.example/",
        "//evil.example",
    ],
)
def test_a_link_that_leads_away_gets_no_token(link):
    with pytest.raises(Unusable, match="not one of"):
        pages(told({"value": [], "nextLink": link}))


def test_a_list_that_goes_round_in_a_circle_ends():
    with pytest.raises(Unusable, match="again and again"):
        pages(
            told({"value": [], "nextLink": f"{LIST}?next=2"}),
            told({"value": [], "nextLink": f"{LIST}?next=2"}),
        )


@pytest.mark.parametrize("body", [[], {"value": None}, {}, 7])
def test_anything_but_a_list_is_no_empty_list(body):
    with pytest.raises(Unavailable, match="something else than"):
        pages(told(body))


def test_the_development_token_goes_to_loopback_and_nowhere_else():
    assert EntraToken("http://127.0.0.1:1", no_credential).value() == DEVELOPMENT_TOKEN
    credential = Credential()
    token = EntraToken("https://management.azure.com/", lambda: credential)
    assert token.value() == "entra-token"
    assert credential.scopes == ["https://management.azure.com/.default"]


def test_an_identity_that_gets_no_token_is_refused_and_one_that_is_away_unavailable():
    from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

    for error, becomes in (
        (ClientAuthenticationError("SECRET"), Refused),
        (ServiceRequestError("SECRET"), Unavailable),
    ):
        credential = Credential(error)
        with pytest.raises(becomes) as caught:
            EntraToken("https://management.azure.com", lambda c=credential: c).value()
        assert "SECRET" not in str(caught.value)


def test_the_token_is_sent_with_each_call():
    wire = Routed({f"{ARM_ENDPOINT}{ARM_ID}?api-version=1": [told({"id": ARM_ID})]})
    http = Http(OneOrigin(ARM_ENDPOINT), lambda: wire, lambda _: None)
    arm = Arm(ARM_ENDPOINT + "/", EntraToken(ARM_ENDPOINT, no_credential), http)
    assert arm.get(ARM_ID, "1", "read thing") == {"id": ARM_ID}
    assert wire.calls[0].headers["Authorization"] == f"Bearer {DEVELOPMENT_TOKEN}"


def test_a_workspace_token_is_asked_for_once():
    wire = Routed({KEYS: [told({"primaryToken": "one", "secondaryToken": "two"})]})
    token = ArmToken(arm_of(wire), ARM_ID)
    assert (token.value(), token.value()) == ("one", "one")
    assert [c.method for c in wire.calls] == ["POST"]


def test_a_workspace_token_that_was_changed_is_asked_for_anew_once_a_minute():
    now = [0.0]
    wire = Routed({KEYS: [told({"primaryToken": "one"}), told({"primaryToken": "two"})]})
    token = ArmToken(arm_of(wire), ARM_ID, lambda: now[0])
    assert token.value() == "one"
    assert not token.renew("one")
    now[0] = 61.0
    assert token.renew("one")
    assert token.value() == "two"
    assert token.renew("one"), "another thread has got a newer one meanwhile"
    assert token.value() == "two"


@pytest.mark.parametrize("body", [{}, {"primaryToken": None}, {"primaryToken": ""}])
def test_an_answer_without_a_token_is_a_refusal(body):
    wire = Routed({KEYS: [told(body)]})
    with pytest.raises(Refused, match="gave no token"):
        ArmToken(arm_of(wire), ARM_ID).value()
    wire = Routed({KEYS: [answer(403, b'{"code":"AuthorizationFailed"}')]})
    with pytest.raises(Refused, match="AuthorizationFailed"):
        ArmToken(arm_of(wire), ARM_ID).value()
