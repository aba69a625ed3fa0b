"""Policy files: the one that is installed with Lading, and one that the settings name."""

from importlib import resources
from pathlib import Path

from lading.foundation.errors import Malformed


def default_policy_text() -> bytes:
    """Read the policy that is in force until an installation puts its own in its place."""
    return resources.files("lading.policy.library").joinpath("default.yaml").read_bytes()


def read_policy(path: str) -> bytes:
    """Read the policy file that the settings name; raise Malformed where it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Malformed(
            "policy-unreadable", f"the policy file {path} cannot be read: {error.strerror}"
        ) from error
