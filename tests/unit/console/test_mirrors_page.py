"""The page of mirrors: what each brings, how its last run went, what is held."""

from dataclasses import replace
from datetime import timedelta

from lading.oci.digest import Digest
from lading.ports.jobs import JobState
from lading.ports.records.mirrors import MirrorRun
from lading.registry.mirrors import MirrorRule, MirrorTag, TagState
from lading.registry.tag_pattern import TagPattern
from tests.support.console import Browser, build_console, form_token_in
from tests.support.registry import NOON

RULE = MirrorRule(
    "debian", "hub", ("library/debian",), "base", TagPattern.parse("12*"), ">=1", 5, timedelta(hours=72),
    False, ("release",), 24, NOON, "",
)  # fmt: skip
HELD = MirrorTag(
    "debian", "library/debian", "12", Digest.of(b"new"), NOON, TagState.HELD, "it is <b>other</b>", NOON,
    taken=Digest.of(b"old"), taken_at=NOON,
)  # fmt: skip


def test_rules_runs_and_held_changes_are_shown_and_a_run_is_asked_for() -> None:
    console = build_console()
    console.add_person("ann", admin=True)
    browser = Browser(console)
    browser.sign_in("ann")
    assert "lading mirror set" in browser.get("/registry/mirrors").text
    with console.records.write() as kept:
        kept.mirrors.save_mirror(RULE)
        kept.mirrors.save_run("debian", MirrorRun(NOON, NOON, 2, 1, "", ("a:1: <i>failed</i>",)))
        kept.mirrors.save_tag(HELD)
        kept.mirrors.save_tag(replace(HELD, tag="13", state=TagState.WAITING, taken=None, why="until"))
    page = browser.get("/registry/mirrors")
    for shown in (
        "the newest 5",
        "signed by release",
        "72 h old since we saw it",
        "accept or refuse",
        "Held",
    ):
        assert shown in page.text
    assert "<b>other" not in page.text
    assert "<i>failed" not in page.text
    only = browser.get("/registry/mirrors?mirror=debian&state=held").text
    assert "library/debian:12" in only
    assert "library/debian:13" not in only
    assert browser.get("/registry/mirrors?mirror=none&state=nonsense").status_code == 200
    form = {"form_token": form_token_in(page)}
    assert browser.post("/registry/mirrors/debian/run", form).status_code == 303
    assert len(console.services.jobs.reports((JobState.QUEUED, JobState.DONE), limit=9)) == 1


def test_who_is_no_administrator_does_not_see_it() -> None:
    console = build_console()
    console.add_person("guest")
    browser = Browser(console)
    browser.sign_in("guest")
    assert browser.get("/registry/mirrors").status_code == 403
