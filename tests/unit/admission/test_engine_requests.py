"""Requests to a Docker Engine: what is asked about, and how somebody would try to get past it."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.admission.engine_requests import (
    EngineRequest,
    Fetches,
    Free,
    Runs,
    answer_key,
    parse_plugin_request,
    question_of,
)
from lading.foundation.errors import LadingError, Malformed
from lading.policy.workload_evidence import WorkloadFacts

CREATE = "/v1.41/containers/create"


def ask(body: object, uri: str = CREATE, method: str = "POST") -> EngineRequest:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return EngineRequest(method, uri, content)


def facts(host: dict[str, Any] | None = None, **members: object) -> WorkloadFacts:
    found = question_of(ask({"Image": "shop/app:1", "HostConfig": host or {}, **members}))
    assert isinstance(found, Runs)
    return found.facts


def test_what_docker_run_sends_becomes_the_facts_of_every_workload() -> None:
    found = facts(
        {
            "Privileged": True,
            "NetworkMode": "host",
            "PidMode": "host",
            "IpcMode": "host",
            "CapAdd": ["CAP_SYS_ADMIN", "net_raw"],
            "CapDrop": ["ALL"],
            "SecurityOpt": ["seccomp=unconfined", "no-new-privileges"],
            "Devices": [{"PathOnHost": "/dev/sda", "PathInContainer": "/dev/sda"}],
            "Binds": ["/var/run/docker.sock:/s", "/etc:/e:ro", "data:/d"],
            "Mounts": [{"Type": "bind", "Source": "/srv", "Target": "/x", "ReadOnly": True}],
            "PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}], "90/tcp": None},
            "Sysctls": {"net.ipv4.ip_forward": "1"},
            "ReadonlyRootfs": True,
            "Memory": 1024,
        },
        User="0",
        Env=["DB_PASSWORD=hunter2hunter2", "HOME=/"],
    )
    assert all((found.privileged, found.host_network, found.host_processes, found.host_ipc))
    assert found.capabilities_added == ("SYS_ADMIN", "NET_RAW")
    assert found.capabilities_dropped == ("ALL",)
    assert (found.seccomp, found.may_gain_privileges, found.read_only_root) == ("Unconfined", False, True)
    assert found.devices == ("/dev/sda",)
    assert [(one.kind, one.engine_socket) for one in found.mounts][:3] == [
        ("host", True),
        ("host", False),
        ("volume", False),
    ]
    assert [one.sensitive for one in found.mounts] == [True, True, False, True]
    assert [(one.container, one.host, one.address) for one in found.ports] == [
        (80, 8080, "127.0.0.1"),
        (90, 0, ""),
    ]
    assert [one.name for one in found.secrets] == ["DB_PASSWORD"]
    assert found.may_be_root
    assert found.image == "shop/app:1"


@pytest.mark.parametrize(
    "written",
    [
        {"image": "shop/app:1", "hostconfig": {"privileged": True}},
        {"IMAGE": "shop/app:1", "HOSTCONFIG": {"PRIVILEGED": True}},
        # Letters that the engine's decoder takes for s and k.
        {"Image": "shop/app:1", "Ho\u017ftConfig": {"Privileged": True}},
    ],
)
def test_members_are_found_in_any_letters_as_the_engine_finds_them(written: object) -> None:
    found = question_of(ask(written))
    assert isinstance(found, Runs)
    assert found.facts.privileged


@pytest.mark.parametrize(
    "body",
    [
        b'{"Image": "good", "image": "bad"}',
        b'{"Image": "good", "Image": "bad"}',
        b'{"Image": "a", "HostConfig": {"Privileged": false, "privileged": true}}',
        b'{"Image": "a", "HostConfig": {}, "hostconfig": {"Privileged": true}}',
        b'{"Image": "a"} {"Image": "b"}',
        b"",
        b"[]",
        b"{",
        b'{"Image": 1}',
        b'{"HostConfig": {}}',
        b'{"Image": "a", "HostConfig": {"Privileged": "yes"}}',
        b'{"Image": "a", "HostConfig": {"Binds": "/:/host"}}',
        b'{"Image": "a", "HostConfig": {"PortBindings": {"80/tcp": "x"}}}',
        b'{"Image": "a", "HostConfig": ' + b'{"a":' * 5_000,
    ],
)
def test_what_could_be_read_in_two_ways_or_not_at_all_is_refused(body: bytes) -> None:
    with pytest.raises(LadingError):
        question_of(ask(body))


@pytest.mark.parametrize(
    "uri",
    [
        "/containers/create",
        "/v1.24/containers/create?name=x",
        "/v1.41//containers///create",
        "/v1.41/containers/%63reate",
        "/%76%31.41/containers/create",
        "/v1.41/containers/create/",
    ],
)
def test_no_way_of_writing_the_address_gets_past(uri: str) -> None:
    assert isinstance(question_of(ask({"Image": "a"}, uri)), Runs)


@pytest.mark.parametrize(
    ("method", "uri"),
    [
        ("GET", "/v1.41/containers/json"),
        ("HEAD", "/_ping"),
        ("POST", "/v1.41/containers/abc/start"),
        ("POST", "/v1.41/containers/abc/stop"),
        ("DELETE", "/v1.41/containers/abc"),
        ("POST", "/v1.41/images/create?fromSrc=-"),
        ("POST", "/v1.41/auth"),
    ],
)
def test_what_runs_nothing_is_free(method: str, uri: str) -> None:
    assert question_of(ask(b"", uri, method)) == Free()


def test_a_pull_names_its_image() -> None:
    def pulled(query: str) -> object:
        return question_of(ask(b"", f"/v1.41/images/create?{query}"))

    assert pulled("fromImage=shop%2Fapp&tag=1.0") == Fetches("shop/app:1.0")
    assert pulled("fromImage=r.example/shop/app&tag=sha256%3Aabc") == Fetches("r.example/shop/app@sha256:abc")
    assert pulled("fromImage=shop/app") == Fetches("shop/app")
    with pytest.raises(Malformed):
        pulled("fromImage=good&fromImage=bad")


def test_a_privileged_exec_a_plugin_and_a_volume_on_a_folder_are_asked_about() -> None:
    found = question_of(ask({"Privileged": True, "Cmd": ["sh"]}, "/v1.41/containers/abc/exec"))
    assert isinstance(found, Runs)
    assert (found.image, found.facts.privileged, found.facts.kind) == ("", True, "exec")
    found = question_of(ask([], "/v1.41/plugins/pull?remote=x"))
    assert isinstance(found, Runs)
    assert found.facts.privileged
    opened = {"Name": "v", "DriverOpts": {"type": "none", "o": "bind", "device": "/etc"}}
    found = question_of(ask(opened, "/v1.41/volumes/create"))
    assert isinstance(found, Runs)
    assert found.facts.mounts[0].sensitive
    assert question_of(ask({"Name": "v"}, "/v1.41/volumes/create")) == Free()


def test_what_the_engine_hides_of_proc_and_shows_all_the_same_counts_as_unconfined() -> None:
    assert facts({"MaskedPaths": [], "ReadonlyPaths": []}).seccomp == "Unconfined"
    assert facts({"SecurityOpt": ["systempaths=unconfined"]}).seccomp == "Unconfined"
    assert facts({"SecurityOpt": ["seccomp=builtin", "seccomp=unconfined"]}).seccomp == "Unconfined"


def test_an_answer_is_remembered_for_exactly_what_was_asked() -> None:
    base = question_of(ask({"Image": "a"}))
    more = question_of(ask({"Image": "a", "HostConfig": {"Privileged": True}}))
    assert isinstance(base, Runs)
    assert isinstance(more, Runs)
    keys = {
        answer_key("h", base, (), ""),
        answer_key("h", more, (), ""),
        answer_key("h", base, ("a@sha256:1",), ""),
        answer_key("h", base, (), "sha256:2"),
        answer_key("g", base, (), ""),
    }
    assert len(keys) == 5
    again = question_of(ask({"Image": "a", "Hostname": "other"}))
    assert isinstance(again, Runs)
    assert answer_key("h", again, (), "") == answer_key("h", base, (), "")


def test_what_the_engine_posts_is_read() -> None:
    posted = {
        "User": "ann",
        "RequestMethod": "POST",
        "RequestUri": CREATE,
        "RequestBody": base64.b64encode(b'{"Image": "a"}').decode(),
        "RequestHeaders": {"Content-Type": "application/json"},
    }
    request = parse_plugin_request(json.dumps(posted).encode())
    assert request == EngineRequest("POST", CREATE, b'{"Image": "a"}', "ann")
    for broken in (b"", b"[]", b"{}", json.dumps({**posted, "RequestBody": "%%"}).encode()):
        with pytest.raises(LadingError):
            parse_plugin_request(broken)


@given(st.binary(max_size=200), st.text(max_size=60))
def test_no_request_makes_reading_fail_otherwise(body: bytes, uri: str) -> None:
    for address in (CREATE, uri, "/v1.41/services/create", "/v1.41/volumes/create"):
        try:
            question_of(ask(body, address))
        except LadingError:
            continue
