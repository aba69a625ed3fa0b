"""What this machine can say of a build that no CI system runs."""

import getpass
import platform
import subprocess

from lading.signing.ci_provenance import BuildFacts


def local_build() -> BuildFacts:
    """Facts of a build in the working directory; what git does not say stays empty."""
    remote = _git("remote", "get-url", "origin").removesuffix(".git")
    branch = _git("rev-parse", "--abbrev-ref", "HEAD")
    dirty = "yes" if _git("status", "--porcelain") else ""
    host = platform.node() or "unknown"
    return BuildFacts(
        "local",
        f"urn:lading:builder:local:{host}",
        "urn:lading:build:local:v1",
        remote or "urn:lading:source:unknown",
        _git("rev-parse", "HEAD"),
        f"refs/heads/{branch}" if branch and branch != "HEAD" else "",
        "",
        "",
        getpass.getuser(),
        {"host": host, **({"uncommittedChanges": dirty} if dirty else {})},
    )


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - no part of it comes from others
            ["git", *arguments],  # noqa: S607 - the person's own git
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
