"""notation's folder of configuration: its trust policy, and the trust stores below ``truststore/x509``."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lading.foundation.errors import Malformed, NotFound
from lading.signing.certificates import MAX_CERTIFICATES_PEM
from lading.signing.notation_policy import ImportedTrust, import_notation

_POLICIES = ("trustpolicy.oci.json", "trustpolicy.json")  # the former since notation 1.3


def read_notation(folder: Path) -> ImportedTrust:
    """Read trust policy and stores; raise NotFound or Malformed."""
    found = next((folder / name for name in _POLICIES if (folder / name).is_file()), None)
    if found is None:
        raise NotFound(
            "notation-policy-missing",
            f"there is no trustpolicy.json in {folder}",
            hint="notation keeps it in ~/.config/notation",
        )
    stores = {
        f"{kind.name}:{store.name}": _certificates(store)
        for kind in sorted((folder / "truststore" / "x509").glob("*"))
        for store in sorted(kind.glob("*"))
        if store.is_dir()
    }
    return import_notation(found.read_bytes(), stores)


def _certificates(store: Path) -> str:
    pem = "".join(_pem(file) for file in sorted(store.iterdir()) if file.is_file())
    if len(pem) > MAX_CERTIFICATES_PEM:
        raise Malformed("trust-store-too-large", f"{store} has more than {MAX_CERTIFICATES_PEM} bytes")
    return pem


def _pem(file: Path) -> str:
    """Certificates of a file, which is PEM or DER."""
    if file.stat().st_size > MAX_CERTIFICATES_PEM:
        raise Malformed("trust-store-too-large", f"{file} has more than {MAX_CERTIFICATES_PEM} bytes")
    content = file.read_bytes()
    try:
        if b"-----BEGIN" in content:
            certificates = x509.load_pem_x509_certificates(content)
        else:
            certificates = [x509.load_der_x509_certificate(content)]
    except ValueError as error:
        raise Malformed("trust-store-invalid", f"{file} holds no certificate") from error
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in certificates)
