"""The trust policy in a file that the settings name."""

from pathlib import Path

from lading.foundation.errors import Malformed
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import MAX_POLICY_BYTES, parse_trust_policy


def read_trust_policy(path: str) -> TrustPolicy:
    """Read a trust policy file; raise Malformed with file and line, or where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            text = file.read(MAX_POLICY_BYTES + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed(
            "trust-policy-unreadable", f"the trust policy {path} cannot be read: {error}"
        ) from error
    return parse_trust_policy(text, path)
