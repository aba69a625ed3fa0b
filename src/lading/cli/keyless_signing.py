"""Signing an image of any registry as whoever runs this, under a certificate made for the moment.

1. The image is named by its digest before anything is signed.
2. The certificate authority certifies a new key for whom the identity token names.
3. The statement is signed, and a timestamp authority says when.
4. The bundle is pushed as a manifest that refers to the image: nobody's signature can overwrite another's.

The private key is never written anywhere and is gone with the process.
"""

import contextlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lading.adapters.fulcio_client import FulcioClient
from lading.adapters.timestamp_client import TimestampClient
from lading.cli.keyless_places import KeylessPlaces
from lading.cli.registry_of_image import open_registry
from lading.foundation.errors import Unauthenticated
from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.reference import parse_reference
from lading.signing import dsse
from lading.signing.sigstore_bundle import EMPTY_CONFIG, build_referrer_manifest, encode_certified_bundle
from lading.signing.statement import PAYLOAD_TYPE, build_statement

TOKEN_VARIABLE = "SIGSTORE_ID_TOKEN"  # noqa: S105 -- the name that other Sigstore clients use, no secret


@dataclass(frozen=True, slots=True)
class KeylessSignature:
    """What was attached, and to what."""

    repository: str
    digest: Digest
    referrer: Digest


def sign_at_registry(
    reference: str, places: KeylessPlaces, predicate_type: str, predicate: bytes
) -> KeylessSignature:
    """Sign a statement about an image, by the numbered steps above."""
    name = parse_reference(reference)
    token = _token(places.token_file)
    with open_registry(name) as client:
        # Step 1.
        raw, media_type = client.pull_manifest(name.repository, str(name.digest or name.tag_or_digest))
        image = Descriptor(media_type, Digest.of(raw), len(raw))
        # Steps 2 and 3.
        statement = build_statement(
            [(f"{name.registry}/{name.repository}", image.digest)], predicate_type, predicate
        )
        bundle = _bundle(statement, places, token)
        # Step 4.
        manifest = build_referrer_manifest(bundle, image, predicate_type, datetime.now(UTC))
        blobs = {Digest.of(bundle): bundle, Digest.of(EMPTY_CONFIG): EMPTY_CONFIG}
        referrer = Digest.of(manifest)
        client.push_image(name.repository, str(referrer), manifest, media_types.OCI_MANIFEST, blobs)
    return KeylessSignature(name.repository, image.digest, referrer)


def _bundle(statement: bytes, places: KeylessPlaces, token: str) -> bytes:
    with contextlib.closing(FulcioClient(places.authority)) as authority:
        key = authority.certify(token)
    signature = key.signer.sign(dsse.pre_authentication_encoding(PAYLOAD_TYPE, statement))
    stamp = TimestampClient(places.timestamps)(signature)
    envelope = dsse.Envelope(PAYLOAD_TYPE, statement, (dsse.EnvelopeSignature(signature),))
    return encode_certified_bundle(envelope, key.certificate, stamp)


def _token(file: str) -> str:
    if file:
        return Path(file).read_text().strip()
    given = os.environ.get(TOKEN_VARIABLE, "")
    if given:
        return given
    from sigstore.oidc import IdentityError, detect_credential  # noqa: PLC0415 - a heavy import

    try:
        found = detect_credential()
    except IdentityError as error:
        raise _no_token(f": {error}") from error
    if not found:
        raise _no_token("")
    return str(found)


def _no_token(why: str) -> Unauthenticated:
    return Unauthenticated(
        "identity-token-missing",
        f"there is no identity token to sign with{why}",
        hint=f"set {TOKEN_VARIABLE}, or give --identity-token-file; GitHub Actions need id-token: write",
    )
