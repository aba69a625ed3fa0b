"""Verifying an image of any registry here, without a server of Lading: from a trust policy file alone."""

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

from lading.adapters.registry_claims import RegistryClaims
from lading.adapters.registry_client import RegistryClient
from lading.adapters.sources.remote import read_login
from lading.adapters.trust_policy_file import read_trust_policy
from lading.oci.digest import Digest
from lading.oci.reference import DEFAULT_REGISTRY, parse_reference
from lading.signing.claims import Subject
from lading.workflows.verify_image import ImageVerification, verify_image

_DOCKER_HUB = "registry-1.docker.io"
_LOCAL = ("127.", "localhost", "[::1]")


def verify_at_registry(reference: str, trust_file: Path, environment: str = "") -> ImageVerification:
    """Judge an image as its registry has it now, signed in as `docker login` did."""
    policy = read_trust_policy(str(trust_file))
    name = parse_reference(reference)
    host = _DOCKER_HUB if name.registry == DEFAULT_REGISTRY else name.registry
    scheme = "http" if host.startswith(_LOCAL) else "https"
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    user, password = read_login(folder / "config.json", host)
    client = RegistryClient(f"{scheme}://{host}", user=user, password=password)
    with contextlib.closing(client):
        digest = name.digest
        if digest is None:
            # What was verified is named by digest in the answer: a tag can move before it is pulled.
            digest = Digest.of(client.pull_manifest(name.repository, name.tag_or_digest)[0])
        subject = Subject(name.repository, digest)
        now = datetime.now(UTC)
        return verify_image(RegistryClaims(client), policy, subject, now, environment=environment)
