"""cosign verifies what Lading signs, and Lading what cosign signs, on a registry that Lading serves.

Run with cosign 2 and with cosign 3, which keeps signatures in bundles: as ``cosign`` and ``cosign3``,
whichever of them are installed.
"""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lading.adapters.keys_file import FileSigner, open_or_create_signing_key, open_signing_key
from lading.ports.records.record_set import Records
from lading.signing.claims import Subject
from lading.signing.keys import PublicKey, parse_public_key
from lading.signing.statement import PredicateType
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.signing.verdicts import Rejected, Step, Verdict, Verified
from lading.workflows.local_claims import LocalClaims
from lading.workflows.sign_image import SigningPorts, attest_image, sign_image
from lading.workflows.verify_image import ImageVerification, verified_statements, verify_image
from tests.support.distribution import ADMIN, disk_registry, serving
from tests.support.registry import ROOT, DrivenRegistry

pytestmark = pytest.mark.peer

SBOM = b'{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[]}'
SPDX = b'{"spdxVersion":"SPDX-2.3","name":"app"}'
SCAN = json.dumps(
    {
        "invocation": {"parameters": None, "uri": "", "event_id": "", "builder.id": ""},
        "scanner": {"uri": "lading", "version": "1", "db": {"uri": "", "version": ""}, "result": {}},
        "metadata": {"scanStartedOn": "2026-03-01T12:00:00Z", "scanFinishedOn": "2026-03-01T12:00:01Z"},
    }
).encode()


