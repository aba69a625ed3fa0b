"""What is claimed about a subject: signatures and attestations as they were found, none of it believed."""

from dataclasses import dataclass

from lading.oci.digest import Digest


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be verified: an image in a repository."""

    repository: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class ClaimedSignature:
    """A payload and what stands beside it in annotations, as cosign keeps it: the signature in base64, and
    for one under a certificate that, in PEM, and the log's entry in JSON; ``timestamp`` is JSON too.

    ``payload`` is None where it is larger than MAX_PAYLOAD_BYTES and was not fetched for that.
    """

    payload: bytes | None
    signature: str
    certificate: str = ""
    log_entry: str = ""
    timestamp: str = ""


@dataclass(frozen=True, slots=True)
class ClaimedAttestation:
    """A DSSE envelope, or a Sigstore bundle around one.

    ``content`` is None where it is larger than MAX_ENVELOPE_BYTES and was not fetched for that.
    """

    content: bytes | None
    in_bundle: bool = False


@dataclass(frozen=True, slots=True)
class ClaimedNotarySignature:
    """An envelope of the Notary Project, in JWS or else in COSE.

    ``content`` is None where it is larger than its MAX_ENVELOPE_BYTES and was not fetched for that.
    """

    content: bytes | None
    in_cose: bool = False


@dataclass(frozen=True, slots=True)
class FailedLookup:
    """A place that could not be looked into: "tag sha256-….sig", "blob sha256:…"."""

    lookup: str
    reason: str
