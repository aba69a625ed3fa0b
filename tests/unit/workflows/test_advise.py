"""What to do first across the fleet."""

import json
from dataclasses import replace

import pytest

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import ANONYMOUS
from lading.advisories.exploit_score import ExploitScore
from lading.advisories.formats.osv import OSV
from lading.matching.action import Action, ActionKind
from lading.oci.digest import Digest
from lading.ports.records.advisories import FeedState
from lading.ports.records.record_set import Records
from lading.registry.caller import BoundRights, Caller
from lading.workflows.advise import advise
from lading.workflows.import_advisories import FeedArrival, import_advisories
from lading.workflows.match_packages import match_packages
from tests.support.analyses import pypi
from tests.support.fleet import keep_image, run_image
from tests.support.osv_records import affected, document, record
from tests.support.registry import NOON, ROOT, memory_records

CRITICAL = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]


def flaw(name: str, package: str, fixed: str = "2.0", **members: object) -> dict[str, object]:
    bounds = affected("PyPI", package, {"introduced": "0"}, *([{"fixed": fixed}] if fixed else []))
    return record(name, affected=[bounds], severity=CRITICAL, **members)


@pytest.fixture
def records() -> Records:
    made = memory_records()
    for number in range(3):
        keep_image(made, f"app-{number}", pypi("flask", "1.0"), repository=f"team/app-{number}", tag="v1")
    running = keep_image(
        made, "web", pypi("jinja2", "1.0"), pypi("attrs", "1.0"), repository="team/web", tag="v1"
    )
    run_image(made, running)
    feed = [flaw("CVE-2026-1", "flask"), flaw("CVE-2026-2", "jinja2"), flaw("CVE-2026-3", "attrs", fixed="")]
    documents = [document(each, f"{at}.json") for at, each in enumerate(feed)]
    import_advisories(made, ROOT, FeedArrival("osv/PyPI", OSV, documents, "sha256:1"), NOON)
    list(match_packages(made))
    return made


def known(records: Records, *flaws: str) -> None:
    sent = [record(name, database_specific={"known_exploited": True}) for name in flaws]
    documents = [document(each, f"{at}.json") for at, each in enumerate(sent)]
    import_advisories(
        records, ROOT, FeedArrival("osv/kev", OSV, documents, str(Digest.of(repr(sent).encode()))), NOON
    )


def subjects(records: Records) -> list[str]:
    return [action.subject for action in advise(records, ROOT).actions]


def test_what_removes_most_from_most_comes_first_and_says_so(records: Records) -> None:
    first, second = advise(records, ROOT).actions
    assert second.words == "Upgrade flask (pypi) to 2.0: it removes 1 critical findings from 3 images"
    assert first.words == "Upgrade jinja2 (pypi) to 2.0: it removes 1 critical findings from 1 image"
    assert first.reasons == ("1 running container",)
    assert first.question == "jinja2 < 2.0"


def test_what_is_used_in_attacks_comes_before_everything(records: Records) -> None:
    assert subjects(records)[0] == "jinja2 (pypi)"
    known(records, "CVE-2026-1")
    assert subjects(records)[0] == "flask (pypi)"
    state = FeedState("epss", NOON, NOON, "sha256:2", 0)
    with records.write() as kept:
        kept.advisories.replace_scores(state, [ExploitScore("CVE-2026-1", 0.97, 0.99)])
    advice = advise(records, ROOT)
    assert advice.actions[0].reasons == (
        "used in attacks: CVE-2026-1",
        "up to 97% likely to be attacked within 30 days",
    )
    assert [signal.made_at for signal in advice.signals] == ["", NOON.date().isoformat()]


def test_nobody_is_told_of_images_that_they_may_not_see(records: Records) -> None:
    assert advise(records, Caller(ANONYMOUS, BoundRights(NO_BINDINGS))).actions == ()


def test_an_update_of_a_base_says_what_it_removes_from_all_on_it() -> None:
    action = Action(
        kind=ActionKind.UPDATE_BASE,
        subject="base/debian:12",
        target="",
        critical=9,
        high=0,
        others=0,
        images=412,
        containers=0,
        teams=("pay",),
        exploited=(),
        likeliest=0.0,
        question="base:base/debian:12",
    )
    assert action.words == "Update the base base/debian:12: it removes 9 critical findings from 412 images"
    assert replace(action, containers=3).score > action.score
    assert json.dumps(action.reasons)