@dataclass
class Bench:
    """A registry that is served, a key of ours, a key of cosign's, and cosign itself."""

    program: str
    major: int
    host: str
    folder: Path
    registry: DrivenRegistry
    ours: FileSigner

    def cosign(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DOCKER_CONFIG": str(self.folder),
            "COSIGN_PASSWORD": "pass",
            "COSIGN_EXPERIMENTAL": "1",  # for --registry-referrers-mode
        }
        return subprocess.run(
            [self.program, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def must(self, *arguments: str) -> str:
        done = self.cosign(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def theirs(self) -> PublicKey:
        return parse_public_key((self.folder / "cosign.pub").read_bytes())

    def new_image(self, name: str) -> Subject:
        return Subject("team/app", self.registry.push_image("team/app", name=name))

    def reference(self, subject: Subject) -> str:
        return f"{self.host}/{subject.repository}@{subject.digest}"

    @property
    def ports(self) -> SigningPorts:
        return SigningPorts(self.registry.ports, self.ours, self.host)

    def sign(self, subject: Subject, *, bundles: bool = True) -> None:
        sign_image(replace(self.ports, bundles=bundles), ROOT, subject, datetime.now(UTC))

    def attest(self, subject: Subject, predicate_type: str, predicate: bytes) -> None:
        attest_image(
            self.ports, ROOT, subject, datetime.now(UTC), predicate_type=predicate_type, predicate=predicate
        )

    @property
    def unlogged(self) -> tuple[str, ...]:
        """Options to sign without telling anybody outside."""
        offline = () if self.major < 3 else ("--use-signing-config=false",)
        return ("--key", "cosign.key", "--tlog-upload=false", "--yes", *offline)

    def cosign_signs(self, subject: Subject, *more: str) -> None:
        """Sign as all versions can, under the tag."""
        classic = () if self.major < 3 else ("--new-bundle-format=false",)
        self.must("sign", *self.unlogged, *classic, *more, self.reference(subject))

    def cosign_verifies(self, subject: Subject, key: str = "ours.pub", *, tag_only: bool = False) -> Any:
        """Verify; ``tag_only`` keeps version 3 from looking at bundles alone where there is one."""
        classic = ("--new-bundle-format=false",) if tag_only and self.major >= 3 else ()
        options = ("--key", key, "--insecure-ignore-tlog=true", *classic)
        return json.loads(self.must("verify", *options, self.reference(subject)))

    def verification(
        self, subject: Subject, *keys: PublicKey, need: int = 1, any_name_counts: bool = False
    ) -> ImageVerification:
        text = write_trust_policy({f"key{number}": key for number, key in enumerate(keys)})
        source = LocalClaims(self.registry.records, self.registry.blobs)
        any_name = 'signed-as = ["**"]\n' if any_name_counts else ""
        policy = parse_trust_policy(f"{text}need = {need}\n{any_name}")
        return verify_image(source, policy, subject, datetime.now(UTC))


def rejection(verdict: Verdict) -> Step:
    assert isinstance(verdict, Rejected)
    return verdict.step


@pytest.fixture(scope="module", params=["cosign", "cosign3"])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    program = shutil.which(request.param)
    if program is None:
        pytest.skip(f"{request.param} is not installed")
    version = subprocess.run([program, "version", "--json"], capture_output=True, check=True, timeout=60)
    major = int(json.loads(version.stdout)["gitVersion"].lstrip("v").partition(".")[0])
    folder = tmp_path_factory.mktemp("cosign")
    served = disk_registry(folder / "registry")
    whole: Any = served.records
    records: Records = whole
    with serving(served.app) as host:
        login = base64.b64encode(":".join(ADMIN).encode()).decode()
        (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": login}}}))
        ours = open_or_create_signing_key(folder / "ours.pem", name="ours")
        bench = Bench(program, major, host, folder, DrivenRegistry(records, served.blobs), ours)
        bench.must("generate-key-pair")
        yield bench
    served.close()


def test_cosign_verifies_what_we_sign(bench: Bench) -> None:
    subject = bench.new_image("signed by us")
    bench.sign(subject)
    (payload,) = bench.cosign_verifies(subject)
    assert payload["critical"]["image"]["docker-manifest-digest"] == str(subject.digest)
    (payload,) = bench.cosign_verifies(subject, tag_only=True)
    assert payload["critical"]["identity"]["docker-reference"] == f"{bench.host}/team/app"


def test_cosign_verifies_what_we_sign_without_a_bundle(bench: Bench) -> None:
    subject = bench.new_image("signed by us under the tag only")
    bench.sign(subject, bundles=False)
    (payload,) = bench.cosign_verifies(subject)
    assert payload["critical"]["identity"]["docker-reference"] == f"{bench.host}/team/app"


def test_cosign_refuses_our_signature_under_another_key_and_an_image_without_one(bench: Bench) -> None:
    subject = bench.new_image("signed by us, asked about with another key")
    unsigned = bench.cosign(
        "verify", "--key", "cosign.pub", "--insecure-ignore-tlog=true", bench.reference(subject)
    )
    assert "no signatures found" in unsigned.stderr
    bench.sign(subject)
    refused = bench.cosign(
        "verify", "--key", "cosign.pub", "--insecure-ignore-tlog=true", bench.reference(subject)
    )
    assert refused.returncode != 0
    assert "invalid signature" in refused.stderr or "could not verify envelope" in refused.stderr


def test_we_verify_what_cosign_signs(bench: Bench) -> None:
    subject = bench.new_image("signed by cosign")
    bench.cosign_signs(subject, "-a", "commit=c0ffee")
    assert isinstance(bench.verification(subject, bench.theirs).signatures, Verified)
    assert rejection(bench.verification(subject, bench.ours.public_key).signatures) is Step.SIGNATURE


def test_we_verify_what_cosign_signs_as_a_referrer(bench: Bench) -> None:
    subject = bench.new_image("signed by cosign as a referrer")
    bench.cosign_signs(subject, "--registry-referrers-mode=oci-1-1")
    with bench.registry.records.read() as kept:
        assert kept.registry.tag("team/app", f"sha256-{subject.digest.hex}.sig") is None
    assert isinstance(bench.verification(subject, bench.theirs).signatures, Verified)


def test_a_signature_that_cosign_made_for_another_name_is_refused(bench: Bench) -> None:
    subject = bench.new_image("signed by cosign under another name")
    bench.cosign_signs(subject, "--sign-container-identity", f"{bench.host}/team/other")
    assert rejection(bench.verification(subject, bench.theirs).signatures) is Step.IDENTITY


def test_cosign_and_we_sign_one_image_and_neither_signature_is_lost(bench: Bench) -> None:
    for first_is_cosign in (True, False):
        subject = bench.new_image(f"signed by both, cosign first: {first_is_cosign}")
        for turn in (first_is_cosign, not first_is_cosign):
            if turn:
                bench.cosign_signs(subject)
            else:
                bench.sign(subject)
        both = bench.verification(subject, bench.theirs, bench.ours.public_key, need=2)
        assert isinstance(both.signatures, Verified)
        for key in ("cosign.pub", "ours.pub"):
            assert bench.cosign_verifies(subject, key, tag_only=True)


@pytest.mark.parametrize(
    ("cosign_type", "predicate_type", "predicate"),
    [
        ("cyclonedx", PredicateType.CYCLONEDX, SBOM),
        ("spdxjson", PredicateType.SPDX, SPDX),
        ("vuln", PredicateType.VULNERABILITY_SCAN, SCAN),
    ],
)
def test_attestations_are_verified_in_both_directions(
    bench: Bench, cosign_type: str, predicate_type: PredicateType, predicate: bytes
) -> None:
    subject = bench.new_image(f"attested by us: {cosign_type}")
    bench.attest(subject, predicate_type, predicate)
    options = ("--type", cosign_type, "--insecure-ignore-tlog=true", bench.reference(subject))
    envelope = json.loads(bench.must("verify-attestation", "--key", "ours.pub", *options))
    statement = json.loads(base64.b64decode(envelope["payload"]))
    assert statement["predicate"] == json.loads(predicate)
    assert bench.cosign("verify-attestation", "--key", "cosign.pub", *options).returncode != 0

    subject = bench.new_image(f"attested by cosign: {cosign_type}")
    (bench.folder / "predicate.json").write_bytes(predicate)
    made = ("--type", cosign_type, "--predicate", "predicate.json")
    bench.must("attest", *bench.unlogged, *made, bench.reference(subject))
    found = bench.verification(subject, bench.theirs).attestations
    assert isinstance(found[predicate_type], Verified)
    assert all(rejection(found[other]) is Step.PRESENT for other in PredicateType if other != predicate_type)
    stranger = bench.verification(subject, bench.ours.public_key).attestations
    assert rejection(stranger[predicate_type]) is Step.SIGNATURE
    source = LocalClaims(bench.registry.records, bench.registry.blobs)
    policy = parse_trust_policy(write_trust_policy({"cosign": bench.theirs}))
    outcome = verified_statements(source, policy, subject, predicate_type, datetime.now(UTC))
    assert [each.predicate_type for each in outcome.statements] == [predicate_type]


def test_a_key_pair_that_cosign_made_signs_here_and_cosign_verifies_it(bench: Bench) -> None:
    subject = bench.new_image("signed by us with a key of cosign's")
    imported = open_signing_key(bench.folder / "cosign.key", name="imported", passphrase=b"pass")
    ports = SigningPorts(bench.registry.ports, imported, bench.host)
    sign_image(ports, ROOT, subject, datetime.now(UTC))
    assert bench.cosign_verifies(subject, "cosign.pub")


def test_an_index_that_we_sign_is_verified_by_cosign_and_vouches_for_its_images(bench: Bench) -> None:
    image = bench.new_image("listed by an index")
    index = Subject("team/app", bench.registry.push_index("team/app", image.digest))
    bench.sign(index)
    assert bench.cosign_verifies(index)
    assert bench.verification(image, bench.ours.public_key).through == index.digest


def test_we_verify_what_cosign_signs_in_a_bundle_where_any_name_counts(bench: Bench) -> None:
    if bench.major < 3:
        pytest.skip("cosign writes bundles from version 3 on")
    subject = bench.new_image("signed by cosign in a bundle")
    bench.must("sign", *bench.unlogged, bench.reference(subject))
    with bench.registry.records.read() as kept:
        assert kept.registry.tag("team/app", f"sha256-{subject.digest.hex}.sig") is None
    lenient = bench.verification(subject, bench.theirs, any_name_counts=True)
    assert isinstance(lenient.signatures, Verified)
    assert rejection(bench.verification(subject, bench.theirs).signatures) is Step.IDENTITY
    ours = bench.verification(subject, bench.ours.public_key, any_name_counts=True)
    assert rejection(ours.signatures) is Step.SIGNATURE


def test_a_bundle_of_cosigns_does_not_hide_our_signature_from_it(bench: Bench) -> None:
    if bench.major < 3:
        pytest.skip("cosign writes bundles from version 3 on")
    subject = bench.new_image("signed by cosign in a bundle, and by us")
    bench.must("sign", *bench.unlogged, bench.reference(subject))
    bench.sign(subject)
    for key in ("cosign.pub", "ours.pub"):
        assert bench.cosign_verifies(subject, key)
