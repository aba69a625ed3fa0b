"""Policy files: those that are installed with Lading, and one that the settings name."""

from importlib import resources
from pathlib import Path

from lading.foundation.errors import Malformed
from lading.policy.library_profiles import DEFAULT_PROFILE, compose_profile

LIBRARY = ("images.yaml", "dockerfiles.yaml", "workloads.yaml")


def default_policy_text() -> bytes:
    """Read the policy that is in force until an installation puts its own in its place."""
    return profile_text(DEFAULT_PROFILE)


def profile_text(name: str, known: frozenset[str] | None = None) -> bytes:
    """Write a profile as a policy file; rules that are not ``known`` are only observed."""
    return compose_profile(library_texts(), name, known).encode()


def library_texts() -> tuple[str, ...]:
    """Read the files of the shipped rules."""
    folder = resources.files("lading.policy.library")
    return tuple(folder.joinpath(name).read_text("utf-8") for name in LIBRARY)


def read_policy(path: str) -> bytes:
    """Read the policy file that the settings name; raise Malformed where it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Malformed(
            "policy-unreadable", f"the policy file {path} cannot be read: {error.strerror}"
        ) from error
