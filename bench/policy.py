"""How long deciding takes: rights, rules, decisions that stand, replay: `make bench-policy`.

There is no peer that asks the same questions; what stands beside our figures are the goals.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

from bench.results import Row, publish
from lading.access.bindings import Bindings, Resource, RoleBinding, Subject, SubjectKind
from lading.access.decisions import decide
from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import ROLES, Verb
from lading.adapters.replay_processes import ReplayInProcesses
from lading.adapters.shipped_policy import profile_text
from lading.adapters.sql.engine import open_sqlite
from lading.advisories.advisory import Severity
from lading.oci.digest import Digest
from lading.policy.decision import Outcome
from lading.policy.decision_cache import DecisionCache
from lading.policy.evaluation import Case, evaluate
from lading.policy.evidence import Evidence, FindingFact, Gate, PackageFact
from lading.policy.evidence import Subject as Judged
from lading.policy.evidence_facts import encode, write
from lading.policy.example import EXAMPLE, EXAMPLE_NOW
from lading.policy.policy_file import parse_policy
from lading.policy.replay import Recorded, ReplayTally
from lading.ports.records.people import RoleBinding as StoredBinding
from lading.ports.replaying import Question
from lading.workflows.bindings_in_force import BindingsInForce
from lading.workflows.rights import load_bindings

RUNS = 15
FINDINGS = 1_000
REPLAYED = 100_000
PART = 200  # pieces of evidence that are handed over at once, as the server does
DISTINCT = 5_000  # pieces of evidence behind the decisions that are replayed


def main() -> None:
    """Measure and publish."""
    publish("policy", [*rights(), *rights_of_a_request(), *rules(), *standing(), *replayed()])


def row(work: str, unit: str, ours: float, goal: str, runs: int = RUNS) -> Row:
    """A figure without a peer."""
    return Row(work, unit, ours, None, "none asks this", None, goal, runs)


def each(do: Callable[[], object], times: int) -> float:
    """Seconds that doing it once takes, the median of runs of ``times``."""
    found = []
    for _ in range(RUNS):
        began = time.perf_counter()
        for _ in range(times):
            do()
        found.append((time.perf_counter() - began) / times)
    return median(found)


def rights() -> Iterator[Row]:
    """May ann push there? Among 2,000 bindings, five of which are hers or her groups'."""
    patterns = [RepositoryPattern.parse(f"team-{number}/**") for number in range(2_000)]
    bindings = [
        RoleBinding(
            Subject(SubjectKind.GROUP, f"team-{number}"), ROLES["publisher"], pattern, role="publisher"
        )
        for number, pattern in enumerate(patterns)
    ]
    groups = ("team-7", "team-70", "team-700", "team-1400", "team-1999")
    ann = Principal(PrincipalKind.PERSON, "ann", groups=groups)
    arranged = Bindings.of(bindings)
    allowed, denied = Resource("team-1999/app"), Resource("team-3/app")
    assert decide(ann, Verb.PUSH, allowed, arranged).allowed
    assert not decide(ann, Verb.PUSH, denied, arranged).allowed
    for name, resource in (("allowed", allowed), ("denied", denied)):
        spent = each(partial(decide, ann, Verb.PUSH, resource, arranged), 2_000)
        yield row(f"authorization decision, {name}", "µs", spent * 1e6, "20 µs")


def rights_of_a_request() -> Iterator[Row]:
    """The same, with what each request does before: see whether the bindings in the records have changed."""
    with tempfile.TemporaryDirectory() as folder:
        records = open_sqlite(Path(folder) / "records.db")
        with records.write() as kept:
            for number in range(2_000):
                kept.people.bind(StoredBinding(f"group:team-{number}", "publisher", f"team-{number}/**"))
        in_force, ann = BindingsInForce(records), Principal(PrincipalKind.PERSON, "ann", groups=("team-7",))

        def asked() -> None:
            assert decide(ann, Verb.PUSH, Resource("team-7/app"), in_force()).allowed

        yield row("authorization with a look into the records", "µs", each(asked, 100) * 1e6, "none set")
        spent = each(partial(load_bindings, records), 1)
        yield row("reading 2,000 bindings anew after a change", "ms", spent * 1e3, "none set")
        records.close()


def rules() -> Iterator[Row]:
    """Every shipped rule on an image with a thousand findings, and on the spec that wants to run it."""
    policy = parse_policy(profile_text("regulated"), "regulated")
    for name, evidence in (("a third of them denied", image()), ("none denied", image(Severity.LOW))):
        spent = each(partial(evaluate, policy, evidence, now=EXAMPLE_NOW), 1)
        asked = len(evaluate(policy, evidence, now=EXAMPLE_NOW).results)
        work = f"{len(policy.rules)} rules ({asked} asked), {FINDINGS} findings, {name}"
        yield row(work, "ms", spent * 1e3, "5 ms")


def standing() -> Iterator[Row]:
    """A decision on evidence that did not change, from memory."""
    policy, evidence = parse_policy(profile_text("regulated"), "regulated"), image()
    cache: DecisionCache[object] = DecisionCache()
    none = Digest.of(b"")
    key = (policy.digest, Digest.of(encode(evidence)), none)
    cache.keep(key, evaluate(policy, evidence, now=EXAMPLE_NOW))
    yield row("a decision that stands", "µs", each(lambda: cache.get(key), 2_000) * 1e6, "50 µs")
    spent = each(lambda: write(evidence).digest, 1)
    yield row(f"naming evidence with {FINDINGS} findings by its digest", "ms", spent * 1e3, "")
    case = Case(policy, write(evidence))
    spent = each(lambda: case.effects(EXAMPLE_NOW), 20)
    yield row("the same evidence asked again at another moment, without words", "µs", spent * 1e6, "")


def replayed() -> Iterator[Row]:
    """Recorded decisions asked again, from the evidence as it is stored, on every core."""
    stored = [
        encode(
            replace(
                image(findings=number % 40),
                image=replace(EXAMPLE.image, digest=f"sha256:{number:064x}", root=number % 7 == 0),
                environment=("dev", "test", "prod")[number % 3],
            )
        )
        for number in range(DISTINCT)
    ]
    recorded: list[list[Recorded]] = [[] for _ in stored]
    for number in range(REPLAYED):
        at = EXAMPLE_NOW - timedelta(seconds=number * 20)
        recorded[number % DISTINCT].append(Recorded(str(number), "shop/app", Outcome.ALLOW, at))
    everything = list(zip(stored, recorded, strict=True))
    parts = [everything[start : start + PART] for start in range(0, DISTINCT, PART)]
    began = time.perf_counter()
    tally = ReplayTally()
    for found in ReplayInProcesses().tallies(Question(profile_text("enterprise")), parts):
        tally.merge(found)
    assert tally.asked == REPLAYED
    yield row(f"replay of {REPLAYED:,} decisions", "s", time.perf_counter() - began, "60 s", runs=1)


def image(severity: Severity | None = None, findings: int = FINDINGS) -> Evidence:
    """Evidence of a large image, at the gate that asks most."""
    severities = list(Severity)
    found = tuple(
        FindingFact(
            f"CVE-2025-{number}",
            severity or severities[number % len(severities)],
            f"package-{number % 200}",
            "1.0-1",
            "deb",
            fix="1.0-2" if number % 2 else "",
        )
        for number in range(findings)
    )
    packages = tuple(PackageFact("deb", f"package-{number}", "1.0-1") for number in range(300))
    return replace(
        EXAMPLE, gate=Gate.PROMOTE, findings=found, packages=packages, about=(Judged.IMAGE, Judged.WORKLOAD)
    )


if __name__ == "__main__":
    main()
