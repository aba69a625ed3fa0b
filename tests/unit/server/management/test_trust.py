"""Trust is set, tried and revoked by the API, and counts at every gate at once."""

from datetime import timedelta

import pytest

from lading.oci.digest import Digest
from lading.oci.reference import parse_reference
from lading.policy.evidence import Gate, Proof
from lading.ports.jobs import JobState
from lading.signing.trust_policy_file import write_trust_policy
from lading.workflows.collect_evidence import collect_evidence
from lading.workflows.evidence_sources import Asked
from lading.workflows.reevaluate_trust import reevaluate_trust
from lading.workflows.trust_in_force import REEVALUATE
from tests.support.governed import KEY, NAME
from tests.support.management import Api, code_of
from tests.support.registry import NOON
from tests.support.signers import p256

OTHER = p256("other")
OURS = write_trust_policy({KEY.name: KEY.public})
THEIRS = write_trust_policy({OTHER.name: OTHER.public})


@pytest.fixture
def api() -> Api:
    made = Api()
    made.add_person("root", admin=True)
    made.add_person("ann", ("reader", "shop/**"))
    return made


@pytest.fixture
def signed(api: Api) -> Digest:
    digest = api.governed.push("shop/app")
    api.governed.sign(digest)
    return digest


def verdicts_at_every_gate(api: Api, digest: Digest) -> set[Proof]:
    reference = parse_reference(f"{NAME}/shop/app@{digest}")
    return {
        collect_evidence(
            api.governed.ports.sources, Asked(gate, "prod", reference), api.now
        ).signature.verdict
        for gate in Gate
    }


def test_the_policy_that_was_there_before_any_is_shown_as_text(api: Api) -> None:
    found = api.ask("GET", "/trust", who="ann").json()
    assert "[[trust]]" in found["text"]
    assert found["set_by"] == ""


def test_setting_trust_counts_at_every_gate_at_once_and_is_in_the_audit_log(api: Api, signed: Digest) -> None:
    assert verdicts_at_every_gate(api, signed) == {Proof.VERIFIED}
    answer = api.ask("PUT", "/trust?why=new+key", who="root", content=THEIRS.encode())
    assert answer.status_code == 200, answer.text
    assert verdicts_at_every_gate(api, signed) == {Proof.REJECTED}
    back = api.ask("PUT", "/trust", who="root", content=OURS.encode())
    assert back.status_code == 200
    assert verdicts_at_every_gate(api, signed) == {Proof.VERIFIED}
    history = api.ask("GET", "/trust/history", who="ann").json()["items"]
    assert [(each["set_by"], each["why"], each["active"]) for each in history] == [
        ("person:root", "", True),
        ("person:root", "new key", False),
    ]
    with api.governed.registry.records.read() as kept:
        actions = [entry.event.action for entry in kept.audit.page(limit=10).items]
    assert actions.count("trust.set") == 2


def test_only_who_may_edit_policy_sets_trust_and_a_wrong_one_is_refused_with_its_line(api: Api) -> None:
    assert code_of(api.ask("PUT", "/trust", who="ann", content=OURS.encode())) == "access-denied"
    refused = api.ask("PUT", "/trust", who="root", content=b"[[keys]]\nnam = 1\n")
    assert code_of(refused) == "trust-policy-invalid"
    assert "trust policy:2:" in refused.json()["title"]
    assert code_of(api.ask("PUT", "/trust", who="root", content=b"\xff")) == "trust-policy-invalid"


def test_a_policy_is_tried_before_it_is_set(api: Api, signed: Digest) -> None:
    tried = api.ask("POST", f"/trust/test?ref=shop/app@{signed}", who="ann", content=THEIRS.encode()).json()
    assert tried["rule"] == "every repository"
    assert tried["proposed"]["signatures"]["outcome"] == "rejected"
    assert tried["in_force"]["signatures"]["outcome"] == "verified"
    assert verdicts_at_every_gate(api, signed) == {Proof.VERIFIED}


