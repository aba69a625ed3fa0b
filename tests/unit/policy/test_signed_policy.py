"""Policies under a signature, and what is none."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from lading.adapters.keys_file import FileSigner
from lading.policy.signed_policy import (
    PAYLOAD_TYPE,
    PolicyVersion,
    Sealed,
    Unsealed,
    bytes_to_sign,
    open_sealed,
    seal,
)
from lading.signing.dsse import pre_authentication_encoding

SIGNER = FileSigner("server", ec.generate_private_key(ec.SECP256R1()))
OTHER = FileSigner("other", ec.generate_private_key(ec.SECP256R1()))
VERSION = PolicyVersion("policy: x\n", 7, datetime(2026, 3, 1, tzinfo=UTC), "person:ann", "ap-1")


def sealed(version: PolicyVersion = VERSION, signer: FileSigner = SIGNER) -> bytes:
    return seal(version, signer.sign(bytes_to_sign(version)), signer.public_key)


def test_what_was_sealed_is_opened_as_it_was() -> None:
    found = open_sealed(sealed(), (OTHER.public_key, SIGNER.public_key))
    assert found == Sealed(VERSION, SIGNER.public_key.id)


def changed(payload: dict[str, object]) -> bytes:
    envelope = json.loads(sealed())
    inner = json.loads(base64.b64decode(envelope["payload"]))
    envelope["payload"] = base64.b64encode(json.dumps({**inner, **payload}).encode()).decode()
    return json.dumps(envelope).encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not signed"),
        (b"{", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"payloadType": "x", "payloadType": "y"}', "cannot be read"),
        (sealed(signer=OTHER), "no key that counts"),
        (sealed()[:-20], "cannot be read"),
        (changed({"text": "policy: allow-all\n"}), "no key that counts"),
        (changed({"number": 8}), "no key that counts"),
        (changed({"set_by": "person:mallory"}), "no key that counts"),
    ],
)
def test_what_is_not_signed_as_it_stands_is_not_sealed(content: bytes, reason: str) -> None:
    found = open_sealed(content, (SIGNER.public_key,))
    assert isinstance(found, Unsealed)
    assert reason in found.reason


def test_a_signature_on_something_else_of_the_same_key_is_none_on_a_policy() -> None:
    # The key signs images too: what it signed there must not pass for a policy.
    payload = json.dumps({"text": "policy: x\n"}).encode()
    signature = SIGNER.sign(pre_authentication_encoding("application/vnd.in-toto+json", payload))
    for said in ("application/vnd.in-toto+json", PAYLOAD_TYPE):
        envelope = {
            "payloadType": said,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"sig": base64.b64encode(signature).decode()}],
        }
        assert isinstance(open_sealed(json.dumps(envelope).encode(), (SIGNER.public_key,)), Unsealed)


def test_a_payload_of_another_shape_is_refused_though_it_is_signed() -> None:
    for payload in (b"{}", b"[]", b'{"text": 1}', b'{"text":"a","number":"x","set_at":"","set_by":""}'):
        signature = SIGNER.sign(pre_authentication_encoding(PAYLOAD_TYPE, payload))
        envelope = {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"sig": base64.b64encode(signature).decode()}],
        }
        found = open_sealed(json.dumps(envelope).encode(), (SIGNER.public_key,))
        assert isinstance(found, Unsealed)
        assert "cannot be read" in found.reason


def test_no_key_opens_nothing() -> None:
    assert isinstance(open_sealed(sealed(), ()), Unsealed)
    assert open_sealed(sealed(replace(VERSION, number=8)), (SIGNER.public_key,)) != Sealed(VERSION, "")
