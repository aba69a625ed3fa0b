"""Which repositories stand for an upstream's, when it is asked, and what it says of how often."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.foundation.errors import Forbidden, Malformed
from lading.registry.freshness import HOUR, Step, plan_pull
from lading.registry.rate_limits import LONGEST, Quota, parse_retry_after, quota_in
from lading.registry.upstreams import (
    Cache,
    Caches,
    UpstreamRegistry,
    UpstreamStanding,
    check_upstream_url,
    first_overlap,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HUB = UpstreamRegistry("hub", "https://hub.example", "", "", 10 * MINUTE, 8, NOON, "")


def cache(prefix: str, remote_prefix: str = "", namespace: str = "") -> Cache:
    return Cache(prefix, "hub", remote_prefix, namespace, NOON, "")


def test_a_repository_belongs_to_the_cache_that_it_lies_below() -> None:
    caches = Caches((cache("hub"), cache("quay/team", "org")))
    assert caches.of("hub") is None
    assert caches.of("hubble/a") is None
    found = caches.of("quay/team/app")
    assert found is not None
    assert found.repository_there("quay/team/app") == "org/app"
    with pytest.raises(Forbidden, match="cache of the upstream hub"):
        caches.refuse_writing("hub/library/debian")
    caches.refuse_writing("quay/app")


def test_what_containerd_asks_a_mirror_for_is_found_in_the_cache_of_its_namespace() -> None:
    caches = Caches((cache("hub", "library", "docker.io"), cache("quay", "", "quay.io")))
    assert caches.for_namespace("library/debian", "docker.io") == "hub/debian"
    assert caches.for_namespace("other/debian", "docker.io") == "other/debian"
    assert caches.for_namespace("org/app", "QUAY.IO") == "quay/org/app"
    assert caches.for_namespace("org/app", "ghcr.io") == "org/app"


def test_caches_do_not_lie_within_one_another() -> None:
    assert first_overlap((cache("a/b"),), "a") is not None
    assert first_overlap((cache("a"),), "a/b") is not None
    assert first_overlap((cache("a"),), "ab") is None
    assert first_overlap((cache("a"),), "a") is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hub.example", "https://", "https://user:secret@hub.example", "https://hub.example/v2",
        "https://hub.example:99999", "hub.example", "https://hub.example?x=1", "https://hub .example",
        "https://hub.example#x", "https://hub.example:0x50", "https://hub\n.example", "https://[::1",
    ],
)  # fmt: skip
def test_an_upstream_is_a_host_and_nothing_more(url: str) -> None:
    with pytest.raises(Malformed):
        check_upstream_url(url)


def test_an_upstreams_address_is_kept_in_one_form() -> None:
    assert check_upstream_url("https://Hub.example:5000/") == "https://hub.example:5000"
    assert check_upstream_url("http://[::1]:5000") == "http://[::1]:5000"


def plan(
    standing: UpstreamStanding, *, held: bool = True, by_digest: bool = False, age: timedelta = HOUR
) -> Step:
    return plan_pull(
        HUB, standing, NOON, is_held=held, by_digest=by_digest, checked_at=NOON - age if held else None
    ).step


def test_digests_are_never_asked_for_again_and_tags_when_they_are_old() -> None:
    never = UpstreamStanding()
    assert plan(never, by_digest=True) is Step.SERVE
    assert plan(never, age=9 * MINUTE) is Step.SERVE
    assert plan(never, age=10 * MINUTE) is Step.ASK
    assert plan(never, age=-MINUTE) is Step.ASK  # a clock that went back proves nothing
    assert plan(never, held=False) is Step.FETCH
    assert plan(never, held=False, by_digest=True) is Step.FETCH


def test_an_upstream_that_wants_quiet_gets_it() -> None:
    held = UpstreamStanding(held_until=NOON + MINUTE, failure="it answered 429")
    assert plan(held) is Step.SERVE_STALE
    assert plan(held, held=False) is Step.REFUSE
    assert plan(held, by_digest=True) is Step.SERVE
    spared = UpstreamStanding(spared_until=NOON + MINUTE)
    assert plan(spared) is Step.SERVE_STALE
    assert plan(spared, held=False) is Step.FETCH
    assert plan(replace(held, held_until=NOON)) is Step.ASK


def test_the_last_quarter_of_the_budget_is_for_what_is_missing() -> None:
    def spent(count: int) -> UpstreamStanding:
        return UpstreamStanding(window_at=NOON - MINUTE, spent=count)

    assert plan(spent(5)) is Step.ASK
    assert plan(spent(6)) is Step.SERVE_STALE
    assert plan(spent(7), held=False) is Step.FETCH
    assert plan(spent(8), held=False) is Step.REFUSE
    assert plan(replace(spent(8), window_at=NOON - HOUR), held=False) is Step.FETCH


def test_retry_after_is_seconds_or_a_moment_and_never_longer_than_a_day() -> None:
    assert parse_retry_after("120", NOON) == NOON + 2 * MINUTE
    assert parse_retry_after("Sun, 01 Mar 2026 12:05:00 GMT", NOON) == NOON + 5 * MINUTE
    assert parse_retry_after("99999999999", NOON) == NOON + LONGEST
    for text in ("", "-1", "0", "soon", "1.5", "Sun, 01 Mar 2026 11:00:00 GMT", "9" * 500, "²"):
        assert parse_retry_after(text, NOON) is None


@pytest.mark.parametrize(
    ("headers", "quota"),
    [
        ({"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "76;w=21600"}, Quota()),
        ({"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "9;w=21600"},
         Quota(spared_until=NOON + 15 * MINUTE)),
        ({"ratelimit-limit": "100", "ratelimit-remaining": "0", "ratelimit-reset": "60"},
         Quota(held_until=NOON + MINUTE)),
        ({"ratelimit": "limit=100, remaining=5, reset=30"}, Quota(spared_until=NOON + MINUTE / 2)),
        ({"ratelimit": '"default";r=0;t=30'}, Quota(held_until=NOON + MINUTE / 2)),
        ({"ratelimit": '"default";r=50;t=30', "ratelimit-policy": '"default";q=100;w=60'}, Quota()),
        ({"x-ratelimit-limit": "10", "x-ratelimit-remaining": "0"}, Quota(held_until=NOON + 15 * MINUTE)),
        ({"ratelimit-remaining": "many"}, Quota()),
        ({}, Quota()),
    ],
)  # fmt: skip
def test_three_spellings_of_a_rate_limit_are_read(headers: dict[str, str], quota: Quota) -> None:
    assert quota_in(headers, NOON) == quota


@given(st.text(max_size=200), st.text(max_size=60))
def test_no_header_makes_reading_it_fail_or_holds_us_back_for_longer_than_a_day(
    text: str, other: str
) -> None:
    found = quota_in({"ratelimit": text, "ratelimit-remaining": other, "ratelimit-reset": text}, NOON)
    for moment in (found.held_until, found.spared_until, parse_retry_after(text, NOON)):
        assert moment is None or NOON < moment <= NOON + LONGEST
