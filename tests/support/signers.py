"""Keys that tests sign with."""

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lading.signing import dsse
from lading.signing.keys import PublicKey, public_key
from lading.signing.statement import PAYLOAD_TYPE
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Signing:
    """A private key under a name."""

    name: str
    private: PrivateKey

    @property
    def public(self) -> PublicKey:
        return public_key(self.private.public_key())

    @property
    def public_weak(self) -> PublicKey:
        return public_key(self.private.public_key(), min_rsa_bits=2048)

    @property
    def pem(self) -> str:
        pem = self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return pem.decode()

    def sign(self, message: bytes) -> bytes:
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(message)
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(message, ec.ECDSA(hashes.SHA256()))

    def sign_text(self, message: bytes) -> str:
        return base64.b64encode(self.sign(message)).decode()


def p256(name: str) -> Signing:
    return Signing(name, ec.generate_private_key(ec.SECP256R1()))


def envelope(payload: bytes, *signers: Signing, payload_type: str = PAYLOAD_TYPE) -> bytes:
    message = dsse.pre_authentication_encoding(payload_type, payload)
    signatures = [dsse.EnvelopeSignature(signer.sign(message), signer.name) for signer in signers]
    return dsse.encode_envelope(dsse.Envelope(payload_type, payload, tuple(signatures)))


def trust(*signers: Signing, rules: str = "", need: int = 1, repositories: str = '["**"]') -> TrustPolicy:
    keys = "\n".join(f'[[keys]]\nname = "{signer.name}"\npem = """\n{signer.pem}"""\n' for signer in signers)
    names = ", ".join(f'"{signer.name}"' for signer in signers)
    default = f'[[trust]]\nname = "all"\nrepositories = {repositories}\nkeys = [{names}]\nneed = {need}\n'
    return parse_trust_policy(f"{keys}\n{rules or default}")
