"""Writing Notary Project signatures with an ECDSA key and its certificate chain."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from lading.foundation import strict_json
from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339
from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.signing import notary, notary_cose, notary_jws
from lading.signing.certificates import load_chain
from lading.signing.keys import KeyAlgorithm, PublicKey
from lading.signing.timestamps import token_of_response

CONFIG = b"{}"
_ALGORITHMS = {KeyAlgorithm.ECDSA_P256: ("ES256", 32), KeyAlgorithm.ECDSA_P384: ("ES384", 48)}


class Artifact(Protocol):
    """What a signature is about."""

    @property
    def media_type(self) -> str:
        """Of its manifest."""
        ...

    @property
    def digest(self) -> Digest:
        """Of its manifest."""
        ...

    @property
    def raw(self) -> bytes:
        """Its manifest."""
        ...


def sign(
    key: PublicKey,
    sign_message: Callable[[bytes], bytes],
    payload: bytes,
    chain: Sequence[bytes],
    now: datetime,
    *,
    in_cose: bool,
    timestamp: Callable[[bytes], bytes] | None = None,
    lifetime: timedelta | None = None,
) -> bytes:
    """Sign a payload; ``sign_message`` gives ECDSA in DER with the digest that fits the curve.

    Raises Malformed ``key-unsuited`` for other keys, and ``certificate-unsuited`` where the first certificate
    is not the key's.
    """
    if key.algorithm not in _ALGORITHMS:
        raise Malformed("key-unsuited", "Notary Project signatures are written with ECDSA P-256 or P-384")
    leaf = load_chain(list(chain))[0]
    if leaf.public_key() != key.raw:
        raise Malformed("certificate-unsuited", "the first certificate of the chain is not the key's")
    algorithm, size = _ALGORITHMS[key.algorithm]
    moment = now.replace(microsecond=0)
    ends = moment + lifetime if lifetime else None
    if in_cose:
        protected = notary_cose.protected_part(algorithm, moment, ends)
        raw = _raw(sign_message(notary_cose.signed_bytes(protected, payload)), size)
        return notary_cose.encode_cose(protected, payload, raw, chain, _token(raw, timestamp))
    head = notary_jws.protected_part(algorithm, rfc3339(moment), rfc3339(ends) if ends else "")
    raw = _raw(sign_message(f"{head}.{notary_jws.encode_part(payload)}".encode()), size)
    return notary_jws.encode_jws(head, payload, raw, chain, _token(raw, timestamp))


def build_manifest(
    envelope: bytes, media_type: str, image: Artifact, chain: Sequence[bytes], now: datetime
) -> bytes:
    """Write the manifest by which a signature refers to an image (signature specification, "Storage")."""
    thumbprints = [hashlib.sha256(der).hexdigest() for der in chain]
    return strict_json.encode_canonical(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": Descriptor(notary.ARTIFACT_TYPE, Digest.of(CONFIG), len(CONFIG)).to_json(),
            "layers": [Descriptor(media_type, Digest.of(envelope), len(envelope)).to_json()],
            "subject": Descriptor(image.media_type, image.digest, len(image.raw)).to_json(),
            "annotations": {
                notary.THUMBPRINTS_ANNOTATION: json.dumps(thumbprints, separators=(",", ":")),
                "org.opencontainers.image.created": rfc3339(now.replace(microsecond=0)),
            },
        }
    )


def _raw(der: bytes, size: int) -> bytes:
    """ECDSA as JOSE and COSE write it: both numbers at full length, one after the other."""
    return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(der))


def _token(signature: bytes, timestamp: Callable[[bytes], bytes] | None) -> bytes | None:
    return token_of_response(timestamp(signature)) if timestamp else None
