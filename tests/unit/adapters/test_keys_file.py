import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lading.adapters.keys_file import open_or_create_signing_key, open_signing_key
from lading.foundation.errors import LadingError, Malformed, Unauthenticated

# Made by cosign 2.4.1 with the passphrase "secret", for this test alone: it has never signed anything, its
# public half is trusted nowhere, and only a key that cosign itself wrote shows that its format is read.
# Secret scanners may let it pass (gitleaks:allow, pragma: allowlist secret).
COSIGN_KEY = b"""-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6
OCwicCI6MX0sInNhbHQiOiIzVTlqc0xtanJTTGEvQnJybEhrUHF2a3VhZkxKdVVE
NkREL0tFVUlpRXNnPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
Iiwibm9uY2UiOiJoQ0U2M2VVQnNKMVUyU3ZublF4Y2c1Tlg4MGc0U3J3biJ9LCJj
aXBoZXJ0ZXh0IjoiQjB4cnRuZ1JOZFlDak5ucEg3cmVzdmtUeE01MnB4Q1JEaDZN
dWYzeXltOW5WS2gwUlIwUXZPYzIrcmYyWGw2OW5TMzczTWFRUW1CbHZOTklyenBP
U3dXbzJXZy9XTGdwaCt5R3pJTXFucTQxWlVwbjVXUWZWRnF2a3hHSmE3aHlCNTRh
NjBJVXdTNCtLVS9VblZmaWdWMUJOZGF5a1c4L3dtMDZQcjdDdS85YUhTOTk2UmFs
czhob1FGVzJMZ1BveldWdXJFVDFDaGlXRGc9PSJ9
-----END ENCRYPTED SIGSTORE PRIVATE KEY-----
"""
COSIGN_PUBLIC = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEy6iEJOI3WgzmlTBCVuyUh8qIHo9r
WBoMPzsDEMlfZEdll/EJ8PSGVNzZBThqz1IKu/JpANx+YANsZxxLIC4bSA==
-----END PUBLIC KEY-----
"""


def write(folder: Path, content: bytes) -> Path:
    path = folder / "key.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def code_of(path: Path, passphrase: bytes | None = None) -> str:
    with pytest.raises(LadingError) as caught:
        open_signing_key(path, name="x", passphrase=passphrase)
    return caught.value.code


def test_a_key_is_made_once_with_its_public_half_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    first = open_or_create_signing_key(path, name="server")
    again = open_or_create_signing_key(path, name="server")
    assert first.public_key == again.public_key
    assert (tmp_path / "signing.pub").read_bytes() == first.public_key.to_pem()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_made_with_a_passphrase_needs_it(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    made = open_or_create_signing_key(path, name="server", passphrase=b"kettle ocean")
    assert b"ENCRYPTED PRIVATE KEY" in path.read_bytes()
    opened = open_signing_key(path, name="server", passphrase=b"kettle ocean")
    assert opened.public_key == made.public_key
    assert code_of(path) == "passphrase-missing"
    assert code_of(path, b"wrong") == "passphrase-wrong"


@pytest.mark.parametrize(
    "private", [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()]
)
def test_other_kinds_of_keys_sign_too(
    tmp_path: Path, private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
) -> None:
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signer = open_signing_key(write(tmp_path, pem), name="x", passphrase=b"not needed")
    assert signer.public_key.verify(signer.sign(b"message"), b"message")


def test_a_key_that_cannot_sign_here_is_refused(tmp_path: Path) -> None:
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    assert code_of(write(tmp_path, pem)) == "private-key-unsupported"
    p521 = ec.generate_private_key(ec.SECP521R1())
    pem = p521.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert code_of(write(tmp_path, pem)) == "public-key-unsupported"


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    assert code_of(write(tmp_path, content)) == "private-key-invalid"


def test_a_key_that_cosign_made_signs_here(tmp_path: Path) -> None:
    signer = open_signing_key(write(tmp_path, COSIGN_KEY), name="x", passphrase=b"secret")
    assert signer.public_key.to_pem() == COSIGN_PUBLIC
    assert signer.public_key.verify(signer.sign(b"message"), b"message")


def test_a_key_that_cosign_made_needs_its_passphrase(tmp_path: Path) -> None:
    path = write(tmp_path, COSIGN_KEY)
    assert code_of(path) == "passphrase-missing"
    assert code_of(path, b"wrong") == "passphrase-wrong"


def changed(**changes: object) -> bytes:
    document = json.loads(base64.b64decode(b"".join(COSIGN_KEY.split(b"\n")[1:-1]).split(b"-----")[0]))
    for path, value in changes.items():
        *way, last = path.split("__")
        place = document
        for member in way:
            place = place[member]
        place[last] = value
    body = base64.b64encode(json.dumps(document).encode())
    name = b"ENCRYPTED SIGSTORE PRIVATE KEY"
    return b"-----BEGIN %s-----\n%s\n-----END %s-----\n" % (name, body, name)


@pytest.mark.parametrize(
    "content",
    [
        changed(kdf=None),
        changed(kdf__name="pbkdf2"),
        changed(cipher__name="aes"),
        changed(kdf__params={}),
        changed(kdf__params=None),
        changed(kdf__params={"N": 1 << 20, "r": 1 << 10, "p": 1}),
        changed(kdf__params={"N": 3, "r": 8, "p": 1}),
        changed(kdf__salt="*"),
        changed(kdf__salt=""),
        changed(cipher__nonce="AAAA"),
        changed(ciphertext=7),
        COSIGN_KEY[:200],
        COSIGN_KEY.replace(b"\n", b"\n\0", 1),
        COSIGN_KEY.replace(b"\neyJ", b"\n\nAyJ"),
        COSIGN_KEY + b" " * 70_000,
    ],
)
def test_a_damaged_key_of_cosign_is_refused_before_much_is_computed(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Malformed, match="not a private key of cosign"):
        open_signing_key(write(tmp_path, content), name="x", passphrase=b"secret")


@pytest.mark.peer
def test_a_key_that_the_installed_cosign_makes_is_read(tmp_path: Path) -> None:
    cosign = shutil.which("cosign")
    if cosign is None:
        pytest.skip("cosign is not installed")
    subprocess.run(
        [cosign, "generate-key-pair"],
        cwd=tmp_path,
        env={"COSIGN_PASSWORD": "pass"},
        check=True,
        capture_output=True,
    )
    signer = open_signing_key(tmp_path / "cosign.key", name="x", passphrase=b"pass")
    assert signer.public_key.to_pem() == (tmp_path / "cosign.pub").read_bytes()
    with pytest.raises(Unauthenticated):
        open_signing_key(tmp_path / "cosign.key", name="x", passphrase=b"")
