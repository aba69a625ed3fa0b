"""Real clients on a repository where tags may not move and images may not be deleted.

Signing must work there: by cosign's tag scheme and by referrers. Moving a tag must fail with words that tell
its user why.
"""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.oci.digest import Digest
from lading.ports.records.record_set import Records
from lading.registry.tag_pattern import TagPattern
from lading.registry.tag_rules import TagRuleKind
from lading.workflows.tag_rules import NewTagRule, add_tag_rule
from tests.support.distribution import ADMIN, disk_registry, serving
from tests.support.registry import NOON, ROOT, DrivenRegistry

pytestmark = pytest.mark.peer


@dataclass
class Immutable:
    """A registry in which ``locked/**`` is fixed and kept, and takes release tags only."""

    host: str
    folder: Path
    registry: DrivenRegistry

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        if shutil.which(arguments[0]) is None:
            pytest.skip(f"{arguments[0]} is not installed")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DOCKER_CONFIG": str(self.folder),
            "REGISTRY_AUTH_FILE": str(self.folder / "config.json"),
            "COSIGN_PASSWORD": "pass",
            "COSIGN_EXPERIMENTAL": "1",  # for --registry-referrers-mode
        }
        return subprocess.run(
            arguments,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def must(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def image(self, name: str, *tags: str) -> str:
        digest: Digest = self.registry.push_image("locked/app", name=name, tags=tags)
        return f"{self.host}/locked/app@{digest}"


@pytest.fixture(scope="module")
def immutable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Immutable]:
    folder = tmp_path_factory.mktemp("immutable")
    served = disk_registry(folder / "registry")
    whole: Any = served.records
    records: Records = whole
    for kind, tags in (("naming", "{release}"), ("fixed", "*"), ("kept", "*")):
        asked = NewTagRule(TagRuleKind(kind), RepositoryPattern.parse("locked/**"), TagPattern.parse(tags))
        add_tag_rule(records, ROOT, asked, NOON, rule_id=kind)
    with serving(served.app) as host:
        login = base64.b64encode(":".join(ADMIN).encode()).decode()
        (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": login}}}))
        yield Immutable(host, folder, DrivenRegistry(records, served.blobs))
    served.close()


def test_cosign_signs_twice_and_attests_under_the_tag_scheme(immutable: Immutable) -> None:
    image = immutable.image("by tag", "1.0.0")
    immutable.must("cosign", "generate-key-pair")
    version = json.loads(immutable.must("cosign", "version", "--json"))["gitVersion"]
    classic = ("--new-bundle-format=false", "--use-signing-config=false") if version >= "v3" else ()
    quiet = ("--key", "cosign.key", "--tlog-upload=false", "--yes", *classic)
    immutable.must("cosign", "sign", *quiet, image)
    immutable.must("cosign", "sign", *quiet, "-a", "second=signature", image)
    (immutable.folder / "predicate.json").write_text('{"built": "here"}')
    immutable.must("cosign", "attest", *quiet, "--predicate", "predicate.json", "--type", "custom", image)
    checked = ("--key", "cosign.pub", "--insecure-ignore-tlog=true", *classic[:1])
    assert len(json.loads(immutable.must("cosign", "verify", *checked, image))) == 2
    immutable.must("cosign", "verify-attestation", *checked, "--type", "custom", image)


def test_oras_attaches_a_referrer(immutable: Immutable) -> None:
    image = immutable.image("by referrer", "1.1.0")
    (immutable.folder / "note.txt").write_text("checked by hand")
    attach = ("oras", "attach", "--plain-http", "--artifact-type", "application/vnd.example.note")
    immutable.must(*attach, image, "note.txt:text/plain")
    listed = json.loads(immutable.must("oras", "discover", "--plain-http", "--format", "json", image))
    entries = listed.get("referrers") or listed.get("manifests")
    assert [entry["artifactType"] for entry in entries] == ["application/vnd.example.note"]


def test_crane_may_not_move_a_tag_and_is_told_why(immutable: Immutable) -> None:
    immutable.image("first", "2.0.0")
    second = immutable.image("second", "2.0.1")
    refused = immutable.run("crane", "tag", "--insecure", second, "2.0.0")
    assert refused.returncode != 0
    assert "may not move" in refused.stderr
    wrong = immutable.run("crane", "tag", "--insecure", second, "latest")
    assert wrong.returncode != 0
    assert "it must be like {release}" in wrong.stderr
    immutable.must("crane", "tag", "--insecure", second, "2.0.2")


def test_skopeo_may_not_delete_and_is_told_why(immutable: Immutable) -> None:
    immutable.image("kept", "3.0.0")
    refused = immutable.run(
        "skopeo", "delete", "--tls-verify=false", f"docker://{immutable.host}/locked/app:3.0.0"
    )
    assert refused.returncode != 0
    assert "may not be deleted" in refused.stderr
