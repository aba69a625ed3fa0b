import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.signing.keys import KeyAlgorithm, parse_public_key
from tests.support.signers import Signing, p256


@pytest.mark.parametrize(
    ("private", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP256R1()), KeyAlgorithm.ECDSA_P256),
        (ec.generate_private_key(ec.SECP384R1()), KeyAlgorithm.ECDSA_P384),
        (ed25519.Ed25519PrivateKey.generate(), KeyAlgorithm.ED25519),
        (rsa.generate_private_key(65537, 3072), KeyAlgorithm.RSA),
    ],
    ids=["p256", "p384", "ed25519", "rsa"],
)
def test_a_public_key_is_read_named_by_its_digest_and_written_again(
    private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey,
    algorithm: KeyAlgorithm,
) -> None:
    pem = Signing("x", private).pem.encode()
    key = parse_public_key(pem)
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert (key.algorithm, key.id, key.to_pem()) == (algorithm, str(Digest.of(der)), pem)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"ssh-ed25519 AAAA",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        b"x" * 20_000,
        p256("a").pem.encode() + p256("b").pem.encode(),
        Signing("x", ec.generate_private_key(ec.SECP521R1())).pem.encode(),
        Signing("x", ec.generate_private_key(ec.SECP256K1())).pem.encode(),
        dsa.generate_private_key(1024)
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=["empty", "ssh", "garbage", "huge", "two-keys", "p521", "secp256k1", "dsa"],
)
def test_what_is_no_public_key_that_we_use_is_refused(pem: bytes) -> None:
    with pytest.raises(Malformed):
        parse_public_key(pem)


def test_a_short_rsa_key_is_refused() -> None:
    weak = rsa.generate_private_key(65537, 1024)
    with pytest.raises(Malformed, match="1024"):
        parse_public_key(Signing("x", weak).pem.encode())


def test_a_private_key_in_place_of_a_public_one_is_refused_with_a_warning() -> None:
    private = p256("x").private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(Malformed, match="replace it"):
        parse_public_key(private)
