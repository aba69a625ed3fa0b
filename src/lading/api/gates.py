"""Gates, policies, waivers, environments and promotions."""

from pydantic import Field

from lading.api.message import Message


class GateRequest(Message):
    """May this image pass? ``environment`` is empty where none is entered."""

    reference: str
    gate: str = "ci"
    environment: str = ""
    policy: str = ""  # the text of a policy to try; empty asks the one in force


class FactLine(Message):
    """A piece of the evidence."""

    path: str
    value: str


class ViolationLine(Message):
    """One thing that a rule objects to."""

    message: str
    fix: str
    facts: list[FactLine]
    waived_by: str
    line: int = 0


class RuleLine(Message):
    """What one rule says, and what follows from it."""

    rule: str
    title: str
    why: str
    severity: str
    verdict: str
    effect: str
    violations: list[ViolationLine]
    standing: int
    waived: int
    reason: str


class PlatformLine(Message):
    """What the gate said of one platform that the environment runs."""

    platform: str
    outcome: str
    decision: str
    text: str = ""


class GateAnswer(Message):
    """A decision. ``text`` is the same at every gate.

    Where the environment says which platforms it runs, this is the strictest of theirs.
    """

    id: str
    outcome: str
    text: str
    gate: str
    environment: str
    repository: str
    digest: str
    policy: str
    policy_digest: str
    evidence_digest: str
    at: str
    valid_until: str
    rules: list[RuleLine]
    platforms: list[PlatformLine] = Field(default_factory=list)
    not_asked: list[str] = Field(default_factory=list)  # platforms that the environment does not run


class FileAnswer(Message):
    """What the policy says of a file, or of one part of it: a container, an object beside it."""

    file: str
    subject: str
    outcome: str
    text: str
    rules: list[RuleLine]


class FilesAnswer(Message):
    """What the policy says of files; ``outcome`` is the strictest of theirs."""

    outcome: str
    gate: str
    environment: str
    policy: str
    policy_digest: str
    files: list[FileAnswer]


class PolicyText(Message):
    """The policy in force, as it was written."""

    name: str
    digest: str
    rules: list[str]
    text: str
    number: int = 0  # of its activation; 0 for the shipped one
    set_at: str = ""
    set_by: str = ""
    signed_by: str = ""  # id of the key
    passed_over: list[str] = Field(default_factory=list)  # newer ones without a signature that counts


class PolicyCheck(Message):
    """A policy that was read, and its own examples that did not come out as written."""

    name: str
    digest: str
    rules: int
    examples: int
    failed: list[str]
    rule_ids: list[str] = Field(default_factory=list)


class WaiverAsk(Message):
    """An excuse to ask for. Rules or vulnerabilities, or both; ``expires`` is an RFC 3339 instant."""

    repositories: str
    rules: list[str] = Field(default_factory=list)
    vulnerabilities: list[str] = Field(default_factory=list)
    digest: str = ""
    environments: list[str] = Field(default_factory=list)
    only: list[str] = Field(default_factory=list)
    reason: str
    ticket: str
    risk: str = ""
    control: str = ""
    renews: str = ""
    expires: str


class WaiverLine(Message):
    """A waiver and where it stands now: requested, active, expired or revoked."""

    id: str
    state: str
    repositories: str
    rules: list[str]
    vulnerabilities: list[str]
    digest: str
    environments: list[str]
    reason: str
    ticket: str
    requester: str
    requested_at: str
    approver: str
    expires: str
    kind: str = ""
    only: list[str] = Field(default_factory=list)
    risk: str = ""
    control: str = ""
    renews: str = ""
    renewals: int = 0


class EnvironmentLine(Message):
    """Where images run, and from where they may come."""

    name: str
    after: list[str]
    needs_approval: bool
    description: str
    platforms: list[str] = Field(default_factory=list)


class PlatformsAsk(Message):
    """The platforms that an environment runs; none where it is not to say."""

    platforms: list[str] = Field(max_length=100)


class PointerLine(Message):
    """The digest that an environment has of a repository now."""

    environment: str
    repository: str
    digest: str
    moved_at: str
    moved_by: str


class PromotionAsk(Message):
    """An image to move into an environment."""

    reference: str
    target: str
    reason: str
    ticket: str = ""


class RollbackAsk(Message):
    """A repository to move back to what the environment had before."""

    repository: str
    target: str
    reason: str
    ticket: str = ""


class PromotionLine(Message):
    """A move of an environment's pointer: done, denied, waiting for a second person, or rejected."""

    id: str
    kind: str
    state: str
    repository: str
    digest: str
    source: str
    target: str
    reason: str
    ticket: str
    requester: str
    requested_at: str
    approver: str
    previous: str
    decision: str
    platforms: list[PlatformLine] = Field(default_factory=list)


class PromotionResult(Message):
    """A promotion and the decision of the gate that it passed or not."""

    promotion: PromotionLine
    decision: GateAnswer


class ContainerReport(Message):
    """One running container, as an agent saw it."""

    engine: str
    id: str
    name: str
    image_reference: str
    image_id: str
    manifest_digests: list[str]
    started_at: str
    labels: dict[str, str]
    privileged: bool
    user: str


class HostReport(Message):
    """Everything that runs on one host now."""

    agent: str
    containers: list[ContainerReport]


class ReportTaken(Message):
    """That the report was kept."""

    host: str
    containers: int


class RunningLine(Message):
    """A running container and how it stands: each flag with its reason."""

    host: str
    id: str
    name: str
    image_reference: str
    repository: str
    digest: str
    environment: str
    owner: str
    started_at: str
    first_seen_at: str
    flags: dict[str, str]


class DeployedDigest(Message):
    """One digest that runs under a tag; ``containers`` are host/name."""

    digest: str
    current: bool  # whether the tag points to it
    containers: list[str]


class DeploymentLine(Message):
    """A tag that runs in several digests (mixed), or in none that it points to now (behind).

    ``rollback`` is the digest that the tag pointed to before, empty where there was none; ``rollback_here``
    says whether it can still be pulled, ``rollback_tested`` why it is believed to work.
    """

    repository: str
    tag: str
    state: str
    now: str
    running: list[DeployedDigest]
    rollback: str
    rollback_here: bool
    rollback_tested: str
