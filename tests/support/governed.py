"""A registry with everything that gates ask for: contents, findings, signatures, owners, a policy."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric import ec

from lading.access.bindings import Bindings, RoleBinding, SubjectKind
from lading.access.bindings import Subject as BindingSubject
from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import ROLES, Verb
from lading.adapters.keys_file import FileSigner
from lading.adapters.replay_here import ReplayHere
from lading.adapters.shipped_policy import default_policy_text
from lading.advisories.advisory import Advisory, Severity
from lading.approvals.approval import ApprovalRules
from lading.cataloging.analysis import Distro, OsRelease, Secret
from lading.cataloging.image_contents import combine
from lading.lineage.inspection.facts import Coverage, Inspection
from lading.oci import media_types
from lading.oci.config import parse_config
from lading.oci.digest import Digest
from lading.oci.reference import Reference, parse_reference
from lading.packages.package import Package
from lading.policy.evidence import Gate
from lading.ports.records.advisories import FeedState
from lading.ports.records.contents import (
    AnalysisState,
    ImageAnalysis,
    ImageLayer,
    ImageRecord,
    SbomDocument,
)
from lading.ports.records.matches import Match, MatchStatus
from lading.ports.records.people import Ownership, Team
from lading.registry.caller import BoundRights, Caller
from lading.signing.claims import Subject
from lading.signing.keys import PublicKey
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.workflows.attach_claim import push_bytes
from lading.workflows.evidence_sources import Asked, EvidenceSources, RegistryNames
from lading.workflows.gate import GatePorts
from lading.workflows.local_claims import LocalClaims
from lading.workflows.policy_in_force import PolicyTerms
from lading.workflows.sign_image import SigningPorts, sign_image
from lading.workflows.verdicts_at_hand import VerdictsAtHand
from tests.support import analyses
from tests.support.registry import NOON, ROOT, DrivenRegistry
from tests.support.signers import p256

NAME = "registry.example"
KEY = p256("release")
SERVER = FileSigner("server", ec.generate_private_key(ec.SECP256R1()))
SHELLSHOCK = "CVE-2014-6271"
OLD_BASH = analyses.deb("bash", "4.2-2", distro="debian-12")
PRIVATE_KEY = Secret("private-key-rsa", "root/.ssh/id_rsa", 1, "-----BEGIN …")


def person(name: str, *roles: tuple[str, str], environment: str = "") -> Caller:
    """Somebody with roles on patterns: ``person("ann", ("maintainer", "shop/**"))``."""
    subject = BindingSubject(SubjectKind.PERSON, name)
    bindings = [
        RoleBinding(subject, ROLES[role], RepositoryPattern.parse(pattern), environment, role)
        for role, pattern in roles
    ]
    return Caller(Principal(PrincipalKind.PERSON, name), BoundRights(Bindings.of(bindings)))


def agent() -> Caller:
    """A machine that reports what runs."""
    subject = BindingSubject(SubjectKind.ROBOT, "agent")
    binding = RoleBinding(subject, frozenset({Verb.REPORT_RUNTIME}), RepositoryPattern.parse("**"))
    return Caller(Principal(PrincipalKind.ROBOT, "agent"), BoundRights(Bindings.of([binding])))


@dataclass
class GovernedRegistry:
    """The real workflows over records and blobs in memory."""

    registry: DrivenRegistry = field(default_factory=DrivenRegistry)
    approved_bases: tuple[RepositoryPattern, ...] = ()
    # Tests look far ahead; how long something waits is a test of its own.
    approvals: ApprovalRules = field(default_factory=lambda: ApprovalRules(deadline=timedelta(days=365)))
    shipped_policy: bytes = field(default_factory=default_policy_text)
    policy_keys: tuple[PublicKey, ...] = ()
    shipped_trust: TrustPolicy = field(
        default_factory=lambda: parse_trust_policy(write_trust_policy({KEY.name: KEY.public}))
    )
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @cached_property
    def ports(self) -> GatePorts:
        registry = self.registry
        return GatePorts(
            sources=EvidenceSources(
                records=registry.records,
                blobs=registry.blobs,
                verdicts=VerdictsAtHand(
                    registry.records,
                    LocalClaims(registry.records, registry.blobs),
                    self.shipped_trust,
                    registry.stamps,
                ),
                registries=RegistryNames(NAME, frozenset({"localhost:5000"}), frozenset({"other.example"})),
                approved_bases=self.approved_bases,
            ),
            policy=PolicyTerms(self.shipped_policy, self.policy_keys, SERVER),
            new_id=lambda: f"id-{next(self._ids)}",
            replaying=ReplayHere(),
            approvals=self.approvals,
        )

    def push(
        self,
        repository: str = "shop/app",
        *,
        name: str = "app",
        tags: tuple[str, ...] = ("1.0",),
        user: str = "10001",
        labels: dict[str, str] | None = None,
        architecture: str = "amd64",
    ) -> Digest:
        """Push an image of one layer; it is not analysed by that."""
        ports = self.registry.ports
        layer = push_bytes(ports, ROOT, repository, f"layer of {name}".encode(), NOON)
        document = {
            "os": "linux",
            "architecture": architecture,
            "created": "2026-02-28T00:00:00Z",
            "config": {"User": user, "Labels": labels or {}, "Entrypoint": ["/app"], "Cmd": ["serve"]},
            "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(f"diff of {name}".encode()))]},
        }
        config = push_bytes(ports, ROOT, repository, json.dumps(document).encode(), NOON)
        manifest = {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": {"mediaType": media_types.OCI_CONFIG, "digest": str(config), "size": 300},
            "layers": [{"mediaType": media_types.OCI_LAYER_TAR, "digest": str(layer), "size": 1_000}],
        }
        return self.registry.push_manifest(repository, json.dumps(manifest).encode(), tags=tags)

    def analyse(
        self,
        digest: Digest,
        *packages: Package,
        name: str = "app",
        secrets: Sequence[Secret] = (),
        state: AnalysisState = AnalysisState.DONE,
        matched: bool = True,
        distro: Distro = analyses.DEBIAN,
    ) -> None:
        """Write down what the analysis of the image found, and match what it holds."""
        held = packages or (analyses.deb("dash"),)
        layer = replace(
            analyses.layer(f"{name} {digest}", analyses.status(*held), secrets=secrets),
            diff_id=Digest.of(f"diff of {name}".encode()),
            releases=(OsRelease("etc/os-release", distro),),
            placed_on=distro.key,
        )
        with self.registry.records.write() as kept:
            stored = kept.registry.manifest_anywhere(digest)
            assert stored is not None
            config = Digest.parse(json.loads(stored.raw)["config"]["digest"])
            kept.contents.save_layer(layer, {}, blob=Digest.of(f"layer of {name}".encode()))
            kept.contents.save_image(self._record(digest, config, name))
            if state is AnalysisState.FAILED:
                kept.contents.fail_image(digest, analyser=analyses.ANALYSER, reason="bad gzip", at=NOON)
            if state is AnalysisState.DONE:
                kept.contents.finish_image(digest, combine([layer]), analyser=analyses.ANALYSER, at=NOON)
                kept.contents.save_inspection(digest, Inspection(coverage=Coverage(programs=4, known=3)))
            if matched:
                found = [shellshock(package) for package in held if package.name == "bash"]
                kept.matches.replace_matches(kept.contents.known(held), found)

    def _record(self, digest: Digest, config: Digest, name: str) -> ImageRecord:
        read = parse_config(b"".join(self.registry.blobs.read(config)))
        layer = ImageLayer(
            Digest.of(f"diff of {name}".encode()),
            Digest.of(f"layer of {name}".encode()),
            media_types.OCI_LAYER_TAR,
            1_000,
        )
        return ImageRecord(
            digest,
            config,
            read.platform,
            read.user,
            read.created,
            read.labels,
            (layer,),
            ImageAnalysis(AnalysisState.PENDING, "", NOON),
        )

    def import_feed(self, at: datetime = NOON) -> None:
        """Import the one advisory that there is."""
        advisory = Advisory(
            feed="debian-tracker",
            id=SHELLSHOCK,
            aliases=("DSA-3032",),
            summary="bash runs what it should not",
            severity=Severity.CRITICAL,
            cvss="",
            published="2014-09-24T00:00:00Z",
            modified="",
            withdrawn=False,
            affected=(),
            known_exploited=True,
        )
        with self.registry.records.write() as kept:
            kept.advisories.replace_feed(FeedState("debian-tracker", at, None, "", 0), [advisory])

    def sign(self, digest: Digest, repository: str = "shop/app") -> None:
        """Sign with the key that the trust policy names."""
        assert isinstance(KEY.private, ec.EllipticCurvePrivateKey)
        ports = SigningPorts(self.registry.ports, FileSigner(KEY.name, KEY.private), NAME)
        sign_image(ports, ROOT, Subject(repository, digest), NOON)

    def add_sbom(self, digest: Digest) -> None:
        """Note that a bill of materials was made."""
        document = SbomDocument(digest, "cyclonedx-1.6", Digest.of(b"sbom"), Digest.of(b"referrer"), NOON)
        with self.registry.records.write() as kept:
            kept.contents.save_sbom(document)

    def own(self, pattern: str = "shop/**", team: str = "shop") -> None:
        """Give repositories to a team."""
        with self.registry.records.write() as kept:
            kept.people.save_team(Team(team, "#shop"))
            kept.people.own(Ownership(pattern, team))

    def good_image(
        self, repository: str = "shop/app", *, name: str = "app", tags: tuple[str, ...] = ("1.0",)
    ) -> Digest:
        """Push an image that may go everywhere."""
        digest = self.push(repository, name=name, tags=tags)
        self.import_feed()
        self.analyse(digest, name=name)
        self.sign(digest, repository)
        self.add_sbom(digest)
        self.own(f"{repository.partition('/')[0]}/**")
        return digest

    def bad_image(self, repository: str = "lab/bad", *, tags: tuple[str, ...] = ("1.0",)) -> Digest:
        """Push an image with an old bash, a deleted key, and root; nobody signed it, nobody owns it."""
        digest = self.push(repository, name="bad", tags=tags, user="")
        self.import_feed()
        self.analyse(digest, OLD_BASH, name="bad", secrets=[PRIVATE_KEY])
        return digest


def shellshock(package: Package) -> Match:
    """The finding of an old bash."""
    return Match(
        package=package,
        flaw=SHELLSHOCK,
        feed="debian-tracker",
        advisory_id=SHELLSHOCK,
        status=MatchStatus.AFFECTED,
        severity=Severity.CRITICAL,
        fixed_in="4.2+dfsg-0.1+deb7u3",
        reason={"rule": "before-fix", "says": ""},
    )


def ask(text: str, *, environment: str = "prod", gate: Gate = Gate.PROMOTE) -> Asked:
    """A question about an image by its name; without a host it is meant to be here."""
    return Asked(gate, environment, parse_reference(text, default_registry=NAME))


def reference(text: str) -> Reference:
    """A name in this registry."""
    return parse_reference(text, default_registry=NAME)
