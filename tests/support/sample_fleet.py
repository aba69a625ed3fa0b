"""A small fleet with a bit of everything, in records: what pages and searches are tried on.

shop/checkout 2.3.9      the bad one: an old bash, a key in a layer, root; denied for prod, and running
shop/checkout 2.4.1      the good one: signed, with bills of materials, promoted to test
shop/search              an index of two platforms
base/python 3.12-slim    warned about
team-x/experiment dev    nobody has analysed it yet, and nobody owns it
team-x/legacy 1.0        could not be analysed
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec

from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.keys_file import FileSigner
from lading.adapters.starter_feed import starter_content, starter_documents
from lading.advisories.advisory import Severity
from lading.advisories.formats.osv import OSV
from lading.cataloging.analysis import Distro, LayerAnalysis, Secret, Unreadable
from lading.cataloging.image_contents import combine
from lading.cataloging.secrets.in_config import ConfigSecret
from lading.inventory.container import RunningContainer
from lading.lineage.inspection.facts import (
    Account,
    Coverage,
    EntryPoint,
    FileFact,
    FileFacts,
    Inspection,
    Origins,
    Password,
    Power,
)
from lading.oci import media_types
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.policy.evaluation import evaluate
from lading.policy.evidence import (
    BaseFacts,
    DistroFacts,
    Evidence,
    FindingFact,
    Gate,
    ImageFacts,
    OwnerFacts,
    Proof,
    SbomFacts,
    ScanFacts,
    ScanState,
    SecretFact,
    SignatureFacts,
    Undetermined,
)
from lading.policy.waiver import Waiver, WaiverScope
from lading.ports.records.contents import AnalysisState, ImageAnalysis, ImageLayer, ImageRecord, SbomDocument
from lading.ports.records.governance import StoredDecision
from lading.ports.records.inventory import Host
from lading.ports.records.people import Ownership, Team
from lading.promotion.environments import DEFAULT_ENVIRONMENTS
from lading.promotion.promotion import Promotion, PromotionKind, PromotionState
from lading.signing.ci_provenance import GITHUB_WORKFLOW, BuildFacts, provenance_predicate
from lading.signing.claims import Subject
from lading.signing.provenance import SLSA_V1
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.workflows.attach_claim import push_bytes
from lading.workflows.import_advisories import FeedArrival, import_advisories
from lading.workflows.match_packages import match_packages
from lading.workflows.sign_image import SigningPorts, attest_image, sign_image
from tests.support.analyses import ANALYSER, deb, dist_info, layer, pypi, status
from tests.support.policies import shipped_policy
from tests.support.registry import NOON, ROOT, DrivenRegistry
from tests.support.signers import Signing, p256

NOW = NOON + timedelta(hours=1)  # everything was pushed an hour ago
REGISTRY = "registry.example:7780"
WHEEZY = Distro("debian", "7", "Debian GNU/Linux 7 (wheezy)")
BOOKWORM = Distro("debian", "12", "Debian GNU/Linux 12 (bookworm)")
SAMPLE_INSPECTION = Inspection(
    secrets=(ConfigSecret("named-secret", "environment DB_PASSWORD", -1, "DB_PASSWORD = … (11 characters)"),),
    power=Power(
        setuid=FileFacts((FileFact("usr/bin/su", 0, "of user 0, mode 4755"),), more=7),
        capabilities=FileFacts((FileFact("usr/bin/ping", 0, "cap_net_raw=ep"),)),
        shells=FileFacts((FileFact("bin/bash", 0), FileFact("bin/sh", 0, "bash"))),
        package_managers=FileFacts((FileFact("usr/bin/apt", 0),)),
        network_tools=FileFacts((FileFact("usr/bin/curl", 1),)),
        accounts=(Account("deploy", 1000, "/bin/bash", Password.EMPTY),),
        entry_point=EntryPoint("/srv/start", problem="there is no program /srv/start in the image"),
        writes=("var/cache/nginx", "run"),
    ),
    origins=Origins(
        counts={"generated": 577, "language": 12, "package": 4739, "unexplained": 2},
        verified=4738,
        unexplained=FileFacts((FileFact("srv/tool", 1, "812,331 bytes, mode 0755"),), more=1),
        changed=FileFacts((FileFact("usr/bin/login", 1, "of login"),)),
    ),
    coverage=Coverage(700, 697, 1, FileFacts((FileFact("srv/tool", 1, "unexplained, 812331 bytes"),))),
)
KEY = Secret("private-key-rsa", "app/deploy.key", 1, "-----BEGIN RSA PRIVATE KEY----- (1,675 bytes)")


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


@dataclass
class Fleet:
    """Records that are filled step by step, and what later steps refer to."""

    registry: DrivenRegistry = field(default_factory=DrivenRegistry)
    digests: dict[str, Digest] = field(default_factory=dict)
    key: Signing = field(default_factory=lambda: p256("release-2026"))

    @property
    def trust_policy(self) -> TrustPolicy:
        return parse_trust_policy(write_trust_policy({"release-2026": self.key.public}))

    def push(
        self,
        repository: str,
        tags: Sequence[str],
        layers: Sequence[tuple[LayerAnalysis, str, int]],
        *,
        distro: Distro | None,
        user: str = "",
        state: AnalysisState = AnalysisState.DONE,
        reason: str = "",
        architecture: str = "amd64",
    ) -> Digest:
        """Push an image whose layers hold what their analyses say; each has a build step and a size."""
        registry, name = self.registry, f"{repository}:{','.join(tags)} {architecture}"
        config = push_bytes(registry.ports, ROOT, repository, json.dumps({"name": name}).encode(), NOW)
        blobs = [
            push_bytes(registry.ports, ROOT, repository, f"{name} layer {at}".encode(), NOW)
            for at in range(len(layers))
        ]
        document = {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": {"mediaType": media_types.OCI_CONFIG, "digest": str(config), "size": 1471},
            "layers": [
                {"mediaType": media_types.OCI_LAYER_GZIP, "digest": str(blob), "size": size}
                for blob, (_, _, size) in zip(blobs, layers, strict=True)
            ],
        }
        digest = registry.push_manifest(repository, json.dumps(document).encode(), tags=tuple(tags))
        record = ImageRecord(
            manifest=digest,
            config=config,
            platform=Platform("linux", architecture),
            user=user,
            created="2026-03-01T08:00:00Z",
            labels={},
            layers=tuple(
                ImageLayer(analysis.diff_id, blob, media_types.OCI_LAYER_GZIP, size, step)
                for blob, (analysis, step, size) in zip(blobs, layers, strict=True)
            ),
            analysis=ImageAnalysis(AnalysisState.PENDING, ANALYSER, ago(minutes=3)),
        )
        with registry.records.write() as kept:
            kept.contents.save_image(record)
            if state is AnalysisState.FAILED:
                kept.contents.fail_image(digest, analyser=ANALYSER, reason=reason, at=ago(minutes=2))
            if state is AnalysisState.DONE:
                for blob, (analysis, _, _) in zip(blobs, layers, strict=True):
                    kept.contents.save_layer(analysis, {}, blob=blob)
                contents = combine([analysis for analysis, _, _ in layers])
                kept.contents.finish_image(
                    digest, replace(contents, distro=distro), analyser=ANALYSER, at=ago(minutes=2)
                )
                bad = any(analysis.secrets for analysis, _, _ in layers)
                inspection = SAMPLE_INSPECTION if bad else replace(SAMPLE_INSPECTION, secrets=())
                kept.contents.save_inspection(digest, inspection)
        return digest

    def decide(
        self,
        number: int,
        image: ImageFacts,
        *,
        at: datetime,
        environment: str,
        gate: Gate = Gate.PROMOTE,
        findings: Sequence[FindingFact] = (),
        secrets: Sequence[SecretFact] = (),
        signature: SignatureFacts | None = None,
        waivers: Sequence[Waiver] = (),
        undetermined: Sequence[Undetermined] = (),
        distro: DistroFacts | None = None,
    ) -> str:
        """Ask the shipped policy, and keep what it says."""
        evidence = Evidence(
            gate=gate,
            environment=environment,
            image=image,
            distro=distro or DistroFacts("debian", "12", BOOKWORM.name, datetime(2028, 6, 30, tzinfo=UTC)),
            findings=tuple(findings),
            secrets=tuple(secrets),
            signature=signature or SignatureFacts(),
            sbom=SbomFacts(present=True, formats=("cyclonedx", "spdx")),
            base=BaseFacts(
                "registry.example/base/debian:12", str(Digest.of(b"base")), True, Proof.VERIFIED, ""
            )
            if distro is None
            else BaseFacts(),
            owner=OwnerFacts("payments", "#payments"),
            scan=ScanFacts(ScanState.DONE, at=ago(hours=1), feeds_at=ago(hours=3)),
            undetermined=tuple(undetermined),
        )
        decision = evaluate(shipped_policy(), evidence, waivers, now=at)
        decision_id = f"decision-{number:04d}"
        stored = StoredDecision(
            decision_id, decision, f"{REGISTRY}/{image.repository}:{image.tag}", "person:ann", Digest.of(b"w")
        )
        with self.registry.records.write() as kept:
            kept.governance.save_decision(stored)
        return decision_id


def build_fleet(registry: DrivenRegistry | None = None) -> Fleet:
    """Fill records with the whole fleet."""
    fleet = Fleet(registry or DrivenRegistry())
    with fleet.registry.records.write() as kept:
        for team, contact in (("payments", "#payments"), ("platform", "platform@example.org")):
            kept.people.save_team(Team(team, contact))
        kept.people.own(Ownership("shop/**", "payments"))
        kept.people.own(Ownership("base/**", "platform"))
        kept.governance.set_environments(DEFAULT_ENVIRONMENTS.all)
    arrival = FeedArrival("starter", OSV, starter_documents(), str(Digest.of(starter_content())))
    import_advisories(fleet.registry.records, ROOT, arrival, ago(hours=3), force=True)
    _push_images(fleet)
    for _ in match_packages(fleet.registry.records):
        pass
    _judge(fleet)
    _promote_and_run(fleet)
    return fleet


def _push_images(fleet: Fleet) -> None:
    old_bash = deb("bash", "4.2+dfsg-0.1", distro="debian-7")
    old = [
        old_bash,
        *(deb(name, "1.0-1", distro="debian-7") for name in ("coreutils", "dash", "grep", "sed")),
    ]
    new = [
        deb("bash", "5.2.15-2+b7"),
        deb("libc6", "2.36-9+deb12u9", source="glibc"),
        deb("zlib1g", "1:1.2.13"),
    ]
    python = [pypi("requests", "2.19.0"), pypi("urllib3", "1.24.1"), pypi("Jinja2", "2.10")]
    odd = deb("libvpx7", "1.12 of our own", source="libvpx")
    base7 = layer("wheezy", status(*old), placed_on="debian-7")
    base12 = layer("bookworm", status(*new, odd))
    app = layer("pip install", *(dist_info(package) for package in python), placed_on="")
    baked = layer("copy key", secrets=[KEY], placed_on="")
    removal = replace(layer("rm key", placed_on=""), whiteouts=("app/deploy.key",))
    unread = Unreadable("app/vendor/blob.db", "dpkg", "record 3 names no package")
    vendor = layer("vendor", unreadable=[unread], placed_on="")
    fleet.digests["bad"] = fleet.push(
        "shop/checkout",
        ["2.3.9"],
        [
            (base7, "debian.sh --arch 'amd64' out/ 'wheezy'", 31_457_280),
            (app, "RUN /bin/sh -c pip install --no-cache-dir -r requirements.txt # buildkit", 41_000_000),
            (vendor, "COPY vendor /app/vendor # buildkit", 2_500_000),
            (baked, "COPY deploy.key /app/deploy.key # buildkit", 3512),
            (removal, "RUN /bin/sh -c rm /app/deploy.key # buildkit", 512),
        ],
        distro=WHEEZY,
    )
    fleet.digests["good"] = fleet.push(
        "shop/checkout",
        ["2.4.1", "latest"],
        [
            (base12, "debian.sh --arch 'amd64' out/ 'bookworm'", 29_000_000),
            (layer("app2", placed_on=""), "COPY app /app", 812_000),
        ],
        distro=BOOKWORM,
        user="10001",
    )
    fleet.digests["base"] = fleet.push(
        "base/python",
        ["3.12-slim"],
        [
            (base12, "debian.sh --arch 'amd64' out/ 'bookworm'", 29_000_000),
            (app, "RUN pip install", 41_000_000),
        ],
        distro=BOOKWORM,
    )
    fleet.digests["pending"] = fleet.push(
        "team-x/experiment",
        ["dev"],
        [(layer("e", placed_on=""), "", 9_000_000)],
        distro=None,
        state=AnalysisState.PENDING,
    )
    fleet.digests["failed"] = fleet.push(
        "team-x/legacy",
        ["1.0"],
        [(layer("l", placed_on=""), "", 1_200_993_231)],
        distro=None,
        state=AnalysisState.FAILED,
        reason="Layer 1 ends in the middle of a file.",
    )
    children = [
        fleet.push(
            "shop/search",
            [f"7-{arch}"],
            [(base12, "FROM base", 29_000_000)],
            distro=BOOKWORM,
            architecture=arch,
        )
        for arch in ("amd64", "arm64")
    ]
    provenance = fleet.registry.push_attestation("shop/search", "https://slsa.dev/provenance/v1")
    fleet.digests["index"] = fleet.registry.push_index(
        "shop/search", *children, attested={children[0]: provenance}
    )
    fleet.digests["attested"] = children[0]
    with fleet.registry.records.write() as kept:
        kept.registry.move_tag("shop/search", "7", fleet.digests["index"], at=NOW, by="robot:ci")


def _judge(fleet: Fleet) -> None:
    records, good, bad = fleet.registry.records, fleet.digests["good"], fleet.digests["bad"]
    assert isinstance(fleet.key.private, ec.EllipticCurvePrivateKey)
    signing = SigningPorts(fleet.registry.ports, FileSigner(fleet.key.name, fleet.key.private), REGISTRY)
    sign_image(signing, ROOT, Subject("shop/checkout", good), ago(minutes=30))
    facts = BuildFacts(
        "GitHub Actions",
        "https://github.com/acme/checkout/.github/workflows/release.yml@refs/heads/main",
        GITHUB_WORKFLOW,
        "https://github.com/acme/checkout",
        "a1" * 20,
        "refs/heads/main",
        ".github/workflows/release.yml",
        "https://github.com/acme/checkout/actions/runs/42/attempts/1",
        "ann",
    )
    base = ("docker.io/library/python", "b2" * 32)
    provenance = provenance_predicate(facts, [base], started=None, finished=ago(minutes=40))
    attest_image(
        signing,
        ROOT,
        Subject("shop/checkout", good),
        ago(minutes=30),
        predicate_type=SLSA_V1,
        predicate=json.dumps(provenance).encode(),
    )
    for name, content in (
        ("cyclonedx-1.6", b'{"bomFormat":"CycloneDX"}'),
        ("spdx-2.3", b'{"spdxVersion":"SPDX-2.3"}'),
    ):
        document = push_bytes(fleet.registry.ports, ROOT, "shop/checkout", content, NOW)
        with records.write() as kept:
            kept.contents.save_sbom(SbomDocument(good, name, document, document, ago(minutes=20)))
    shellshock = FindingFact(
        "CVE-2014-6271", Severity.CRITICAL, "bash", "4.2+dfsg-0.1", "deb", fix="4.2+dfsg-0.1+deb7u1",
        known_exploited=True, published=datetime(2014, 9, 24, tzinfo=UTC),
    )  # fmt: skip
    fleet.decide(
        1,
        _facts("shop/checkout", bad, "2.3.9", root=True),
        at=ago(minutes=4),
        environment="prod",
        findings=[shellshock],
        secrets=[SecretFact(KEY.kind, KEY.path, 3, deleted=True)],
        undetermined=[Undetermined("base.approved", "the catalogue of bases could not be asked")],
        distro=DistroFacts("debian", "7", WHEEZY.name, datetime(2018, 5, 31, tzinfo=UTC)),
    )
    verified = SignatureFacts(Proof.VERIFIED, "", ("release-2026",))
    fleet.decide(
        2, _facts("shop/checkout", good, "2.4.1"), at=ago(minutes=41), environment="test", signature=verified
    )
    with records.write() as kept:
        for waiver in _waivers():
            kept.governance.add_waiver(waiver)


def _facts(repository: str, digest: Digest, tag: str, *, root: bool = False) -> ImageFacts:
    return ImageFacts(
        registry=REGISTRY,
        repository=repository,
        digest=str(digest),
        tag=tag,
        tags=(tag,),
        platform="linux/amd64",
        size=74_000_000,
        layers=5,
        user="" if root else "10001",
        root=root,
    )


def _waivers() -> tuple[Waiver, ...]:
    scope = WaiverScope(RepositoryPattern.parse("shop/checkout"), vulnerabilities=("CVE-2014-6271",))
    waiting = Waiver(
        id="waiver-0003",
        scope=scope,
        reason="The vendor's fix breaks the payment terminal; it stands behind the proxy until Friday.",
        ticket="OPS-4711",
        requester="person:ann",
        requested_at=ago(hours=20),
        expires=NOW + timedelta(days=6),
    )
    active = replace(
        waiting,
        id="waiver-0002",
        scope=replace(scope, vulnerabilities=(), rules=("owner-known",), environments=("test",)),
        requested_at=ago(days=3),
        approver="person:ben",
        approved_at=ago(days=2),
        ticket="https://tickets.example.org/OPS-4712",
    )
    ended = replace(active, id="waiver-0001", requested_at=ago(days=40), expires=ago(days=20))
    return ended, active, waiting


def _promote_and_run(fleet: Fleet) -> None:
    good, bad = fleet.digests["good"], fleet.digests["bad"]
    steps = [
        ("dev", "", good, PromotionState.DONE, "robot:ci", "built from main", 50),
        ("test", "dev", good, PromotionState.DONE, "person:ann", "smoke tests are green", 40),
        ("prod", "test", bad, PromotionState.DENIED, "person:ann", "release 2.3.9", 4),
    ]
    with fleet.registry.records.write() as kept:
        for number, (target, source, digest, state, who, reason, minutes) in enumerate(steps):
            at = ago(minutes=minutes)
            decision = "decision-0001" if digest == bad else "decision-0002"
            kept.governance.save_promotion(
                Promotion(
                    f"promotion-{number}", PromotionKind.PROMOTION, "shop/checkout", digest, source, target,
                    state, reason, "REL-12", who, at, decision, concluded_at=at,
                )
            )  # fmt: skip
        kept.inventory.report(Host("node-17", "0.1.0", ago(seconds=20)), _containers(fleet))
        kept.inventory.report(Host("node-3", "0.1.0", ago(hours=3)), ())


def _containers(fleet: Fleet) -> list[RunningContainer]:
    rows: list[tuple[str, str, str, Mapping[str, str], bool]] = [
        ("checkout-7d9f8-x2k", "shop/checkout:2.3.9", str(fleet.digests["bad"]), {}, False),
        ("checkout-7d9f8-p9q", "shop/checkout:2.4.1", str(fleet.digests["good"]), {}, True),
        ("adhoc-shell", "shell:latest", "", {}, False),
    ]
    return [
        RunningContainer(
            host="node-17",
            engine="docker",
            id=Digest.of(name.encode()).hex,
            name=name,
            image_reference=f"{REGISTRY}/{image}" if digest else image,
            image_id=str(Digest.of(image.encode())),
            manifest_digests=(f"{REGISTRY}/{image.partition(':')[0]}@{digest}",) if digest else (),
            started_at="2026-03-01T12:20:00Z",
            labels=labels,
            privileged=privileged,
            user="",
        )
        for name, image, digest, labels, privileged in rows
    ]
