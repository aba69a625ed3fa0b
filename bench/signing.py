"""Signing and verifying beside cosign: `make bench-signing`.

A registry of ours on this machine in a process of its own, a key in a file, a personal token as the password.
Cold is a fresh client over HTTP that has nothing at hand; warm is a verdict at hand in the server, and below
it one that stands in the records. cosign runs as the process that pipelines run.
"""

import argparse
import base64
import contextlib
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from bench.results import Row, compare, publish
from lading.adapters.keys_file import FileSigner, open_or_create_signing_key
from lading.adapters.registry_claims import RegistryClaims
from lading.adapters.registry_client import RegistryClient
from lading.oci.digest import Digest
from lading.signing import cosign, dsse
from lading.signing.claims import Subject
from lading.signing.sigstore_bundle import COSIGN_SIGN, encode_bundle
from lading.signing.statement import PAYLOAD_TYPE, build_statement
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.signing.verdicts import Verified
from lading.workflows.local_claims import LocalClaims
from lading.workflows.sign_image import SigningPorts, sign_image
from lading.workflows.verdicts_at_hand import VerdictsAtHand
from lading.workflows.verify_image import verify_image, verify_stored_image
from tests.support.distribution import ADMIN, Registry, disk_registry, serving
from tests.support.registry import ROOT, DrivenRegistry

ARTIFACTS, DIGESTS = 200, 1000
REPOSITORY = "team/app"


