"""The policy files that are installed with Lading."""

from importlib import resources


def default_policy_text() -> bytes:
    """Read the policy that is in force until an installation puts its own in its place."""
    return resources.files("lading.policy.library").joinpath("default.yaml").read_bytes()
