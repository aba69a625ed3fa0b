"""The Notary Project's own library verifies what we sign, and we what it signs, by one trust policy.

``notary-exchange`` is a small program around the library (tests/peers/notary_exchange): ``ci/install-peers``
builds it where there is a Go toolchain.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lading.adapters.keys_file import FileSigner
from lading.adapters.notation_folder import read_notation
from lading.signing.claims import Subject
from lading.signing.trust_policy_file import parse_trust_policy
from lading.signing.verdicts import Rejected, Step, Verdict, Verified
from lading.workflows.local_claims import LocalClaims
from lading.workflows.sign_image import SignatureForm, SigningPorts, sign_image
from lading.workflows.verify_image import verify_image
from tests.support.certificates import Authority, Holder
from tests.support.distribution import ADMIN, disk_registry, serving
from tests.support.registry import ROOT as ADMINISTRATOR
from tests.support.registry import DrivenRegistry

pytestmark = pytest.mark.peer

NOW = datetime.now(UTC)
AUTHORITY = Authority("Acme Root", start=NOW - timedelta(days=365), end=NOW + timedelta(days=3650))
FORMS = {"jws": SignatureForm.NOTARY_JWS, "cose": SignatureForm.NOTARY_COSE}


def holder(name: str = "build") -> Holder:
    return AUTHORITY.issue(name, start=NOW - timedelta(days=1), end=NOW + timedelta(days=90))


@dataclass
class Bench:
    """A registry that is served, and notation's folder of configuration."""

    host: str
    folder: Path
    registry: DrivenRegistry
    ours: Holder
    theirs: Holder

    def new_image(self, name: str) -> Subject:
        return Subject("team/app", self.registry.push_image("team/app", name=name))

    def notary(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "NOTARY_USER": ADMIN[0],
            "NOTARY_PASSWORD": ADMIN[1],
        }
        command = ["notary-exchange", *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def notary_signs(self, subject: Subject, form: str) -> None:
        where = (f"{self.host}/{subject.repository}", str(subject.digest))
        done = self.notary("sign", *where, form, str(self.folder / "key.pem"), str(self.folder / "chain.pem"))
        assert done.returncode == 0, done.stderr

    def notary_verifies(self, subject: Subject) -> subprocess.CompletedProcess[str]:
        where = (f"{self.host}/{subject.repository}", str(subject.digest))
        return self.notary("verify", *where, str(self.folder))

    def sign(self, subject: Subject, form: str) -> None:
        assert isinstance(self.ours.key, ec.EllipticCurvePrivateKey)
        signer = FileSigner("ours", self.ours.key)
        chain = tuple(self.ours.ders)
        ports = SigningPorts(self.registry.ports, signer, self.host, certificates={"ours": chain})
        sign_image(ports, ADMINISTRATOR, subject, datetime.now(UTC), form=FORMS[form])

    def trust(self, subject: str) -> None:
        """Write notation's trust policy: images of anybody whom the authority calls so."""
        policy = {
            "name": "images",
            "registryScopes": ["*"],
            "signatureVerification": {"level": "strict"},
            "trustStores": ["ca:acme"],
            "trustedIdentities": [f"x509.subject: {subject}"],
        }
        whole = {"version": "1.0", "trustPolicies": [policy]}
        (self.folder / "trustpolicy.json").write_text(json.dumps(whole))

    def verdict(self, subject: Subject) -> Verdict:
        policy = parse_trust_policy(read_notation(self.folder).text)
        claims = LocalClaims(self.registry.records, self.registry.blobs)
        return verify_image(claims, policy, subject, datetime.now(UTC)).signatures


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    if shutil.which("notary-exchange") is None:
        pytest.skip("notary-exchange is not installed")
    folder = tmp_path_factory.mktemp("notary")
    theirs = holder()
    key = theirs.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(key)
    (folder / "chain.pem").write_text(theirs.pem)
    store = folder / "truststore" / "x509" / "ca" / "acme"
    store.mkdir(parents=True)
    (store / "root.pem").write_text(AUTHORITY.pem)
    served = disk_registry(folder / "registry")
    whole: Any = served.records
    with serving(served.app) as host:
        made = Bench(host, folder, DrivenRegistry(whole, served.blobs), holder(), theirs)
        made.trust("C=DE, ST=BE, O=Acme, CN=build")
        yield made
    served.close()


@pytest.mark.parametrize("form", FORMS)
def test_what_we_sign_is_verified_by_the_library_and_by_us(bench: Bench, form: str) -> None:
    subject = bench.new_image(f"signed by us in {form}")
    assert bench.notary_verifies(subject).returncode != 0, "nobody has signed it yet"
    bench.sign(subject, form)
    done = bench.notary_verifies(subject)
    assert done.returncode == 0, done.stderr
    assert str(subject.digest) in done.stdout
    assert isinstance(bench.verdict(subject), Verified)


@pytest.mark.parametrize("form", FORMS)
def test_what_the_library_signs_is_verified_by_us(bench: Bench, form: str) -> None:
    subject = bench.new_image(f"signed by the library in {form}")
    unsigned = bench.verdict(subject)
    assert isinstance(unsigned, Rejected)
    assert unsigned.step is Step.PRESENT
    bench.notary_signs(subject, form)
    assert isinstance(bench.verdict(subject), Verified)
    assert bench.notary_verifies(subject).returncode == 0


@pytest.mark.parametrize("form", FORMS)
def test_both_refuse_who_is_not_named(bench: Bench, form: str) -> None:
    subject = bench.new_image(f"signed by somebody else in {form}")
    bench.notary_signs(subject, form)
    bench.trust("C=DE, ST=BE, O=Acme, CN=release")
    try:
        assert bench.notary_verifies(subject).returncode != 0
        found = bench.verdict(subject)
        assert isinstance(found, Rejected)
        assert found.step is Step.SIGNER
    finally:
        bench.trust("C=DE, ST=BE, O=Acme, CN=build")
