"""Build the release twice, sign it, attest it, and let Lading's own verifier judge it: `make release-check`.

1. Wheel and source distribution are built twice from what is committed, in two places: they must be the same
   bit for bit (SOURCE_DATE_EPOCH is the moment of the commit).
2. Each file is signed, and SLSA provenance of this build is made about all of them, with the key that
   LADING_RELEASE_KEY names (a URI as in the settings), or one that is made for the check alone.
3. The verifier judges every file by a trust policy of that key: good as they are, refused when one byte changes.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from lading.adapters.key_stores import open_key
from lading.adapters.keys_file import open_or_create_signing_key
from lading.cli.local_build import local_build
from lading.oci.digest import Digest
from lading.ports.signer import Signer
from lading.signing import dsse
from lading.signing.ci_provenance import provenance_predicate, read_build
from lading.signing.file_verification import verify_file
from lading.signing.proofs import Trying
from lading.signing.provenance import SLSA_V1
from lading.signing.sigstore_bundle import BUNDLE_TYPE, encode_bundle
from lading.signing.statement import PAYLOAD_TYPE, build_statement
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.signing.verdicts import Verified

PROJECT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Do all of it; 0 where everything holds."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(prefix="release-") as name:
        folder = Path(name)
        first, second = _build(folder / "one"), _build(folder / "two")
        if {path.name: path.read_bytes() for path in first} != {p.name: p.read_bytes() for p in second}:
            print("release-check: two builds of one commit differ")
            return 1
        uri = os.environ.get("LADING_RELEASE_KEY", "")
        signer: Signer = (
            open_key("release", uri, os.environ)
            if uri
            else open_or_create_signing_key(folder / "key.pem", name="release")
        )
        made = {path: _bundles(path, first, signer) for path in first}
        problems = [problem for path, bundles in made.items() for problem in _judge(path, bundles, signer)]
        for problem in problems:
            print(f"release-check: {problem}")
        if not problems and target is not None:
            target.mkdir(parents=True, exist_ok=True)
            for path, bundles in made.items():
                (target / path.name).write_bytes(path.read_bytes())
                for suffix, content in bundles.items():
                    (target / f"{path.name}.{suffix}").write_bytes(content)
        if not problems:
            names = ", ".join(f"{path.name} {Digest.of(path.read_bytes()).short}" for path in first)
            print(f"release-check: reproducible, signed, attested and verified: {names}")
        return 1 if problems else 0


def _build(folder: Path) -> list[Path]:
    source = folder / "source"
    source.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=PROJECT, capture_output=True, check=True)
    subprocess.run(["tar", "-x"], cwd=source, input=archive.stdout, check=True)
    asked = ["git", "log", "-1", "--format=%ct"]
    epoch = subprocess.run(asked, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.strip()
    environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder / "dist")]
    subprocess.run(command, cwd=source, env=environment, check=True, capture_output=True)
    return sorted((folder / "dist").iterdir())


def _bundles(path: Path, all_files: list[Path], signer: Signer) -> dict[str, bytes]:
    content = path.read_bytes()
    digest = base64.b64encode(bytes.fromhex(Digest.of(content).hex)).decode()
    signature = {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": {"publicKey": {"hint": signer.public_key.id}},
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": digest},
            "signature": base64.b64encode(signer.sign(content)).decode(),
        },
    }
    facts = read_build(os.environ, local_build())
    predicate = provenance_predicate(facts, [], started=None, finished=datetime.now(UTC))
    subjects = [(each.name, Digest.of(each.read_bytes())) for each in all_files]
    statement = build_statement(subjects, SLSA_V1, json.dumps(predicate).encode())
    signed = signer.sign(dsse.pre_authentication_encoding(PAYLOAD_TYPE, statement))
    envelope = dsse.Envelope(PAYLOAD_TYPE, statement, (dsse.EnvelopeSignature(signed),))
    return {
        "sigstore.json": json.dumps(signature).encode(),
        "provenance.sigstore.json": encode_bundle(envelope, signer.public_key),
    }


def _judge(path: Path, bundles: dict[str, bytes], signer: Signer) -> list[str]:
    policy = parse_trust_policy(write_trust_policy({"release": signer.public_key}))
    trying = Trying(policy, "release", policy.signers, datetime.now(UTC))
    content = path.read_bytes()
    problems = []
    for name, bundle in bundles.items():
        if not isinstance(verify_file(content, bundle, trying), Verified):
            problems.append(f"{path.name} is not verified by its {name}")
        if isinstance(verify_file(content + b"x", bundle, trying), Verified):
            problems.append(f"{path.name} with one byte more is verified by its {name}")
    return problems


if __name__ == "__main__":
    sys.exit(main())
