"""The file of trusted CI issuers that the settings name."""

from dataclasses import replace
from pathlib import Path

from lading.access.job_trust import JobIssuer
from lading.access.job_trust_file import MAX_FILE_BYTES, parse_job_issuers
from lading.foundation.errors import Malformed


def read_job_issuers(path: str) -> tuple[JobIssuer, ...]:
    """Read the file; keys are looked for beside it. Raises Malformed with the place of what is wrong."""
    try:
        with Path(path).open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed("job-issuers-unreadable", f"{path} cannot be read: {error}") from error
    if len(text) > MAX_FILE_BYTES:
        raise Malformed("job-issuers-invalid", f"{path} has more than {MAX_FILE_BYTES} bytes")
    beside = Path(path).parent
    return tuple(
        replace(issuer, jwks_file=str(beside / issuer.jwks_file)) if issuer.jwks_file else issuer
        for issuer in parse_job_issuers(text, path)
    )
