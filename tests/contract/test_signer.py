"""Every place where a key can be: what it signs, its public key verifies."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lading.adapters.keys_file import open_or_create_signing_key
from lading.ports.signer import Signer
from lading.signing.keys import parse_public_key
from tests.support import key_stores as stores

Opener = Callable[[Path, pytest.MonkeyPatch], Signer]
OPENERS: dict[str, Opener] = {
    "file": lambda folder, _: open_or_create_signing_key(folder / "key.pem", name="release"),
    "encrypted file": lambda folder, _: open_or_create_signing_key(
        folder / "key.pem", name="release", passphrase=b"kettle ocean"
    ),
    "vault": lambda _folder, _patch: stores.open_vault(stores.KEY),
    "vault, P-384": lambda _folder, _patch: stores.open_vault(stores.WIDE),
    "vault, Ed25519": lambda _folder, _patch: stores.open_vault(stores.EDWARDS),
    "vault, RSA": lambda _folder, _patch: stores.open_vault(stores.BIG),
    "AWS": lambda _folder, _patch: stores.open_aws(stores.KEY),
    "AWS, P-384": lambda _folder, _patch: stores.open_aws(stores.WIDE),
    "AWS, RSA": lambda _folder, _patch: stores.open_aws(stores.BIG),
    "Google": lambda folder, _: stores.open_gcp(stores.KEY, folder),
    "Google, P-384": lambda folder, _: stores.open_gcp(stores.WIDE, folder),
    "Azure": lambda _folder, _patch: stores.open_azure(),
    "SoftHSM": lambda _folder, _patch: stores.open_softhsm(stores.KEY),
    "SoftHSM, P-384": lambda _folder, _patch: stores.open_softhsm(stores.WIDE),
    "SoftHSM, RSA": lambda _folder, _patch: stores.open_softhsm(stores.BIG),
}


@pytest.fixture(params=OPENERS)
def signer(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signer:
    return OPENERS[request.param](tmp_path, monkeypatch)


def test_what_it_signs_its_public_key_verifies(signer: Signer) -> None:
    signature = signer.sign(b"message")
    assert signer.public_key.verify(signature, b"message")
    assert not signer.public_key.verify(signature, b"massage")


def test_its_public_key_can_be_handed_out_as_pem(signer: Signer) -> None:
    assert parse_public_key(signer.public_key.to_pem()) == signer.public_key
    assert signer.name == "release"
