"""The gate in front of a Docker Engine, and what the server answers it."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from lading.access.verbs import ROLES
from lading.adapters.remembered_answers_file import RememberedAnswersFile
from lading.admission.engine_requests import EngineRequest
from lading.foundation.errors import Forbidden, Upstream
from lading.oci.digest import Digest
from lading.ports.engine_gate import GivenAnswer, LocalImage
from lading.workflows.authorize_engine import EngineAsk, authorize_engine
from lading.workflows.engine_gate import STANDS_FOR, EngineGate
from tests.support.governed import NAME, GovernedRegistry, person
from tests.support.policies import one_rule_text
from tests.support.registry import NOON, ROOT

POLICY = one_rule_text(
    "violated_if: image.root || workload.privileged\nmessage: root or privileged\nfix: be neither\n"
    "applies: {subjects: [image, workload], gates: [engine]}"
)
ANN = person("ann", ("maintainer", "shop/**"))


def create(image: str, **host: object) -> EngineRequest:
    body = json.dumps({"Image": image, "HostConfig": host}).encode()
    return EngineRequest("POST", "/v1.41/containers/create", body)


@dataclass
class Host:
    """A server in memory, and an engine with images on it, between which the connection can be cut."""

    governed: GovernedRegistry
    images: dict[str, LocalImage] = field(default_factory=dict)
    cut: bool = False
    now: datetime = NOON
    asked: int = 0

    def find_image(self, name: str) -> LocalImage | None:
        return self.images.get(name)

    def ask(self, request: EngineRequest, image: LocalImage | None) -> GivenAnswer:
        if self.cut:
            raise Upstream("server-unreachable", "no route to the server")
        self.asked += 1
        given = EngineAsk(
            "host-1", "prod", request, image.id if image else "", image.digests if image else ()
        )
        answer = authorize_engine(self.governed.ports, ROOT, given, self.now)
        return GivenAnswer(answer.allow, answer.message, self.now)


@pytest.fixture
def host() -> Host:
    return Host(GovernedRegistry(shipped_policy=POLICY))


def gate(host: Host, tmp_path: Path, *, open_when_away: bool = False) -> EngineGate:
    return EngineGate("host-1", host, host, RememberedAnswersFile(tmp_path / "answers.json"), open_when_away)


def local(host: Host, name: str, digest: Digest, repository: str = "shop/app") -> None:
    host.images[name] = LocalImage(str(Digest.of(b"config")), (f"{NAME}/{repository}@{digest}",))


def test_a_denied_image_and_a_privileged_container_are_refused_in_the_words_of_every_gate(
    host: Host, tmp_path: Path
) -> None:
    good, bad = host.governed.push(user="10001"), host.governed.push(user="0", tags=("2.0",))
    local(host, f"{NAME}/shop/app:1.0", good)
    local(host, f"{NAME}/shop/app:2.0", bad)
    guard = gate(host, tmp_path)
    assert guard.answer(create(f"{NAME}/shop/app:1.0"), NOON).allow
    refused = guard.answer(create(f"{NAME}/shop/app:2.0"), NOON)
    assert not refused.allow
    assert f"DENIED: {NAME}/shop/app@{bad} may not enter prod" in refused.message
    assert "To fix: be neither" in refused.message
    assert not guard.answer(create(f"{NAME}/shop/app:1.0", Privileged=True), NOON).allow
    with host.governed.registry.records.read() as kept:
        (sighting,) = [one for one in kept.governance.gates_seen() if "host-1" in one.name]
    assert sighting.gate == "engine"


def test_a_local_image_under_a_good_name_is_not_taken_for_the_good_image(host: Host, tmp_path: Path) -> None:
    good, bad = host.governed.push(user="10001"), host.governed.push(user="0", tags=("2.0",))
    name = f"{NAME}/shop/app:1.0"
    guard = gate(host, tmp_path)
    # docker tag evil registry.example/shop/app:1.0 - it came from no registry.
    host.images[name] = LocalImage(str(Digest.of(b"evil")), ())
    refused = guard.answer(create(name), NOON)
    assert not refused.allow
    assert "there is no image" in refused.message
    # One that came from the same repository is judged as what it is.
    local(host, name, bad)
    assert not guard.answer(create(name), NOON).allow
    # One that came from elsewhere keeps where it came from.
    host.images[name] = LocalImage(str(Digest.of(b"evil")), (f"evil.example/x@{good}",))
    assert "not allowed" in guard.answer(create(name), NOON).message
    # By its id, it is what it came from.
    local(host, str(Digest.of(b"config")), good)
    assert guard.answer(create(str(Digest.of(b"config"))), NOON).allow


def test_while_the_server_is_away_what_it_said_last_stands_for_a_day(host: Host, tmp_path: Path) -> None:
    good, bad = host.governed.push(user="10001"), host.governed.push(user="0", tags=("2.0",))
    local(host, "good", good)
    local(host, "bad", bad)
    first = gate(host, tmp_path)
    first.answer(create("good"), NOON)
    first.answer(create("bad"), NOON)
    host.cut = True
    again = gate(host, tmp_path)  # the gate was started again meanwhile
    later = NOON + timedelta(hours=23)
    assert again.answer(create("good"), later).allow
    refused = again.answer(create("bad"), later)
    assert not refused.allow
    assert "as was said at 2026-03-01T12:00:00Z; the server does not answer" in refused.message
    # The same image with more power is another question, which nobody has answered.
    asked = again.answer(create("good", Privileged=True), later)
    assert not asked.allow
    assert "was not asked about this before" in asked.message
    assert not again.answer(create("good"), NOON + STANDS_FOR).allow


def test_a_host_may_be_set_up_to_let_pass_what_nobody_answered(host: Host, tmp_path: Path) -> None:
    host.cut = True
    open_gate = gate(host, tmp_path, open_when_away=True)
    assert open_gate.answer(create("never-seen"), NOON).allow
    assert not open_gate.answer(EngineRequest("POST", "/containers/create", b""), NOON).allow


def test_what_only_looks_asks_nobody(host: Host, tmp_path: Path) -> None:
    assert gate(host, tmp_path).answer(EngineRequest("GET", "/v1.41/containers/json", b""), NOON).allow
    assert host.asked == 0


def test_only_an_agent_may_ask(host: Host) -> None:
    ask = EngineAsk("host-1", "prod", create("x"))
    with pytest.raises(Forbidden):
        authorize_engine(host.governed.ports, ANN, ask, NOON)
    assert ROLES["agent"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"k": {"allow": 1}}', b"\xff"])
def test_a_memory_that_cannot_be_read_is_an_empty_one(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_bytes(content)
    remembered = RememberedAnswersFile(tmp_path / "answers.json")
    assert remembered.find("k") is None
    remembered.keep("k", GivenAnswer(True, "", NOON))
    assert RememberedAnswersFile(tmp_path / "answers.json").find("k") == GivenAnswer(True, "", NOON)
    assert (tmp_path / "answers.json").stat().st_mode & 0o777 == 0o600
