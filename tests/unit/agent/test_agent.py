"""The agent reports the whole state, keeps trying, and waits longer while it fails."""

from collections.abc import Sequence

import pytest

from lading.agent import MAX_PAUSE, AgentWork, report_always, report_once
from lading.foundation.errors import Upstream
from lading.inventory.container import RunningContainer


def container(identity: str) -> RunningContainer:
    return RunningContainer(
        host="h",
        engine="docker",
        id=identity,
        name=identity,
        image_reference="localhost:7780/app:1",
        image_id="sha256:" + "0" * 64,
        manifest_digests=(),
        started_at="2026-01-01T00:00:00Z",
        labels={},
        privileged=False,
        user="",
    )


class Engine:
    """An engine that tells what a list says."""

    name = "docker"

    def __init__(self, *containers: RunningContainer) -> None:
        self.containers = containers
        self.waits: list[float] = []

    def running(self, host: str) -> tuple[RunningContainer, ...]:
        assert host == "h"
        return self.containers

    def wait_for_change(self, seconds: float) -> None:
        self.waits.append(seconds)


class Server:
    """A server that fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.reports: list[list[str]] = []

    def take(self, containers: Sequence[RunningContainer]) -> None:
        if self.failures:
            self.failures -= 1
            raise Upstream("server-unreachable", "no answer")
        self.reports.append([each.id for each in containers])


def work(engine: Engine, server: Server, pauses: list[float]) -> AgentWork:
    return AgentWork(host="h", engines=[engine], send=server.take, pause=pauses.append, every=10)


def test_a_report_names_every_container_of_every_engine() -> None:
    server = Server()
    both = AgentWork("h", [Engine(container("a")), Engine(container("b"))], server.take, lambda _: None, 10)
    assert report_once(both) == 2
    assert server.reports == [["a", "b"]]


def test_an_empty_host_is_reported_too_so_that_what_ended_is_known() -> None:
    server = Server()
    report_once(work(Engine(), server, []))
    assert server.reports == [[]]


def test_one_report_raises_what_the_server_answered() -> None:
    with pytest.raises(Upstream):
        report_once(work(Engine(), Server(failures=1), []))


def test_a_server_that_is_away_is_tried_again_more_and_more_slowly() -> None:
    engine, server, pauses = Engine(container("a")), Server(failures=8), list[float]()
    report_always(work(engine, server, pauses), lambda: len(server.reports) == 2)
    assert pauses == [20, 40, 80, 160, MAX_PAUSE, MAX_PAUSE, MAX_PAUSE, MAX_PAUSE]
    assert server.reports == [["a"], ["a"]]
    assert engine.waits == [10, 10]
