"""The policy asked before an image is handed out."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Forbidden, Upstream
from lading.oci.digest import Digest
from lading.oci.manifest import parse_manifest
from lading.policy.waiver import WaiverScope
from lading.ports.records.record_set import Records, RecordSet
from lading.workflows.gate_pull import FRESH_FOR, STANDS_FOR, PullGate, could_run, refuse_if
from lading.workflows.policy_in_force import activate_policy
from lading.workflows.waive import WaiverRequest, approve, ask_for_waiver
from tests.support.governed import GovernedRegistry, person
from tests.support.policies import one_rule_text
from tests.support.registry import NOON, ROOT

NO_ROOT = one_rule_text(
    "violated_if: image.root\nmessage: the image starts as root\nfix: add USER 10001\n"
    "applies: {gates: [pull]}"
)
ANN, BEN = person("ann", ("maintainer", "shop/**")), person("ben", ("approver", "**"))


def refusal(gate: PullGate, digest: Digest, seconds: float = 0) -> str:
    now = NOON + timedelta(seconds=seconds)
    found = gate.known("shop/app", str(digest), now) or gate.ask(ROOT, "shop/app", digest, now)
    return found.refusal


def decisions(governed: GovernedRegistry) -> int:
    with governed.registry.records.read() as kept:
        return len(kept.governance.decisions().items)


def test_what_is_blocked_is_refused_in_the_words_of_every_gate_and_the_rest_goes_out() -> None:
    governed = GovernedRegistry(shipped_policy=NO_ROOT)
    bad, good = governed.push(user="0"), governed.push(user="10001", tags=("2.0",))
    gate = PullGate(governed.ports)
    said = refusal(gate, bad)
    assert f"DENIED: registry.example/shop/app@{bad} may not pass" in said
    assert "To fix: add USER 10001" in said
    with pytest.raises(Forbidden, match="DENIED"):
        refuse_if(gate.ask(ROOT, "shop/app", bad, NOON))
    assert refusal(gate, good) == ""
    assert decisions(governed) == 1  # the refusal, once; what passes is not written down


def test_a_rule_that_does_not_name_the_pull_is_not_asked_there() -> None:
    governed = GovernedRegistry(shipped_policy=one_rule_text("violated_if: image.root\nmessage: root"))
    gate = PullGate(governed.ports)
    assert refusal(gate, governed.push(user="0")) == ""
    # Nothing is asked at all: no look-up for any other digest either.
    assert gate.known("lab/other", "sha256:" + "a" * 64, NOON) is not None


def test_what_could_not_be_told_is_handed_out() -> None:
    rule = one_rule_text("violated_if: size(findings) > 0\nmessage: found\napplies: {gates: [pull, promote]}")
    governed = GovernedRegistry(shipped_policy=rule)
    assert refusal(PullGate(governed.ports), governed.push(user="10001")) == ""


def test_a_verdict_is_remembered_for_a_moment_and_a_waiver_counts_after_it() -> None:
    governed = GovernedRegistry(shipped_policy=NO_ROOT)
    bad = governed.push(user="0")
    gate = PullGate(governed.ports)
    assert refusal(gate, bad)
    scope = WaiverScope(RepositoryPattern.parse("shop/app"), ("r",))
    request = WaiverRequest(scope, "until friday", "SEC-1", NOON + timedelta(days=2))
    waiver = ask_for_waiver(governed.ports, ANN, request, NOON)
    approve(governed.ports, BEN, waiver.id, NOON)
    assert refusal(gate, bad, 1)
    assert refusal(gate, bad, FRESH_FOR.total_seconds()) == ""


def test_a_new_policy_counts_at_every_pull_within_the_same_time() -> None:
    governed = GovernedRegistry(shipped_policy=one_rule_text("violated_if: image.root\nmessage: root"))
    bad = governed.push(user="0")
    gate = PullGate(governed.ports)
    assert refusal(gate, bad) == ""
    activate_policy(governed.registry.records, governed.ports.policy, ROOT, NO_ROOT, NOON)
    assert refusal(gate, bad, FRESH_FOR.total_seconds())


class Leaving:
    """Records that can go away."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.gone = False

    def read(self) -> AbstractContextManager[RecordSet]:
        if self.gone:
            raise Upstream("records-away", "the database does not answer")
        return self._records.read()

    def write(self, *, long: bool = False) -> AbstractContextManager[RecordSet]:
        return self._records.write(long=long)


def test_while_records_are_away_the_last_verdict_stands_and_none_lets_pass() -> None:
    governed = GovernedRegistry(shipped_policy=NO_ROOT)
    bad = governed.push(user="0")
    ports = governed.ports
    records = Leaving(ports.sources.records)
    gate = PullGate(replace(ports, sources=replace(ports.sources, records=records)))
    assert refusal(gate, bad)
    records.gone = True
    assert refusal(gate, bad, 600)
    assert refusal(gate, bad, STANDS_FOR.total_seconds() + 60) == ""
    assert refusal(gate, Digest.of(b"never asked about"), 600) == ""


def descriptor(media_type: str, of: str) -> str:
    return f'{{"mediaType": "application/vnd.{media_type}", "digest": "{Digest.of(of.encode())}", "size": 2}}'


CONFIG = descriptor("oci.image.config.v1+json", "config")
LAYER = descriptor("oci.image.layer.v1.tar+gzip", "layer")
NOTE = descriptor("in-toto+json", "note")
SUBJECT = descriptor("oci.image.manifest.v1+json", "subject")
HEAD = '"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"'
INDEX = '"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json"'
ENTRY = SUBJECT.replace("{", '{"artifactType": "application/x", ', 1)


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        (f'{{{HEAD}, "config": {CONFIG}, "layers": [{LAYER}]}}', True),
        # Claims to be attached to something, and an engine would run it all the same.
        (f'{{{HEAD}, "config": {CONFIG}, "layers": [{LAYER}], "subject": {SUBJECT}}}', True),
        (f'{{{HEAD}, "config": {CONFIG}, "layers": [{NOTE}]}}', False),
        (f'{{{HEAD}, "artifactType": "application/x", "config": {CONFIG}, "layers": [{LAYER}]}}', False),
        (f'{{{INDEX}, "manifests": [{SUBJECT}]}}', True),
        (f'{{{INDEX}, "manifests": [{ENTRY}, {SUBJECT}]}}', True),
        (f'{{{INDEX}, "manifests": [{ENTRY}]}}', False),
    ],
)
def test_what_an_engine_could_run_is_asked_about(manifest: str, expected: bool) -> None:
    assert could_run(parse_manifest(manifest.encode())) is expected
