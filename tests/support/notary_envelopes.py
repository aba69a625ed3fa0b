"""Notary Project envelopes of tests, good ones and ones that an attacker would write."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from lading.oci.digest import Digest
from lading.signing import cbor, notary, notary_cose
from lading.signing.cbor import Tagged
from tests.support.certificates import Authority, Holder

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
IMAGE = Digest.of(b"an image")
ROOT = Authority()
HOLDER = ROOT.issue()
PAYLOAD = notary.build_payload("application/vnd.oci.image.manifest.v1+json", IMAGE, 100)
GOOD_HEADERS: dict[str, Any] = {
    "alg": "ES256",
    "cty": notary.PAYLOAD_TYPE,
    "crit": [notary.SCHEME],
    notary.SCHEME: notary.SCHEME_X509,
    notary.SIGNING_TIME: "2026-03-01T11:00:00Z",
}
EXPIRED = {
    **GOOD_HEADERS,
    "crit": [notary.SCHEME, notary.EXPIRY],
    notary.EXPIRY: (AT - timedelta(hours=1)).isoformat(),
}
BY_AUTHORITY = {
    **{name: value for name, value in GOOD_HEADERS.items() if name != notary.SIGNING_TIME},
    "crit": [notary.SCHEME, notary.AUTHENTIC_TIME],
    notary.SCHEME: notary.SCHEME_AUTHORITY,
    notary.AUTHENTIC_TIME: "2026-02-01T00:00:00Z",
}


def url_safe(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def raw_signature(holder: Holder, message: bytes) -> bytes:
    if isinstance(holder.key, rsa.RSAPrivateKey):
        name, digest = notary.algorithm_of(holder.key.public_key())
        assert name
        return holder.key.sign(message, notary.pss(digest), digest)
    wide = isinstance(holder.key.curve, ec.SECP384R1)
    size = (holder.key.key_size + 7) // 8
    der = holder.key.sign(message, ec.ECDSA(hashes.SHA384() if wide else hashes.SHA256()))
    return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(der))


def jws(
    headers: Any = None,
    *,
    holder: Holder = HOLDER,
    payload: bytes = PAYLOAD,
    signature: bytes | None = None,
    chain: Any = None,
    **more: Any,
) -> bytes:
    protected = url_safe(
        headers if isinstance(headers, bytes) else json.dumps(headers or GOOD_HEADERS).encode()
    )
    body = url_safe(payload)
    made = signature if signature is not None else raw_signature(holder, f"{protected}.{body}".encode())
    listed = [base64.b64encode(der).decode() for der in (holder.ders if chain is None else chain)]
    beside = {"x5c": listed, **more.pop("beside", {})}
    document = {
        "payload": body,
        "protected": protected,
        "header": beside,
        "signature": url_safe(made),
        **more,
    }
    return json.dumps(document).encode()


def cose(
    protected: Any = None,
    *,
    beside: Any = None,
    payload: bytes = PAYLOAD,
    signature: bytes | None = None,
    tag: int = 18,
) -> bytes:
    if protected is None:
        protected = notary_cose.protected_part("ES256", AT)
    made = signature
    if made is None:
        made = raw_signature(HOLDER, notary_cose.signed_bytes(protected, payload))
    headers = {33: HOLDER.ders} if beside is None else beside
    return cbor.encode(Tagged(tag, [protected, headers, payload, made]))


def cose_headers(**changes: Any) -> bytes:
    headers: dict[Any, Any] = {
        1: -7,
        2: [notary.SCHEME],
        3: notary.PAYLOAD_TYPE,
        notary.SCHEME: notary.SCHEME_X509,
        notary.SIGNING_TIME: Tagged(1, int(AT.timestamp())),
    }
    for name, value in changes.items():
        key = {"alg": 1, "crit": 2, "cty": 3}.get(name, name)
        if value is None:
            headers.pop(key, None)
        else:
            headers[key] = value
    return cbor.encode(headers)
