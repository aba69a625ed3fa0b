"""What gates are told of an image, also when much of it cannot be found out."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.cataloging.analysis import Distro
from lading.foundation.errors import Upstream
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.policy.evaluation import evaluate
from lading.policy.evidence import Evidence, Presence, Proof, ScanState
from lading.ports.records.contents import AnalysisState
from lading.ports.records.record_set import RecordSet
from lading.signing.trust_policy_file import parse_trust_policy
from lading.workflows.collect_evidence import collect_evidence
from lading.workflows.gate import GatePorts
from tests.support.governed import OLD_BASH, PRIVATE_KEY, GovernedRegistry, ask
from tests.support.policies import shipped_policy
from tests.support.registry import NOON


@pytest.fixture
def governed() -> GovernedRegistry:
    return GovernedRegistry()


@pytest.fixture(scope="module")
def stocked() -> GovernedRegistry:
    """With a good and a bad image; nothing more is written to it."""
    governed = GovernedRegistry()
    governed.good_image()
    governed.bad_image()
    return governed


def collect(governed: GovernedRegistry, text: str, ports: GatePorts | None = None) -> Evidence:
    return collect_evidence((ports or governed.ports).sources, ask(text), NOON)


def test_all_that_is_known_of_an_image_is_in_its_evidence(stocked: GovernedRegistry) -> None:
    evidence = collect(stocked, "shop/app:1.0")
    assert evidence.image.digest.startswith("sha256:")
    assert (evidence.image.tag, evidence.image.tags) == ("1.0", ("1.0",))
    assert (evidence.image.user, evidence.image.root, evidence.image.layers) == ("10001", False, 1)
    assert (evidence.image.entrypoint, evidence.image.command) == (("/app",), ("serve",))
    assert evidence.image.platform == "linux/amd64"
    assert evidence.image.size == 1_300
    assert evidence.distro.id == "debian"
    assert evidence.distro.end_of_life is not None
    assert [package.name for package in evidence.packages] == ["dash"]
    assert evidence.signature.verdict is Proof.VERIFIED
    assert evidence.signature.signers == ("release",)
    assert evidence.sbom.formats == ("cyclonedx",)
    assert evidence.owner.team == "shop"
    assert (evidence.scan.state, evidence.scan.at, evidence.scan.feeds_at) == (ScanState.DONE, NOON, NOON)
    assert evidence.base.approved is Proof.UNDETERMINED
    assert evidence.undetermined == ()
    assert set(evidence.unanswered()) == {"base.approved"}


def test_findings_and_secrets_are_in_the_evidence(stocked: GovernedRegistry) -> None:
    evidence = collect(stocked, "lab/bad:1.0")
    (finding,) = evidence.findings
    assert (finding.id, finding.aliases) == ("CVE-2014-6271", ("DSA-3032",))
    assert (finding.package_name, finding.package_version) == ("bash", "4.2-2")
    assert (finding.fix, finding.known_exploited) == ("4.2+dfsg-0.1+deb7u3", True)
    assert evidence.secrets[0].path == PRIVATE_KEY.path
    assert evidence.image.root
    assert evidence.signature.verdict is Proof.REJECTED
    assert evidence.owner.team == ""
    assert not evidence.sbom.present


def test_every_name_of_this_registry_means_the_same_image(stocked: GovernedRegistry) -> None:
    assert collect(stocked, "localhost:5000/shop/app:1.0") == collect(
        stocked, "registry.example/shop/app:1.0"
    )


@pytest.mark.parametrize("text", ["shop/none", "shop/app:2.0", f"shop/app@{Digest.of(b'x')}"])
def test_a_name_that_stands_for_nothing_is_missing(stocked: GovernedRegistry, text: str) -> None:
    assert collect(stocked, text).image.presence is Presence.MISSING


def test_an_image_of_another_repository_is_missing_in_this_one(stocked: GovernedRegistry) -> None:
    digest = collect(stocked, "shop/app:1.0").image.digest
    assert collect(stocked, f"shop/app@{digest}").image.presence is Presence.HERE
    assert collect(stocked, f"lab/bad@{digest}").image.presence is Presence.MISSING


@pytest.mark.parametrize(
    ("text", "presence"),
    [
        ("docker.io/library/nginx:1", Presence.FOREIGN),
        ("registry.example.evil/shop/app:1.0", Presence.FOREIGN),
        ("localhost:5001/shop/app:1.0", Presence.FOREIGN),
        ("other.example/shop/app:1.0", Presence.ELSEWHERE),
    ],
)
def test_an_image_of_another_registry_is_not_looked_into(
    stocked: GovernedRegistry, text: str, presence: Presence
) -> None:
    evidence = collect(stocked, text)
    assert evidence.image.presence is presence
    assert {"findings", "signature", "owner"} <= set(evidence.unanswered())


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (None, "the image has not been analysed yet"),
        (AnalysisState.PENDING, "the image has not been analysed yet"),
        (AnalysisState.FAILED, "the image could not be analysed: bad gzip"),
    ],
)
def test_what_was_not_analysed_is_not_clean(
    governed: GovernedRegistry, state: AnalysisState | None, reason: str
) -> None:
    digest = governed.push()
    if state is not None:
        governed.analyse(digest, state=state)
    evidence = collect(governed, "shop/app:1.0")
    assert evidence.unanswered()["findings"] == reason
    assert evidence.unanswered()["secrets"] == reason
    assert "image.user" not in evidence.unanswered()
    assert evidence.scan.state is not ScanState.DONE


def test_an_image_with_packages_that_were_never_matched_is_not_scanned(governed: GovernedRegistry) -> None:
    digest = governed.push()
    governed.analyse(digest, OLD_BASH, matched=False)
    assert collect(governed, "shop/app:1.0").scan.state is ScanState.RUNNING


def test_a_distribution_without_known_dates_is_not_taken_for_supported(governed: GovernedRegistry) -> None:
    digest = governed.push()
    governed.analyse(digest, distro=Distro("homemade", "1", "Homemade Linux"))
    evidence = collect(governed, "shop/app:1.0")
    assert evidence.unanswered() == {
        "base.approved": "the image does not say what it was built on",
        "distro.end_of_life": "no dates are known for Homemade Linux",
    }


@pytest.mark.parametrize(
    ("labels", "approved", "pinned"),
    [
        ({}, Proof.UNDETERMINED, False),
        ({"name": "registry.example/base/debian:12"}, Proof.VERIFIED, False),
        ({"name": "registry.example/base/debian:12", "digest": "sha256:x"}, Proof.VERIFIED, True),
        ({"name": "registry.example/hobby/debian:12"}, Proof.REJECTED, False),
        ({"name": "docker.io/base/debian:12"}, Proof.REJECTED, False),
        ({"name": "%%%"}, Proof.REJECTED, False),
    ],
)
def test_the_base_is_what_the_image_says_and_approved_by_the_catalogue(
    labels: dict[str, str], approved: Proof, pinned: bool
) -> None:
    governed = GovernedRegistry(approved_bases=(RepositoryPattern.parse("base/*"),))
    governed.push(labels={f"org.opencontainers.image.base.{key}": text for key, text in labels.items()})
    base = collect(governed, "shop/app:1.0").base
    assert (base.approved, base.pinned) == (approved, pinned)


def index_of(governed: GovernedRegistry, *entries: dict[str, Any]) -> Digest:
    raw = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": list(entries)}
    return governed.registry.push_manifest("shop/app", json.dumps(raw).encode(), tags=("multi",))


def entry(digest: Digest, platform: str = "linux/amd64", **more: Any) -> dict[str, Any]:
    system, architecture = platform.split("/")
    described = {"os": system, "architecture": architecture}
    return {
        "mediaType": media_types.OCI_MANIFEST,
        "digest": str(digest),
        "size": 1,
        "platform": described,
        **more,
    }


def test_an_index_is_as_bad_as_the_worst_of_its_images(governed: GovernedRegistry) -> None:
    good = governed.good_image()
    bad = governed.push("shop/app", name="bad", tags=(), user="root")
    governed.analyse(bad, OLD_BASH, name="bad", secrets=[PRIVATE_KEY])
    index_of(governed, entry(good), entry(bad, "linux/arm64"))
    evidence = collect(governed, "shop/app:multi")
    assert evidence.image.root
    assert [finding.id for finding in evidence.findings] == ["CVE-2014-6271"]
    assert len(evidence.secrets) == 1
    assert {package.name for package in evidence.packages} == {"dash", "bash"}
    assert not evidence.sbom.present
    governed.add_sbom(bad)
    assert collect(governed, "shop/app:multi").sbom.present


def test_the_platform_that_fails_is_named(governed: GovernedRegistry) -> None:
    good = governed.good_image()
    bad = governed.push("shop/app", name="bad", tags=(), user="root", architecture="arm64")
    index_of(governed, entry(good), entry(bad, "linux/arm64"))
    unknown = collect(governed, "shop/app:multi").unanswered()
    assert unknown["findings"] == "linux/arm64: the image has not been analysed yet"
    governed.analyse(bad, OLD_BASH, name="bad", secrets=[PRIVATE_KEY])
    evidence = collect(governed, "shop/app:multi")
    assert evidence.image.root_on == "linux/arm64"
    assert [finding.platforms for finding in evidence.findings] == [("linux/arm64",)]
    assert [secret.platforms for secret in evidence.secrets] == [("linux/arm64",)]
    decision = evaluate(shipped_policy(), replace(evidence, environment="prod"), now=NOON)
    said = {result.rule: result.violations[0].message for result in decision.results if result.violations}
    for rule in ("severity-ceiling", "no-secrets"):
        assert said[rule].endswith(" [linux/arm64]")
    assert said["no-root-user"].endswith(" on linux/arm64")


def test_the_attestations_beside_an_image_in_an_index_are_not_images(governed: GovernedRegistry) -> None:
    good = governed.good_image()
    attestation = governed.push("shop/app", name="attestation", tags=())
    note = {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    index_of(governed, entry(good), entry(attestation, "unknown/unknown", **note))
    evidence = collect(governed, "shop/app:multi")
    assert evidence.scan.state is ScanState.DONE
    assert "findings" not in evidence.unanswered()


def test_an_index_of_nothing_that_runs_is_not_clean(governed: GovernedRegistry) -> None:
    digest = governed.push()
    index_of(governed, entry(digest, "unknown/unknown"))
    assert collect(governed, "shop/app:multi").unanswered()["findings"] == "the index lists no image"


class _Silent:
    """Records that cannot be reached."""

    @contextmanager
    def read(self) -> Iterator[RecordSet]:
        raise Upstream("records-unavailable", "the database does not answer")
        yield

    @contextmanager
    def write(self, *, long: bool = False) -> Iterator[RecordSet]:
        with self.read() as kept:
            yield kept


def test_records_that_do_not_answer_make_everything_undetermined(stocked: GovernedRegistry) -> None:
    ports = stocked.ports
    silent = replace(ports, sources=replace(ports.sources, records=_Silent()))
    evidence = collect(stocked, "shop/app:1.0", silent)
    assert {"findings", "signature", "image.root", "owner", "sbom", "scan"} <= set(evidence.unanswered())
    assert evidence.unanswered()["findings"] == "the database does not answer"


def test_a_configuration_that_is_lost_is_not_taken_for_a_good_one(stocked: GovernedRegistry) -> None:
    ports = stocked.ports
    empty = GovernedRegistry().registry.blobs
    evidence = collect(stocked, "shop/app:1.0", replace(ports, sources=replace(ports.sources, blobs=empty)))
    assert "image.root" in evidence.unanswered()
    assert "findings" not in evidence.unanswered()


def test_without_a_trust_policy_nothing_is_signed(stocked: GovernedRegistry) -> None:
    untrusting = GovernedRegistry(stocked.registry, shipped_trust=parse_trust_policy(""))
    signature = collect(stocked, "shop/app:1.0", untrusting.ports).signature
    assert signature.verdict is Proof.REJECTED
    assert signature.reason == "no rule of the trust policy covers the repository 'shop/app'"