def main() -> None:
    """Run everything and publish the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-signing-") as name:
        folder = Path(name)
        served = disk_registry(folder / "registry")
        with contextlib.closing(served), _serving_elsewhere(folder / "registry") as host:
            publish("signing", Bench(folder, served, host).rows(arguments.runs))


class Bench:
    """A registry with signed images."""

    def __init__(self, folder: Path, served: Registry, host: str) -> None:
        self._folder, self._served, self._host = folder, served, host
        self._signer = open_or_create_signing_key(folder / "key.pem", name="bench")
        self._policy = parse_trust_policy(write_trust_policy({"bench": self._signer.public_key}))
        registry = DrivenRegistry(served.records, served.blobs)
        ports = SigningPorts(registry.ports, self._signer, host)
        self._subjects = []
        for number in range(ARTIFACTS):
            digest = registry.push_image(REPOSITORY, name=f"app-{number}")
            subject = Subject(REPOSITORY, digest)
            sign_image(ports, ROOT, subject, datetime.now(UTC))
            self._subjects.append(subject)
        self._token = served.personal_token(ADMIN[0])
        login = base64.b64encode(f"{ADMIN[0]}:{self._token}".encode()).decode()
        (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": login}}}))

    def rows(self, runs: int) -> list[Row]:
        found = shutil.which("cosign")
        peer = self._cosign(found) if found else None
        version = _version(found) if found else "cosign"
        self._cold_once()  # what is imported when it is first needed, is
        at_hand = statistics.median(self._at_hand() for _ in range(runs))
        warm = statistics.median(self._warm() for _ in range(runs))
        many = statistics.median(self._many() for _ in range(min(runs, 3)))
        sign = statistics.median(_sign_digests(self._signer) for _ in range(min(runs, 3)))
        return [
            compare(
                "verify, cold, over HTTP",
                "ms",
                self._cold_once,
                peer,
                peer_version=version,
                goal="under 15 ms, 10 times",
                more_is_better=False,
                runs=runs,
            ),
            Row("verify, warm", "µs", at_hand, None, "none", None, "under 200 µs", runs),
            Row("verify, warm, from the records", "µs", warm, None, "none", None, "", runs),
            Row(f"{ARTIFACTS} artifacts, cold", "s", many, None, "none", None, "under 1 s", min(runs, 3)),
            Row(f"sign {DIGESTS} digests", "s", sign, None, "none", None, "under 5 s", min(runs, 3)),
        ]

    def _cold_once(self) -> float:
        subject = self._subjects[0]
        client = RegistryClient(f"http://{self._host}", user=ADMIN[0], password=self._token)
        with contextlib.closing(client):
            return _milliseconds(
                lambda: _must(verify_image(RegistryClaims(client), self._policy, subject, datetime.now(UTC)))
            )

    def _at_hand(self) -> float:
        served = self._served
        claims = LocalClaims(served.records, served.blobs)
        verdicts = VerdictsAtHand(served.records, claims, self._policy, served.stamps)
        subject = self._subjects[0]
        return _microseconds(lambda: _must(verdicts.verify(subject, datetime.now(UTC))))

    def _warm(self) -> float:
        records, policy, subject = self._served.records, self._policy, self._subjects[0]
        claims = LocalClaims(records, self._served.blobs)
        return _microseconds(
            lambda: _must(verify_stored_image(records, claims, policy, subject, datetime.now(UTC)))
        )

    def _many(self) -> float:
        claims = LocalClaims(self._served.records, self._served.blobs)
        started = time.perf_counter()
        for subject in self._subjects:
            _must(verify_image(claims, self._policy, subject, datetime.now(UTC)))
        return time.perf_counter() - started

    def _cosign(self, program: str) -> Callable[[], float]:
        pem = self._folder / "key.pub"
        reference = f"{self._host}/{REPOSITORY}@{self._subjects[0].digest}"
        options = ["--key", str(pem), "--insecure-ignore-tlog=true", "--allow-insecure-registry"]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "DOCKER_CONFIG": str(self._folder),
        }

        def once() -> float:
            command = [program, "verify", *options, reference]
            return _milliseconds(
                lambda: subprocess.run(command, env=environment, capture_output=True, check=True)
            )

        return once


@contextlib.contextmanager
def _serving_elsewhere(folder: Path) -> Iterator[str]:
    """Serve the registry of a folder from a process of its own; give its ``host:port``."""
    spawned = multiprocessing.get_context("spawn")
    here, there = spawned.Pipe()
    process = spawned.Process(target=_serve, args=(str(folder), there))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("stop")
        process.join()


def _serve(folder: str, stop: Connection) -> None:
    registry = disk_registry(Path(folder))
    with contextlib.closing(registry), serving(registry.app) as host:
        stop.send(host)
        stop.recv()


def _sign_digests(signer: FileSigner) -> float:
    """Payload, statement, both signatures and the bundle, as they are then attached."""
    started = time.perf_counter()
    for number in range(DIGESTS):
        digest = Digest.of(str(number).encode())
        name = f"registry.example/{REPOSITORY}"
        payload = cosign.build_payload(name, digest)
        signature = base64.b64encode(signer.sign(payload)).decode()
        cosign.signature_layer(payload, signature)
        statement = build_statement([(name, digest)], COSIGN_SIGN, b"{}")
        signed = signer.sign(dsse.pre_authentication_encoding(PAYLOAD_TYPE, statement))
        envelope = dsse.Envelope(PAYLOAD_TYPE, statement, (dsse.EnvelopeSignature(signed),))
        encode_bundle(envelope, signer.public_key)
    return time.perf_counter() - started


def _must(verification: object) -> None:
    verdict = getattr(verification, "signatures", None)
    if not isinstance(verdict, Verified):
        raise SystemExit(f"not verified: {verdict}")


def _microseconds(work: Callable[[], object]) -> float:
    """How long it takes each time, after the first."""
    work()
    rounds = 200
    started = time.perf_counter()
    for _ in range(rounds):
        work()
    return (time.perf_counter() - started) / rounds * 1e6


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _version(program: str) -> str:
    said = subprocess.run([program, "version", "--json"], capture_output=True, check=False).stdout
    try:
        return f"cosign {json.loads(said)['gitVersion'].lstrip('v')}"
    except (ValueError, KeyError):
        return "cosign"


if __name__ == "__main__":
    main()
