from collections.abc import Callable
from pathlib import Path

import pytest

from lading.adapters.keys_file import open_or_create_signing_key
from lading.ports.signer import Signer
from lading.signing.keys import parse_public_key

OPENERS: dict[str, Callable[[Path], Signer]] = {
    "file": lambda folder: open_or_create_signing_key(folder / "key.pem", name="release"),
    "encrypted file": lambda folder: open_or_create_signing_key(
        folder / "key.pem", name="release", passphrase=b"kettle ocean"
    ),
}


@pytest.fixture(params=OPENERS)
def signer(request: pytest.FixtureRequest, tmp_path: Path) -> Signer:
    return OPENERS[request.param](tmp_path)


def test_what_it_signs_its_public_key_verifies(signer: Signer) -> None:
    signature = signer.sign(b"message")
    assert signer.public_key.verify(signature, b"message")
    assert not signer.public_key.verify(signature, b"massage")


def test_its_public_key_can_be_handed_out_as_pem(signer: Signer) -> None:
    assert parse_public_key(signer.public_key.to_pem()) == signer.public_key
    assert signer.name == "release"
