"""Keys where people have them, by the scheme of their URI."""

from collections.abc import Callable, Mapping
from pathlib import Path

from lading.adapters.keys_aws_kms import open_aws_key
from lading.adapters.keys_azure import open_azure_key
from lading.adapters.keys_file import open_signing_key
from lading.adapters.keys_gcp_kms import open_gcp_key
from lading.adapters.keys_pkcs11 import open_pkcs11_key
from lading.adapters.keys_vault import open_vault_key
from lading.foundation.errors import Malformed
from lading.ports.signer import Signer

Opener = Callable[[str, str, Mapping[str, str]], Signer]


def _open_file(name: str, uri: str, environment: Mapping[str, str]) -> Signer:
    variable = f"LADING_KEY_PASSPHRASE_{name.upper().replace('-', '_').replace('.', '_')}"
    passphrase = environment.get(variable, "").encode() or None
    return open_signing_key(Path(uri.removeprefix("file:")), name=name, passphrase=passphrase)


KEY_STORES: Mapping[str, Opener] = {
    "file": _open_file,
    "pkcs11": open_pkcs11_key,
    "hashivault": open_vault_key,
    "awskms": open_aws_key,
    "gcpkms": open_gcp_key,
    "azurekms": open_azure_key,
}


def open_key(name: str, uri: str, environment: Mapping[str, str]) -> Signer:
    """Find a key by its URI. Raises Malformed for an unknown scheme, and as its store does."""
    scheme = uri.partition(":")[0]
    if scheme not in KEY_STORES:
        raise Malformed(
            "key-uri-invalid",
            f"the key {name!r} is in no store that is known here: {uri[:80]!r}",
            hint=f"a key's URI begins with {', '.join(KEY_STORES)}",
        )
    return KEY_STORES[scheme](name, uri, environment)
