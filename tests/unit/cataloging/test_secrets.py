"""Private keys are found wherever they stand, and programs that only speak of keys are not keys."""

import base64
import json
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from lading.cataloging.analysis import Secret
from lading.cataloging.secrets.searching import iter_secrets, may_hold_secret
from tests.support.keys import RSA, RSA_PEM

PEM = serialization.Encoding.PEM
OLD = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8
OPENSSH = serialization.PrivateFormat.OpenSSH
OPEN = serialization.NoEncryption()
LOCKED = serialization.BestAvailableEncryption(b"correct horse")

EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
DSA = dsa.generate_private_key(1024)
PGP = b"""-----BEGIN PGP PRIVATE KEY BLOCK-----
Version: GnuPG v2
Comment: nobody's

lQdGBGcN3tIBEADLqkF0fYI5bM3Zh1pYkF0fYI5bM3Zh1pYkF0fYI5bM3Zh1pYkF
-----END PGP PRIVATE KEY BLOCK-----
"""
# The library needs bcrypt to write one; what counts is the cipher's name at its start.
LOCKED_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----\n%b\n" % base64.b64encode(
    b"openssh-key-v1\0" + b"\0\0\0\x0aaes256-ctr" + b"\0\0\0\x06bcrypt" + bytes(range(40))
)
PUTTY = b"PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: %b\r\nComment: x\r\nPublic-Lines: 2\r\n"


def found(content: bytes, path: str = "srv/file") -> list[Secret]:
    return list(iter_secrets(path, (content,)))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (RSA_PEM, "rsa"),
        (RSA.private_bytes(PEM, OLD, LOCKED), "rsa-encrypted"),
        (EC.private_bytes(PEM, OLD, OPEN), "ec"),
        (DSA.private_bytes(PEM, OLD, OPEN), "dsa"),
        (EC.private_bytes(PEM, PKCS8, OPEN), "pkcs8"),
        (ED.private_bytes(PEM, PKCS8, OPEN), "pkcs8"),
        (RSA.private_bytes(PEM, PKCS8, LOCKED), "pkcs8-encrypted"),
        (ED.private_bytes(PEM, OPENSSH, OPEN), "openssh"),
        (LOCKED_OPENSSH, "openssh-encrypted"),
        (PGP, "pgp"),
        (PUTTY % b"none", "putty"),
        (PUTTY % b"aes256-cbc", "putty-encrypted"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_kind_of_key_is_named(content: bytes, kind: str) -> None:
    (secret,) = found(content)
    assert secret.kind == f"private-key-{kind}"
    assert secret.line == 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(json.dumps({"private_key": RSA_PEM.decode()}).encode(), id="JSON string"),
        pytest.param(json.dumps(json.dumps({"k": RSA_PEM.decode()})).encode(), id="JSON in JSON"),
        pytest.param(b"key: |\n" + b"".join(b"    " + line for line in RSA_PEM.splitlines(True)), id="YAML"),
        pytest.param(RSA_PEM.replace(b"\n", b"\r\n"), id="Windows line ends"),
        pytest.param(b"TOKEN='" + RSA_PEM.replace(b"\n", b" ") + b"'", id="on one line"),
        pytest.param(b'  "' + RSA_PEM.replace(b"\n", b'\\n"\n  "'), id="C string"),
        pytest.param(b"\x7fELF\0\0\0" + RSA_PEM + b"\0\0\0", id="in a program"),
        pytest.param(RSA_PEM.splitlines()[0] + b"  \n\n" + RSA_PEM.split(b"\n", 1)[1], id="untidy"),
    ],
)
def test_a_key_is_found_however_it_is_written_down(content: bytes) -> None:
    assert [secret.kind for secret in found(content)] == ["private-key-rsa"]


@pytest.mark.parametrize(
    "content",
    [
        b"-----BEGIN RSA PRIVATE KEY-----\0-----END RSA PRIVATE KEY-----\0",
        b'BEGIN = "-----BEGIN PRIVATE KEY-----"\nEND = "-----END PRIVATE KEY-----"\n',
        b"-----BEGIN RSA PRIVATE KEY-----\n<your key here>\n",
        b"-----BEGIN RSA PRIVATE KEY-----\n" + b"x" * 64,
        b"-----BEGIN RSA PRIVATE KEY-----\nthisisnoprivatekeybecauseDERstartswithM" + b"\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + b"abcdefghijklmnopqrstuvwxyz0123456789" * 2,
        b"-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n",
        b"PRIVATE KEY",
        b"PuTTY-User-Key-File-2: is the format's name",
        b"",
    ],
)
def test_text_about_keys_is_no_key(content: bytes) -> None:
    assert found(content) == []


def test_the_key_itself_is_never_kept() -> None:
    body = RSA_PEM.splitlines()[1].decode()
    (secret,) = found(b"# mine\n\n" + RSA_PEM)
    assert secret.excerpt == "-----BEGIN RSA PRIVATE KEY-----"
    assert secret.line == 3
    assert body[:8] not in repr(secret)


def test_two_keys_in_a_file_are_two() -> None:
    content = b"a\n" + RSA_PEM + b"b\n" + EC.private_bytes(PEM, OLD, OPEN)
    lines = RSA_PEM.count(b"\n")
    assert [(secret.kind, secret.line) for secret in found(content)] == [
        ("private-key-rsa", 2),
        ("private-key-ec", 3 + lines),
    ]


@given(st.integers(min_value=1, max_value=5000), st.integers(min_value=0, max_value=6000))
def test_pieces_of_any_size_give_what_the_whole_gives(size: int, before: int) -> None:
    content = b"line\n" * (before // 5) + PGP + b"text\n" * 700 + RSA_PEM + PUTTY % b"none"

    def pieces() -> Iterator[memoryview]:
        for at in range(0, len(content), size):
            yield memoryview(content)[at : at + size]

    whole = found(content)
    assert len(whole) == 3
    assert list(iter_secrets("srv/file", pieces())) == whole


@given(st.binary(max_size=200), st.sampled_from([b" ", b"\t", b"\\n", b"\n", b"a: ", b'"', b"\\\\r\\\\n"]))
def test_a_hostile_file_is_searched_in_time(noise: bytes, repeated: bytes) -> None:
    content = b"-----BEGIN PRIVATE KEY-----" + repeated * 900 + noise
    assert found(content * 20) is not None


@pytest.mark.parametrize(
    ("path", "example"),
    [
        ("usr/lib/python3.11/test/certdata/keycert.pem", True),
        ("opt/app/lib/python3.12/site-packages/tornado/test/test.key", True),
        ("app/node_modules/agent/test/fixtures/key.pem", True),
        ("usr/share/doc/libfoo-dev/examples/rsakey.pem", True),
        ("usr/lib/x86_64-linux-gnu/libgnutls.so.30.34.3", True),
        ("opt/app/lib/libapp.so", False),
        ("app/test/fixtures/key.pem", False),
        ("usr/lib/python3/dist-packages/vendor/ca.key", False),
        ("root/.ssh/id_rsa", False),
    ],
)
def test_a_packages_own_test_keys_are_marked_with_the_reason(path: str, *, example: bool) -> None:
    (secret,) = found(RSA_PEM, path)
    assert bool(secret.example) is example


@pytest.mark.parametrize("path", ["root/.ssh/id_ed25519", "etc/ssl/private/x.key", "x.pem", "app/.env"])
def test_names_that_usually_hold_a_key_are_known(path: str) -> None:
    assert may_hold_secret(path)


def test_other_names_are_not() -> None:
    assert not may_hold_secret("usr/bin/keyctl")
