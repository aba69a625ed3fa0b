"""The keys that the server signs with, wherever they are."""

import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lading.adapters.key_stores import open_key
from lading.adapters.timestamp_client import TimestampClient
from lading.bootstrap.installation import Installation
from lading.foundation.errors import Malformed
from lading.workflows.attach_claim import PushPorts
from lading.workflows.sign_image import SigningPorts


def signing_ports(installation: Installation, push: PushPorts) -> SigningPorts:
    """Every key that the settings name, open: one that cannot be opened keeps the server from starting."""
    settings = installation.settings.signing
    return SigningPorts(
        push,
        installation.signer,
        installation.registry,
        settings.bundles,
        keys={name: open_key(name, uri, os.environ) for name, uri in settings.keys.items()},
        certificates={name: _chain(path) for name, path in settings.certificates.items()},
        timestamp=TimestampClient(settings.timestamp_url) if settings.timestamp_url else None,
    )


def _chain(path: str) -> tuple[bytes, ...]:
    try:
        certificates = x509.load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise Malformed("certificates-unreadable", f"the chain {path} cannot be read: {error}") from error
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in certificates)
