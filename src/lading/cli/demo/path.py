"""The whole path, step by step: from a push to a verdict at admission and a line in the audit log."""

import json
import re
import ssl
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lading.adapters.registry_client import RegistryClient
from lading.cli.demo.images import BuiltImage, bad_image, base_image, good_image
from lading.cli.demo.server import DemoServer
from lading.cli.demo.walk import StepFailed, Walk, indented, require, until
from lading.oci import media_types

_ANALYSIS_SECONDS = 90.0


@dataclass(slots=True)
class WholePath:
    """The images under way; the good one is `orders`, the bad one `legacy`."""

    server: DemoServer
    walk: Walk
    folder: Path
    site_packages: tuple[Path, ...]
    images: dict[str, BuiltImage] = field(default_factory=dict)

    def ref(self, repository: str) -> str:
        """An image by its digest, as people copy it from one command to the next."""
        return f"{repository}@{self.images[repository].digest}"

    def push(self) -> str:
        """Push three images as any client does."""
        created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        base = base_image(created)
        base_name = f"{self.server.registry}/base/debian:12"
        self.images = {
            "base/debian": base,
            "team/orders": good_image(created, base, base_name, self.site_packages),
            "team/legacy": bad_image(created),
        }
        registry = RegistryClient(self.server.url, user="admin", password=self.server.password)
        try:
            for repository, image in self.images.items():
                tag = "12" if repository == "base/debian" else "1.0"
                pushed = registry.push_image(
                    repository, tag, image.manifest, media_types.OCI_MANIFEST, image.blobs
                )
                require(pushed == image.digest, f"{repository} came out as {pushed}")
                pulled, _ = registry.pull_manifest(repository, tag)
                require(pulled == image.manifest, f"{repository} was pulled with other bytes")
        finally:
            registry.close()
        return "\n".join(f"{self.ref(name)}" for name in self.images)

    def contents(self) -> str:
        """Wait until the server has looked inside."""

        def listed() -> Mapping[str, Any]:
            page = self.walk.quiet_json("images")
            return {line["repository"]: line for line in page["items"]}

        images = until(
            listed,
            lambda lines: len(lines) == 3 and all(line["analysis"] == "done" for line in lines.values()),
            seconds=_ANALYSIS_SECONDS,
            what="the analysis of three images",
        )
        legacy = self.walk.lading_json("image", self.ref("team/legacy"))
        secrets = legacy["secrets"]
        require(images["team/orders"]["packages"] > images["base/debian"]["packages"], "no Python packages")
        require(len(secrets) == 1 and secrets[0]["layer"] == 1, f"the private key was not found: {secrets}")
        require(secrets[0]["deleted_by"] == 2, "that a later layer deletes the key was not seen")
        lines = [
            f"{name}: {line['packages']} packages, {line['distro']}" for name, line in sorted(images.items())
        ]
        secret = secrets[0]
        return "\n".join(
            [*lines, f"{secret['kind']} at {secret['path']}: from layer 1, deleted by layer 2, ships anyway"]
        )

    def sbom(self) -> str:
        """Download both bills of materials."""
        cyclonedx = json.loads(self.walk.lading("sbom", self.ref("team/orders")))
        spdx = json.loads(self.walk.lading("sbom", self.ref("team/orders"), "--as", "spdx"))
        require(cyclonedx["specVersion"] == "1.6", "this is not CycloneDX 1.6")
        require(spdx["spdxVersion"] == "SPDX-2.3", "this is not SPDX 2.3")
        details = self.walk.quiet_json("image", self.ref("team/orders"))
        kinds = {each["artifact_type"] for each in details["referrers"]}
        require(
            {media_types.CYCLONEDX_JSON, media_types.SPDX_JSON} <= kinds, f"they are not attached: {kinds}"
        )
        return (
            f"CycloneDX 1.6 with {len(cyclonedx['components'])} components, "
            f"SPDX 2.3 with {len(spdx['packages'])} packages, both attached as referrers"
        )

    def who_has(self) -> str:
        """Ask the question of 2014."""
        answer = self.walk.lading_json("who-has", "CVE-2014-6271")
        places = [place["repository"] for holder in answer["holders"] for place in holder["places"]]
        require(places == ["team/legacy"], f"the answer was {places}")
        holder = answer["holders"][0]
        return f"team/legacy, by {holder['package']} {holder['version']}: {holder['why']}"

    def own(self) -> str:
        """Say who answers for what; the bad image stays nobody's."""
        self.walk.lading("teams", "save", "checkout", "--contact", "checkout@example.org")
        self.walk.lading("teams", "own", "checkout", "team/orders")
        self.walk.lading("teams", "own", "checkout", "base/*")
        return self.walk.lading("owner", "team/orders").strip()

    def sign(self) -> str:
        """Sign, attest, verify; what is not signed is said to be so."""
        for repository in ("team/orders", "base/debian"):
            self.walk.lading("sign", self.ref(repository))
        self.walk.lading("attest", self.ref("team/orders"), "--type", "cyclonedx")
        self.walk.lading("attest", self.ref("team/orders"), "--type", "scan")
        verified = self.walk.lading_json("verify", self.ref("team/orders"))
        rejected = self.walk.lading_json("verify", self.ref("team/legacy"), expect=1)
        attested = [kind for kind, each in verified["attestations"].items() if each["outcome"] == "verified"]
        require(len(attested) == 2, f"verified attestations: {attested}")
        return (
            f"team/orders: verified by {verified['signatures']['signers'][0]}, "
            f"attested: {', '.join(attested)}\n"
            f"team/legacy: {rejected['signatures']['outcome']}: {rejected['signatures']['reason']}"
        )

    def gate(self) -> str:
        """One policy: the good image may enter production, the bad one may not, and is told what to do."""
        good = self.walk.lading_json("gate", self.ref("team/orders"), "--env", "prod")
        bad = self.walk.lading_json("gate", self.ref("team/legacy"), "--env", "prod", expect=1)
        denied = [rule["rule"] for rule in bad["rules"] if rule["effect"] == "deny"]
        expected = {"signed", "known-exploited", "no-secrets", "no-root-user", "owner-known"}
        require(expected <= set(denied), f"denied by {denied}")
        return f"{good['text'].splitlines()[0]}\n{indented(bad['text'].splitlines(), 12)}"

    def waive(self) -> str:
        """A waiver takes two people, excuses what it says, and nothing else."""
        asked = self.walk.lading_json(
            *("waiver", "request", "--repository", "team/legacy", "--rule", "owner-known"),
            *("--reason", "the team is being formed", "--ticket", "OPS-1", "--days", "7"),
        )
        self.walk.lading("waiver", "approve", asked["id"], expect=6)  # never by who asked for it
        self.walk.make_user("ben", "approver")
        self.walk.as_user("ben").lading("waiver", "approve", asked["id"])
        decision = self.walk.lading_json("gate", self.ref("team/legacy"), "--env", "prod", expect=1)
        verdicts = {rule["rule"]: rule["verdict"] for rule in decision["rules"]}
        require(verdicts["owner-known"] == "waived", f"owner-known is {verdicts['owner-known']}")
        require(verdicts["signed"] == "fail", "the waiver excused more than it says")
        until_when = asked["expires"][:10]
        return f"waiver {asked['id']}: owner-known is waived until {until_when}, the rest still denies"

    def promote(self) -> str:
        """By digest, through the environments; the bad image is refused."""
        for target in ("dev", "test", "prod"):
            self.walk.lading("promote", self.ref("team/orders"), "--to", target, "--reason", "release 1.0")
        refused = self.walk.lading_json(
            *("promote", self.ref("team/legacy"), "--to", "dev", "--reason", "first try"), expect=None
        )
        to_test = self.walk.lading(
            *("promote", self.ref("team/legacy"), "--to", "test", "--reason", "second try"), expect=1
        )
        held = self.walk.quiet_json("environments")["pointers"]
        prod = [each["digest"] for each in held if each["environment"] == "prod"]
        require(prod == [str(self.images["team/orders"].digest)], f"prod has {prod}")
        return (
            f"team/orders is in dev, test and prod by one digest\n"
            f"team/legacy to dev: {refused['promotion']['state']} (dev warns); to test: "
            f"{to_test.splitlines()[0]}"
        )

    def admit(self) -> str:
        """Kubernetes asks over TLS, and gets the same verdict in the same words."""
        prefix = self.server.registry
        allowed = self._review("Pod", {"containers": [_container(f"{prefix}/{self.ref('team/orders')}")]})
        require(allowed["allowed"], f"the good image was refused: {allowed}")
        pod = {"containers": [_container(f"{prefix}/{self.ref('team/legacy')}")]}
        refused = self._review("Deployment", {"template": {"spec": pod}})
        require(not refused["allowed"], "the bad image was admitted")
        foreign = self._review("Pod", {"containers": [_container("evil.example/miner:latest")]})
        require(not foreign["allowed"], "an unknown registry was admitted")
        said = self.walk.quiet("gate", self.ref("team/legacy"), "--env", "prod", "--gate", "admission")
        message = refused["status"]["message"]
        require(
            _ageless(message) == _ageless(said), f"the words differ:\n{message}\n--- and the command:\n{said}"
        )
        return (
            f"Pod with team/orders by digest: allowed\n"
            f"Deployment with team/legacy: {message.splitlines()[0]} (the same words as `lading gate`)\n"
            f"Pod from evil.example: {foreign['status']['message'].splitlines()[0]}"
        )

    def audit(self) -> str:
        """The log is whole; one changed byte is found."""
        verdict = self.walk.lading("audit", "verify").strip()
        export = self.folder / "audit.jsonl"
        self.walk.lading("audit", "export", str(export))
        lines = export.read_text().splitlines(keepends=True)
        number = len(lines) // 2
        changed = lines[number].replace('"outcome":"done"', '"outcome":"dome"', 1)
        require(changed != lines[number], "there was no byte to change")
        export.write_text("".join([*lines[:number], changed, *lines[number + 1 :]]))
        broken = self.walk.lading("audit", "verify", "--file", str(export), expect=1).strip()
        require(f"entry {number + 1}:" in broken, f"the wrong entry was named: {broken}")
        return f"{verdict}\none byte of entry {number + 1} changed in a copy: {broken}"

    def console(self) -> str:
        """The pages are there, behind a sign-in."""
        with urllib.request.urlopen(f"{self.server.url}/sign-in") as answer:  # noqa: S310 - http, this machine
            page = answer.read().decode()
        require("<form" in page and "Lading" in page, "the sign-in page is not there")
        return f"{self.server.url} — user admin, password {self.server.password}"

    def _review(self, kind: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        group = "apps" if kind == "Deployment" else ""
        review = {
            "apiVersion": "admission.k8s.io/v1",
            "kind": "AdmissionReview",
            "request": {
                "uid": f"demo-{time.monotonic_ns()}",
                "kind": {"group": group, "version": "v1", "kind": kind},
                "namespace": "shop",
                "name": "orders",
                "operation": "CREATE",
                "userInfo": {"username": "system:serviceaccount:argocd:deployer"},
                "object": {"metadata": {"name": "orders"}, "spec": spec},
            },
        }
        request = urllib.request.Request(  # noqa: S310 - https, on this machine
            self.server.admission, json.dumps(review).encode(), {"Content-Type": "application/json"}
        )
        trusted = ssl.create_default_context(cafile=str(self.server.authority))
        try:
            with urllib.request.urlopen(request, context=trusted) as answer:  # noqa: S310
                response: Mapping[str, Any] = json.load(answer)["response"]
        except OSError as error:
            raise StepFailed(f"the webhook did not answer: {error}") from error
        return response


def _container(image: str) -> dict[str, str]:
    return {"name": "main", "image": image}


def _ageless(text: str) -> str:
    """Without what two moments make differ: ages in hours and minutes."""
    return re.sub(r"[0-9]+ (?:seconds?|minutes?|hours?)", "a while", text).strip()
