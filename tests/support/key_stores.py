"""Stand-ins that speak the documented interfaces of key stores, over a key in memory; and a real SoftHSM."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from lading.adapters.keys_aws_kms import AwsCredentials, open_aws_key, sign_request
from lading.adapters.keys_azure import open_azure_key
from lading.adapters.keys_gcp_kms import open_gcp_key
from lading.adapters.keys_pkcs11 import open_pkcs11_key
from lading.adapters.keys_vault import open_vault_key
from lading.ports.signer import Signer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
WIDE = ec.generate_private_key(ec.SECP384R1())
EDWARDS = ed25519.Ed25519PrivateKey.generate()
BIG = rsa.generate_private_key(65537, 3072)
Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def pem_of(key: Private | ed25519.Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign_digest(key: Private, digest: bytes) -> bytes:
    prehashed = Prehashed(hashes.SHA256() if len(digest) == 32 else hashes.SHA384())
    if isinstance(key, rsa.RSAPrivateKey):
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415

        return key.sign(digest, PKCS1v15(), prehashed)
    return key.sign(digest, ec.ECDSA(prehashed))


def answer(document: Mapping[str, Any], status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=document)


# Vault's transit engine (API documentation, "Transit secrets engine"): read a key, sign data.
def vault(key: Private | ed25519.Ed25519PrivateKey, version: int = 3) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.headers.get("X-Vault-Token") != "s.token":
            return answer({"errors": ["permission denied"]}, 403)
        if request.method == "GET" and request.url.path == "/v1/transit/keys/release":
            kind, public = "ecdsa-p256", pem_of(key)
            if isinstance(key, ed25519.Ed25519PrivateKey):
                raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
                kind, public = "ed25519", base64.b64encode(raw).decode()
            keys = {str(number): {"public_key": public} for number in range(1, version + 1)}
            return answer({"data": {"type": kind, "latest_version": version, "keys": keys}})
        body = json.loads(request.content)
        content = base64.b64decode(body["input"])
        if isinstance(key, ed25519.Ed25519PrivateKey):
            assert request.url.path == "/v1/transit/sign/release"
            signature = key.sign(content)
        else:
            assert request.url.path in {
                "/v1/transit/sign/release/sha2-256",
                "/v1/transit/sign/release/sha2-384",
            }
            assert body["prehashed"] is True
            assert body["marshaling_algorithm"] == "asn1"
            signature = sign_digest(key, content)
        text = f"vault:v{body['key_version']}:{base64.b64encode(signature).decode()}"
        return answer({"data": {"signature": text, "key_version": body["key_version"]}})

    return httpx.MockTransport(handle)


VAULT = {"VAULT_ADDR": "http://vault.example:8200", "VAULT_TOKEN": "s.token"}


# AWS KMS (API reference, GetPublicKey and Sign); requests must be signed by Signature Version 4.
AWS = {"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}


def aws(key: Private) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        sent = {name: request.headers[name] for name in ("Content-Type", "X-Amz-Target", "Host")}
        credentials = AwsCredentials("eu-central-1", "AKIDEXAMPLE", "secret")
        expected = sign_request(sent, request.content, credentials, NOON)
        if request.headers["Authorization"] != expected["Authorization"]:
            return answer({"__type": "InvalidSignatureException"}, 400)
        body = json.loads(request.content)
        assert body["KeyId"] == "alias/release"
        if request.headers["X-Amz-Target"] == "TrentService.GetPublicKey":
            der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return answer({"KeyId": "arn:aws:kms:…", "PublicKey": base64.b64encode(der).decode()})
        assert request.headers["X-Amz-Target"] == "TrentService.Sign"
        assert body["MessageType"] == "DIGEST"
        signature = sign_digest(key, base64.b64decode(body["Message"]))
        return answer({"Signature": base64.b64encode(signature).decode()})

    return httpx.MockTransport(handle)


# Google Cloud KMS (REST reference, getPublicKey and asymmetricSign), with a service account.
GCP_KEY = "projects/p/locations/global/keyRings/r/cryptoKeys/release/cryptoKeyVersions/1"


def gcp(key: Private) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host == "oauth.example":
            assert b"grant_type=urn" in request.content
            return answer({"access_token": "ya29", "expires_in": 3600})
        if request.headers.get("Authorization") != "Bearer ya29":
            return answer({"error": {"code": 401}}, 401)
        if request.method == "GET":
            assert request.url.path == f"/v1/{GCP_KEY}/publicKey"
            return answer({"pem": pem_of(key), "algorithm": "EC_SIGN_P256_SHA256"})
        assert request.url.path == f"/v1/{GCP_KEY}:asymmetricSign"
        (digest,) = json.loads(request.content)["digest"].values()
        signature = sign_digest(key, base64.b64decode(digest))
        return answer({"signature": base64.b64encode(signature).decode()})

    return httpx.MockTransport(handle)


def service_account(folder: Path) -> dict[str, str]:
    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    file = folder / "account.json"
    account = {"client_email": "a@p.example", "private_key": pem, "token_uri": "https://oauth.example/token"}
    file.write_text(json.dumps(account))
    return {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}


# Azure Key Vault (REST reference, "Get Key" and "Sign", version 7.4).
AZURE = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "app", "AZURE_CLIENT_SECRET": "secret"}


def azure(key: ec.EllipticCurvePrivateKey) -> httpx.MockTransport:
    def number(value: int) -> str:
        return base64.urlsafe_b64encode(value.to_bytes(32, "big")).rstrip(b"=").decode()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/tenant/oauth2/v2.0/token":
            assert b"client_secret=secret" in request.content
            return answer({"access_token": "eyJ0", "expires_in": 3599})
        if (
            request.headers.get("Authorization") != "Bearer eyJ0"
            or request.url.params["api-version"] != "7.4"
        ):
            return answer({"error": {"code": "Unauthorized"}}, 401)
        if request.method == "GET":
            assert request.url.path == "/keys/release"
            numbers = key.public_key().public_numbers()
            jwk = {"kty": "EC-HSM", "crv": "P-256", "x": number(numbers.x), "y": number(numbers.y)}
            return answer({"key": {**jwk, "kid": "https://v.vault.azure.net/keys/release/0a1b"}})
        assert request.url.path == "/keys/release/0a1b/sign"
        body = json.loads(request.content)
        assert body["alg"] == "ES256"
        digest = base64.urlsafe_b64decode(body["value"] + "=")
        r, s = decode_dss_signature(sign_digest(key, digest))
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return answer({"kid": "…", "value": base64.urlsafe_b64encode(raw).rstrip(b"=").decode()})

    return httpx.MockTransport(handle)


def open_vault(key: Private | ed25519.Ed25519PrivateKey) -> Signer:
    return open_vault_key("release", "hashivault://release", VAULT, transport=vault(key))


def open_aws(key: Private) -> Signer:
    return open_aws_key("release", "awskms:///alias/release", AWS, clock=lambda: NOON, transport=aws(key))


def open_gcp(key: Private, folder: Path) -> Signer:
    uri = f"gcpkms://{GCP_KEY}"
    return open_gcp_key("release", uri, service_account(folder), clock=lambda: NOON, transport=gcp(key))


def open_azure() -> Signer:
    uri = "azurekms://v.vault.azure.net/release"
    return open_azure_key("release", uri, AZURE, clock=lambda: NOON, transport=azure(KEY))


SOFTHSM = next(
    (
        str(path)
        for folder in ("/usr/lib", "/usr/lib64", "/usr/local/lib")
        for path in Path(folder).glob("**/libsofthsm2.so")
    ),
    "",
)


@cache
def softhsm_token() -> Path:
    """A token of SoftHSM, made by its own program; one for the run: the module reads its settings once."""
    util = shutil.which("softhsm2-util")
    if not util or not SOFTHSM:
        pytest.skip("SoftHSM is not installed")
    folder = Path(tempfile.mkdtemp(prefix="softhsm-"))
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    pins = ["--pin", "1234", "--so-pin", "5678"]
    init = [util, "--init-token", "--free", "--label", "release", *pins]
    subprocess.run(init, check=True, capture_output=True)
    keys: dict[str, Private] = {"p256": KEY, "p384": WIDE, "rsa": BIG}
    for number, (label, private) in enumerate(keys.items(), start=1):
        pem = folder / "key.pem"
        pem.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        named = ["--token", "release", "--label", label, "--id", f"0{number}", "--pin", "1234"]
        subprocess.run([util, "--import", str(pem), *named], check=True, capture_output=True)
    return folder


def open_softhsm(private: Private) -> Signer:
    """A key in a hardware security module, as far as software can be one; skips where it is absent."""
    softhsm_token()
    label = next(name for name, key in {"p256": KEY, "p384": WIDE, "rsa": BIG}.items() if key is private)
    uri = f"pkcs11:token=release;object={label}?module-path={SOFTHSM}"
    return open_pkcs11_key("release", uri, {"LADING_PKCS11_PIN": "1234"})
