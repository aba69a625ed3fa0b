"""Signing with a key in a hardware security module, by PKCS#11.

The key is named by a URI (RFC 7512): ``pkcs11:token=release;object=signing?module-path=/…/module.so``. The
PIN comes from the file that ``pin-source`` names, or from the environment variable LADING_PKCS11_PIN.
"""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import load_der_public_key

from lading.adapters.remote_keys import digest_for, key_of_library
from lading.foundation.errors import Malformed, NotFound, Upstream
from lading.signing.keys import KeyAlgorithm, PublicKey

PIN_VARIABLE = "LADING_PKCS11_PIN"
_PATH = frozenset({"token", "object", "id", "type", "serial"})


class Pkcs11Signer:
    """The ``Signer`` port over one key of one token. Sessions are not for several threads: one at a time."""

    def __init__(self, name: str, private: Any, public: PublicKey) -> None:
        self._name = name
        self._private = private
        self._public = public
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """What people call the key."""
        return self._name

    @property
    def public_key(self) -> PublicKey:
        """The half that verifies."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Sign in the module."""
        import pkcs11  # noqa: PLC0415 - an extra
        from pkcs11.util.ec import encode_ecdsa_signature  # noqa: PLC0415

        try:
            with self._lock:
                if self._public.algorithm is KeyAlgorithm.RSA:
                    mechanism = pkcs11.Mechanism.SHA256_RSA_PKCS
                    return bytes(self._private.sign(message, mechanism=mechanism))
                digest = digest_for(self._public.algorithm, message)
                raw = self._private.sign(digest, mechanism=pkcs11.Mechanism.ECDSA)
            return bytes(encode_ecdsa_signature(raw))
        except pkcs11.exceptions.PKCS11Error as error:
            raise Upstream(
                "key-store-failed", f"the module did not sign with {self._name!r}: {type(error).__name__}"
            ) from error


def open_pkcs11_key(name: str, uri: str, environment: Mapping[str, str]) -> Pkcs11Signer:
    """Find a key of a token. Raises Malformed, NotFound, or Upstream where the module does not answer."""
    try:
        import pkcs11  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise Malformed(
            "pkcs11-missing", "PKCS#11 needs an extra package", hint="pip install 'lading[pkcs11]'"
        ) from error
    path, query = _parse(uri)
    module = query.get("module-path", "")
    if not module or "token" not in path or not {"object", "id"} & set(path):
        raise Malformed("key-uri-invalid", "a PKCS#11 URI needs token, object or id, and module-path")
    wanted: dict[str, Any] = {"label": path["object"]} if "object" in path else {}
    if "id" in path:
        wanted["id"] = path["id"].encode("latin-1")
    try:
        token = pkcs11.lib(module).get_token(token_label=path["token"])
        session = _session(token, _pin(query, environment))
        private = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, **wanted)
        public = session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, **wanted)
        found = _public_key(public)
    except pkcs11.exceptions.NoSuchKey as error:
        raise NotFound("key-missing", f"the token {path['token']!r} has no key {wanted}") from error
    except (pkcs11.exceptions.PKCS11Error, RuntimeError) as error:
        said = str(error) or type(error).__name__
        raise Upstream("key-store-failed", f"the module {module} does not give the key: {said}") from error
    return Pkcs11Signer(name, private, key_of_library(found))


def _session(token: Any, pin: str) -> Any:
    import pkcs11  # noqa: PLC0415 - an extra

    try:
        return token.open(user_pin=pin or None)
    except pkcs11.exceptions.UserAlreadyLoggedIn:
        return token.open()  # a login is one for the token and this process, whoever asked for it


def _public_key(public: Any) -> object:
    import pkcs11  # noqa: PLC0415 - an extra
    from pkcs11.util.ec import encode_ec_public_key  # noqa: PLC0415

    if public.key_type is pkcs11.KeyType.EC:
        return load_der_public_key(encode_ec_public_key(public))
    members = (pkcs11.Attribute.PUBLIC_EXPONENT, pkcs11.Attribute.MODULUS)
    exponent, modulus = (int.from_bytes(public[member], "big") for member in members)
    return RSAPublicNumbers(exponent, modulus).public_key()


def _parse(uri: str) -> tuple[dict[str, str], dict[str, str]]:
    scheme, _, rest = uri.partition(":")
    head, _, tail = rest.partition("?")
    pairs = [part.partition("=") for part in head.split(";") if part]
    path = {key: unquote(value, encoding="latin-1") for key, _, value in pairs}
    if scheme != "pkcs11" or not set(path) <= _PATH:
        raise Malformed("key-uri-invalid", f"this is not a PKCS#11 URI: {uri[:80]!r}")
    if {"pin-value"} & set(parse_qs(tail)):
        raise Malformed(
            "key-uri-invalid", "a PIN does not belong into settings", hint=f"use pin-source or {PIN_VARIABLE}"
        )
    return path, {key: values[0] for key, values in parse_qs(tail).items()}


def _pin(query: Mapping[str, str], environment: Mapping[str, str]) -> str:
    source = query.get("pin-source", "").removeprefix("file:")
    if not source:
        return environment.get(PIN_VARIABLE, "")
    try:
        return Path(source).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Malformed("pin-unreadable", f"the PIN cannot be read from {source}") from error
