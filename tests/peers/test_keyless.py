"""Signing without a key, against a private Sigstore of real programs: cosign's here, and ours by cosign."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lading.signing.claims import Subject
from lading.signing.trust_policy_file import parse_trust_policy
from lading.signing.verdicts import Rejected, Step, Verdict, Verified
from lading.workflows.local_claims import LocalClaims
from lading.workflows.verify_image import ImageVerification, verify_image
from tests.support.distribution import ADMIN, disk_registry, serving
from tests.support.registry import DrivenRegistry
from tests.support.sigstore_instance import WHO, Sigstore, serving_sigstore

pytestmark = pytest.mark.peer

TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"


@dataclass
class Bench:
    """A registry that is served, and a private Sigstore."""

    host: str
    folder: Path
    registry: DrivenRegistry
    sigstore: Sigstore

    def new_image(self, name: str) -> Subject:
        return Subject("team/app", self.registry.push_image("team/app", name=name))

    def reference(self, subject: Subject) -> str:
        return f"{self.host}/{subject.repository}@{subject.digest}"

    def cosign(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DOCKER_CONFIG": str(self.folder),
            "SIGSTORE_ROOT_FILE": str(self.folder / "fulcio.pem"),
        }
        return subprocess.run(
            [shutil.which(program) or program, *arguments],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def lading(self, *arguments: str) -> str:
        done = self.lading_ends(self.sigstore.token(), *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def lading_ends(self, token: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "DOCKER_CONFIG": str(self.folder), "SIGSTORE_ID_TOKEN": token}
        command = [sys.executable, "-m", "lading", *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    @property
    def keyless(self) -> tuple[str, ...]:
        stamps = f"{self.sigstore.timestamps}/api/v1/timestamp"
        return ("--keyless", "--authority", self.sigstore.fulcio, "--timestamps", stamps)

    def policy_text(self, subject: str = WHO, any_name: str = "") -> str:
        return (
            f"[[roots]]\nname = \"acme\"\ntrusted-root = '''{self.sigstore.trusted_root}'''\n"
            f'[[identities]]\nname = "builder"\nroot = "acme"\nissuer = "{self.sigstore.issuer.url}"\n'
            f'subject = "{subject}"\n'
            f'[[trust]]\nname = "all"\nrepositories = ["**"]\nsigners = ["builder"]\n{any_name}'
        )

    def verification(self, subject: Subject, who: str = WHO, *, any_name: bool = False) -> ImageVerification:
        policy = parse_trust_policy(self.policy_text(who, 'signed-as = ["**"]\n' if any_name else ""))
        claims = LocalClaims(self.registry.records, self.registry.blobs)
        return verify_image(claims, policy, subject, datetime.now(UTC))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("keyless")
    with serving_sigstore(folder) as sigstore:
        served = disk_registry(folder / "registry")
        whole: Any = served.records
        with serving(served.app) as host:
            login = base64.b64encode(":".join(ADMIN).encode()).decode()
            (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": login}}}))
            (folder / "trusted_root.json").write_text(sigstore.trusted_root)
            (folder / "signing_config.json").write_text(sigstore.signing_config)
            yield Bench(host, folder, DrivenRegistry(whole, served.blobs), sigstore)
        served.close()


def must_have(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def step_of(verdict: Verdict) -> Step:
    assert isinstance(verdict, Rejected), verdict
    return verdict.step


def test_we_verify_what_we_sign_as_somebody_and_refuse_it_of_anybody_else(bench: Bench) -> None:
    subject = bench.new_image("signed by us")
    bench.lading("sign", bench.reference(subject), *bench.keyless)
    found = bench.verification(subject).signatures
    assert isinstance(found, Verified), found
    assert found.signers[0].key_id == f"{WHO} (issuer {bench.sigstore.issuer.url})"
    assert found.signers[0].signed_at is not None
    assert step_of(bench.verification(subject, "boss@acme.example").signatures) is Step.SIGNER


def test_the_command_verifies_by_a_policy_file_alone(bench: Bench) -> None:
    subject = bench.new_image("signed by us, verified by the command")
    bench.lading("sign", bench.reference(subject), *bench.keyless)
    (bench.folder / "trust.toml").write_text(bench.policy_text())
    said = bench.lading("verify", bench.reference(subject), "--trust", str(bench.folder / "trust.toml"))
    assert "verified" in said


def test_a_statement_that_we_attest_as_somebody_is_verified(bench: Bench) -> None:
    subject = bench.new_image("attested by us")
    (bench.folder / "result.json").write_text('{"result":"PASSED","configuration":[]}')
    what = ("--type", "custom", "--predicate", str(bench.folder / "result.json"))
    bench.lading("attest", bench.reference(subject), *what, "--predicate-type", "test-result", *bench.keyless)
    assert isinstance(bench.verification(subject).attestations[TEST_RESULT], Verified)
    assert step_of(bench.verification(subject).signatures) is Step.PRESENT


def test_a_signature_is_not_carried_over_to_another_image(bench: Bench) -> None:
    subject, other = bench.new_image("signed"), bench.new_image("not signed")
    bench.lading("sign", bench.reference(subject), *bench.keyless)
    with bench.registry.records.read() as kept:
        (referrer,) = kept.registry.referrers("team/app", subject.digest).items
        stored = kept.registry.manifest("team/app", referrer.digest)
    assert stored is not None
    moved = json.loads(stored.raw)
    moved["subject"]["digest"] = str(other.digest)
    bench.registry.push_manifest("team/app", json.dumps(moved).encode())
    assert step_of(bench.verification(other).signatures) is Step.DIGEST


def test_cosign_3_verifies_what_we_sign(bench: Bench) -> None:
    must_have("cosign3")
    subject = bench.new_image("signed by us, verified by cosign 3")
    bench.lading("sign", bench.reference(subject), *bench.keyless)
    options = [
        *("--trusted-root", "trusted_root.json", "--certificate-oidc-issuer", bench.sigstore.issuer.url),
        *("--insecure-ignore-tlog", "--insecure-ignore-sct", "--use-signed-timestamps"),
    ]
    reference = bench.reference(subject)
    good = bench.cosign("cosign3", "verify", "--certificate-identity", WHO, *options, reference)
    assert good.returncode == 0, good.stderr
    bad = bench.cosign("cosign3", "verify", "--certificate-identity", "x@acme.example", *options, reference)
    assert bad.returncode != 0


def test_we_verify_what_cosign_3_signs_as_somebody(bench: Bench) -> None:
    must_have("cosign3")
    subject = bench.new_image("signed by cosign 3")
    options = ["--signing-config", "signing_config.json", "--trusted-root", "trusted_root.json", "--yes"]
    token = ["--identity-token", bench.sigstore.token()]
    done = bench.cosign("cosign3", "sign", *options, *token, bench.reference(subject))
    assert done.returncode == 0, done.stderr
    assert isinstance(bench.verification(subject, any_name=True).signatures, Verified)
    assert step_of(bench.verification(subject).signatures) is Step.IDENTITY, "cosign names no repository"
    stranger = bench.verification(subject, "boss@acme.example", any_name=True)
    assert step_of(stranger.signatures) is Step.SIGNER


def test_we_verify_what_cosign_2_signs_as_somebody(bench: Bench) -> None:
    must_have("cosign")
    subject = bench.new_image("signed by cosign 2")
    root = json.loads(bench.sigstore.trusted_root)
    ders = root["certificateAuthorities"][0]["certChain"]["certificates"]
    pem = "".join(
        f"-----BEGIN CERTIFICATE-----\n{each['rawBytes']}\n-----END CERTIFICATE-----\n" for each in ders
    )
    (bench.folder / "fulcio.pem").write_text(pem)
    options = [
        *("--fulcio-url", bench.sigstore.fulcio, "--tlog-upload=false", "--insecure-skip-verify", "--yes"),
        *("--timestamp-server-url", f"{bench.sigstore.timestamps}/api/v1/timestamp"),
        *("--identity-token", bench.sigstore.token()),
    ]
    done = bench.cosign("cosign", "sign", *options, bench.reference(subject))
    assert done.returncode == 0, done.stderr
    assert isinstance(bench.verification(subject).signatures, Verified)
    assert step_of(bench.verification(subject, "boss@acme.example").signatures) is Step.SIGNER


def test_a_token_that_the_authority_does_not_accept_is_said_to_be_why(bench: Bench) -> None:
    subject = bench.new_image("never signed")
    elsewhere = bench.sigstore.issuer.token(aud="elsewhere", email=WHO, email_verified=True)
    for token in ("x.y.z", elsewhere):
        done = bench.lading_ends(token, "sign", bench.reference(subject), *bench.keyless)
        assert done.returncode != 0
        assert "gave no certificate" in done.stderr
    assert step_of(bench.verification(subject).signatures) is Step.PRESENT
