"""A certificate for the Kubernetes webhook, where none is given: an authority of our own, and one leaf.

Kubernetes trusts a webhook by the CA bundle in its configuration, so an authority made here is as good as any
other there, and is trusted for nothing else. Both are made at the first start and kept in the keys folder:

    admission-ca.pem    the authority's certificate; its key is not kept
    admission.pem       the leaf's certificate
    admission.key       the leaf's key, mode 0600
"""

import ipaddress
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = timedelta(days=825)  # the longest that common clients accept of a leaf
_RENEW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class WebhookCertificate:
    """Paths of the three files."""

    authority: Path
    certificate: Path
    key: Path


def webhook_certificate(folder: Path, names: tuple[str, ...], now: datetime) -> WebhookCertificate:
    """Give the certificate in ``folder``, made now where there is none, it soon ends, or it lacks a name."""
    files = WebhookCertificate(
        folder / "admission-ca.pem", folder / "admission.pem", folder / "admission.key"
    )
    if not _is_good(files, names, now):
        _make(files, names, now)
    return files


def _is_good(files: WebhookCertificate, names: tuple[str, ...], now: datetime) -> bool:
    try:
        leaf = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        held = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    missing = [name for name in names if _name(name) not in list(held)]
    return not missing and files.key.exists() and leaf.not_valid_after_utc - _RENEW > now


def _make(files: WebhookCertificate, names: tuple[str, ...], now: datetime) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lading admission authority")])
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    leaf_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lading admission")])
    leaf = (
        _builder(leaf_name, authority_name, key.public_key(), now)
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    files.authority.write_bytes(authority.public_bytes(Encoding.PEM))
    files.certificate.write_bytes(leaf.public_bytes(Encoding.PEM))
    files.key.unlink(missing_ok=True)
    with os.fdopen(os.open(files.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))  # clocks of the cluster may be behind
        .not_valid_after(now + _LIFETIME)
    )


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
