"""A private Sigstore of real programs: an identity issuer, Fulcio without a log, a timestamp authority."""

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.support.certificates import Authority
from tests.support.issuer import Issuer, serving_issuer

PROGRAMS = ("fulcio", "timestamp-server")
WHO = "builder@acme.example"
_START_SECONDS = 60


@dataclass
class Sigstore:
    """Where its parts are, and whom it certifies."""

    issuer: Issuer
    fulcio: str
    timestamps: str
    folder: Path

    def token(self, email: str = WHO) -> str:
        return self.issuer.token(aud="sigstore", sub=email, email=email, email_verified=True)

    @property
    def trusted_root(self) -> str:
        """What clients import: the certificates of both authorities, and no log."""
        chain = httpx.get(f"{self.fulcio}/api/v2/trustBundle").json()["chains"][0]["certificates"]
        stamper = httpx.get(f"{self.timestamps}/api/v1/timestamp/certchain").content
        document = {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "certificateAuthorities": [_authority(self.fulcio, "".join(chain).encode())],
            "timestampAuthorities": [_authority(self.timestamps, stamper)],
        }
        return json.dumps(document)

    @property
    def signing_config(self) -> str:
        """What cosign 3 signs by."""
        valid = {"start": "2020-01-01T00:00:00Z"}
        common = {"majorApiVersion": 1, "validFor": valid, "operator": "acme"}
        return json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
                "caUrls": [{"url": self.fulcio, **common}],
                "oidcUrls": [{"url": self.issuer.url, **common}],
                "tsaUrls": [{"url": f"{self.timestamps}/api/v1/timestamp", **common}],
                "tsaConfig": {"selector": "ANY"},
                "rekorTlogConfig": {"selector": "ANY"},
            }
        )


def _file_authority(folder: Path) -> tuple[str, ...]:
    """A certificate authority in files, below a root that is elsewhere."""
    root = Authority("Acme Root")
    between = Authority("Acme Fulcio", issuer=root, path_length=0, purpose=ExtendedKeyUsageOID.CODE_SIGNING)
    (folder / "ca.pem").write_text(between.pem + root.pem)
    secret = BestAvailableEncryption(b"pass")
    key = between.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)
    (folder / "ca.key").write_bytes(key)
    files = ("--fileca-cert", str(folder / "ca.pem"), "--fileca-key", str(folder / "ca.key"))
    return ("--ca", "fileca", *files, "--fileca-key-passwd", "pass", "--fileca-watch=false")


def _authority(uri: str, pem: bytes) -> dict[str, Any]:
    certificates = x509.load_pem_x509_certificates(pem)
    raw = [base64.b64encode(each.public_bytes(Encoding.DER)).decode() for each in certificates]
    return {
        "subject": {"organization": "acme", "commonName": "acme"},
        "uri": uri,
        "certChain": {"certificates": [{"rawBytes": each} for each in raw]},
        "validFor": {"start": "2020-01-01T00:00:00Z"},
    }


@contextlib.contextmanager
def serving_sigstore(folder: Path) -> Iterator[Sigstore]:
    """Run all of it on free ports of this machine; skips the test where a program is not installed."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    with serving_issuer() as issuer, contextlib.ExitStack() as running:
        known = {"IssuerURL": issuer.url, "ClientID": "sigstore", "Type": "email"}
        config = folder / "fulcio.json"
        config.write_text(json.dumps({"OIDCIssuers": {issuer.url: known}}))
        http, grpc, metrics, stamps = (_free_port() for _ in range(4))
        socket_name = f"@fulcio-{http}"
        fulcio = [
            *("fulcio", "serve", "--ct-log-url=", "--config-path", str(config), *_file_authority(folder)),
            *("--host", "127.0.0.1", "--port", str(http), "--grpc-host", "127.0.0.1"),
            *("--grpc-port", str(grpc), "--metrics-port", str(metrics)),
            *("--legacy-unix-domain-socket", socket_name),
        ]
        stamper = ["timestamp-server", "serve", "--host", "127.0.0.1", "--disable-ntp-monitoring"]
        certifying = running.enter_context(_process(fulcio, folder / "fulcio.log"))
        stamping = running.enter_context(_process([*stamper, "--port", str(stamps)], folder / "stamps.log"))
        made = Sigstore(issuer, f"http://127.0.0.1:{http}", f"http://127.0.0.1:{stamps}", folder)
        _wait_for(f"{made.fulcio}/api/v2/trustBundle", certifying, folder / "fulcio.log")
        _wait_for(f"{made.timestamps}/api/v1/timestamp/certchain", stamping, folder / "stamps.log")
        yield made


@contextlib.contextmanager
def _process(command: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    limit = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < limit:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=2).is_success:
                return
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer: {log.read_text()[-2000:]}")
