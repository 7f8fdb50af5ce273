"""Which hosts a workspace's bytes may come from, and the tricks that pretend to be one."""

from dataclasses import replace

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from dsr.services.hosts import AllowedHosts, is_loopback
from tests.fakes.rig import target

WESTEUROPE = AllowedHosts(replace(target("lab"), storage_account="churnlabstore"))
LOCAL = AllowedHosts(
    replace(
        target("lab"),
        studio_endpoint="http://127.0.0.1:8071",
        management_endpoint="http://127.0.0.1:8071",
    )
)


@pytest.mark.parametrize(
    "url",
    [
        "https://europewest.studioapi.azureml.net/api/workspaces/x",
        "https://europewest.management.azureml.net/",
        "https://europewest.studio.azureml.net/api/sharedaccess?workspaceId=x&signature=y",
        "https://EuropeWest.StudioAPI.AzureML.net/api",
        "https://europewest.studioapi.azureml.net:443/api",
        "https://churnlabstore.blob.core.windows.net/uploadedresources/a.csv?sig=x",
        "https://any.blob.core.windows.net/c/b",
        "https://any.blob.core.windows.net./c/b",
    ],
)
def test_the_targets_own_hosts_and_azure_blobs_are_allowed(url: str):
    assert url in WESTEUROPE


@pytest.mark.parametrize(
    "url",
    [
        "http://europewest.studioapi.azureml.net/api",
        "http://any.blob.core.windows.net/c/b",
        "ftp://any.blob.core.windows.net/c/b",
        "//any.blob.core.windows.net/c/b",
        "any.blob.core.windows.net/c/b",
        "https://studioapi.azureml.net/api",
        "https://evil.example/",
        "https://blob.core.windows.net/",
        "https://evilblob.core.windows.net/",
        "https://evilblob.core.windows.net.evil.example/",
        "https://any.blob.core.windows.net.evil.example/",
        "https://evil.example/any.blob.core.windows.net",
        "https://evil.example?x=.blob.core.windows.net",
        "https://evil.example#.blob.core.windows.net",
        "https://evil.example\\.blob.core.windows.net/",
        "https://evil.example\\@any.blob.core.windows.net/",
        "https://evil.example%2f.blob.core.windows.net/",
        "https://evil.example .blob.core.windows.net/",
        "https://any.blob.core.windows.net@evil.example/",
        "https://any.blob.core.windows.net:443@evil.example/",
        "https://user@any.blob.core.windows.net/",
        "https://:word@any.blob.core.windows.net/",
        "https://europewest.studioapi.azureml.net.evil.example/",
        "https://xeuropewest.studioapi.azureml.net/",
        "https://any.blob.core.windows.net:port/",
        "https://[::1/",
        "https://",
        "",
        None,
        7,
    ],
)
def test_everything_else_is_not(url: object):
    assert url not in WESTEUROPE


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8071/api",
        "https://127.0.0.1/",
        "http://localhost:10000/devstoreaccount1/x",
        "http://[::1]:1/",
    ],
)
def test_loopback_is_for_targets_on_loopback_only(url: str):
    assert url in LOCAL
    assert url not in WESTEUROPE


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/metadata",
        "http://0.0.0.0/",
        "http://localhost.evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "http://evil.example\\@127.0.0.1/",
        "http://user@127.0.0.1/",
        "http://any.blob.core.windows.net/",
        "file://127.0.0.1/etc/passwd",
    ],
)
def test_a_target_on_loopback_allows_no_other_host_over_http(url: str):
    assert url not in LOCAL


def test_what_is_loopback():
    assert all(map(is_loopback, ["http://localhost", "http://127.8.9.1:1/x", "https://[::1]/"]))
    assert not any(map(is_loopback, ["http://127.1", "http://localhost.", "x", "http://[::2]"]))


AUTHORITY = st.text(
    st.sampled_from("evil.example/\\@#?:%[]\t ") | st.characters(max_codepoint=0x2FF), max_size=20
)


@given(AUTHORITY, st.sampled_from(["", ".blob.core.windows.net", "@a.blob.core.windows.net"]))
def test_whatever_is_allowed_goes_to_an_allowed_host_for_the_http_library_too(front, end):
    url = f"https://{front}{end}/x"
    if url not in WESTEUROPE:
        return
    try:
        sent = requests.Request("GET", url).prepare().url
    except (requests.exceptions.InvalidURL, UnicodeError):
        return
    assert sent is not None
    assert sent in WESTEUROPE
