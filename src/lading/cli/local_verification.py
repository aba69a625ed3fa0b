"""Verifying an image of any registry here, without a server of Lading: from a trust policy file alone."""

from datetime import UTC, datetime
from pathlib import Path

from lading.adapters.registry_claims import RegistryClaims
from lading.adapters.trust_policy_file import read_trust_policy
from lading.cli.registry_of_image import open_registry
from lading.oci.digest import Digest
from lading.oci.reference import parse_reference
from lading.signing.claims import Subject
from lading.workflows.verify_image import ImageVerification, verify_image


def verify_at_registry(reference: str, trust_file: Path, environment: str = "") -> ImageVerification:
    """Judge an image as its registry has it now, signed in as `docker login` did."""
    policy = read_trust_policy(str(trust_file))
    name = parse_reference(reference)
    with open_registry(name) as client:
        digest = name.digest
        if digest is None:
            # What was verified is named by digest in the answer: a tag can move before it is pulled.
            digest = Digest.of(client.pull_manifest(name.repository, name.tag_or_digest)[0])
        subject = Subject(name.repository, digest)
        now = datetime.now(UTC)
        return verify_image(RegistryClaims(client), policy, subject, now, environment=environment)