def test_revoking_a_signer_stops_every_gate_and_lists_what_it_signed(api: Api, signed: Digest) -> None:
    assert verdicts_at_every_gate(api, signed) == {Proof.VERIFIED}
    body = {"signer": KEY.name, "reason": "laptop stolen"}
    assert code_of(api.ask("POST", "/trust/revocations", who="ann", json=body)) == "access-denied"
    answer = api.ask("POST", "/trust/revocations", who="root", json=body)
    assert answer.status_code == 200, answer.text
    assert verdicts_at_every_gate(api, signed) == {Proof.REJECTED}
    verdict = api.ask("GET", f"/image/verification?ref=shop/app@{signed}", who="ann").json()["signatures"]
    assert verdict["step"] == "time"
    assert "laptop stolen" in verdict["reason"]
    found = api.ask("GET", f"/signers/{KEY.name}/signed", who="ann").json()["items"]
    assert [(each["repository"], each["digest"], each["what"]) for each in found] == [
        ("shop/app", str(signed), "signature")
    ]
    assert api.ask("GET", f"/signers/{KEY.public.id}/signed", who="ann").json()["items"] == found
    signer = api.ask("GET", "/signers", who="ann").json()["items"][0]
    assert (signer["name"], signer["images"]) == (KEY.name, 1)
    assert "was revoked" in signer["refusal"]
    assert code_of(api.ask("POST", "/trust/revocations", who="root", json=body)) == "signer-revoked"
    unknown = {"signer": "nobody", "reason": "x"}
    assert code_of(api.ask("POST", "/trust/revocations", who="root", json=unknown)) == "signer-unknown"
    unexplained = {"signer": KEY.name, "reason": " "}
    assert code_of(api.ask("POST", "/trust/revocations", who="root", json=unexplained)) == "reason-missing"


def test_a_key_is_rotated_and_what_it_signed_is_signed_again_only_when_asked_to(
    api: Api, signed: Digest
) -> None:
    assert verdicts_at_every_gate(api, signed) == {Proof.VERIFIED}
    pem = OTHER.public.to_pem().decode()
    body = {"signer": KEY.name, "name": "next", "pem": pem, "reason": "yearly", "overlap_days": 7}
    assert code_of(api.ask("POST", "/trust/rotations", who="ann", json=body)) == "access-denied"
    done = api.ask("POST", "/trust/rotations", who="root", json=body)
    assert done.status_code == 200, done.text
    assert (done.json()["new"], done.json()["images"]) == ("next", 1)
    assert verdicts_at_every_gate(api, signed) == {Proof.VERIFIED}
    names = [each["name"] for each in api.ask("GET", "/signers", who="ann").json()["items"]]
    assert names == [KEY.name, "next"]
    again = api.ask("POST", "/trust/rotations", who="root", json={**body, "name": "third"})
    assert code_of(again) == "signer-known"
    for wrong in ({**body, "key": "lading"}, {**body, "pem": ""}, {**body, "pem": "x"}):
        assert api.ask("POST", "/trust/rotations", who="root", json=wrong).status_code == 400
    said = api.ask("POST", f"/signers/{KEY.name}/resign", who="root").json()["items"]
    assert {each["outcome"] for each in said} <= {"would sign"}
    made = api.ask("POST", f"/signers/{KEY.name}/resign?do_it=true", who="root").json()["items"]
    assert "would sign" not in {each["outcome"] for each in made}


def test_what_is_signed_in_repositories_that_one_may_not_read_is_not_listed(api: Api, signed: Digest) -> None:
    assert verdicts_at_every_gate(api, signed) == {Proof.VERIFIED}
    api.add_person("eve", ("reader", "other/**"))
    assert api.ask("GET", f"/signers/{KEY.name}/signed", who="eve").json()["items"] == []
    assert code_of(api.ask("GET", "/signers/nobody/signed", who="eve")) == "signer-unknown"


def test_a_change_of_trust_has_every_image_looked_at_again(api: Api, signed: Digest) -> None:
    sources = api.governed.ports.sources
    assert verdicts_at_every_gate(api, signed) == {Proof.VERIFIED}
    api.ask("PUT", "/trust", who="root", content=THEIRS.encode())
    job = next(report.job for report in api.jobs.reports(list(JobState), limit=9))
    assert job.name == REEVALUATE
    reevaluate_trust(sources.records, sources.claims, sources.shipped_trust, job.arguments, NOON)
    with sources.records.read() as kept:
        event = kept.audit.page(limit=1).items[0].event
        policy = kept.trust.active_trust()
        assert policy is not None
        stored = kept.governance.verification("shop/app", signed, policy.digest)
    assert event.action == "trust.re-evaluated"
    assert event.details["lost_images"] == [f"shop/app@{signed}"]
    assert stored is not None
    assert stored.outcome["signatures"] == {
        "outcome": "rejected",
        "step": "signature",
        "reason": "no signer of the rule 'every repository' made the signature (signers: other)",
    }


def test_a_signer_that_counts_for_a_while_only_stops_when_its_time_is_over(api: Api, signed: Digest) -> None:
    ending = OURS.replace('name = "release"\n', 'name = "release"\nuntil = 2026-03-02T00:00:00Z\n')
    assert api.ask("PUT", "/trust", who="root", content=ending.encode()).status_code == 200
    assert verdicts_at_every_gate(api, signed) == {Proof.VERIFIED}
    api.move_clock(timedelta(days=2))
    assert verdicts_at_every_gate(api, signed) == {Proof.REJECTED}
