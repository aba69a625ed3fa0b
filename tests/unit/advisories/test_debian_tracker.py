import io
import json
from typing import Any

import pytest

from lading.advisories.advisory import Advisory, AffectedRange, Severity
from lading.advisories.feed import Decoded, FeedDocument, RefusedRecord
from lading.advisories.formats.debian_tracker import DEBIAN_TRACKER
from lading.foundation.errors import Malformed


def decode(tracker: dict[str, Any] | bytes) -> list[Decoded]:
    content = tracker if isinstance(tracker, bytes) else json.dumps(tracker).encode()
    return list(DEBIAN_TRACKER.decode("debian-tracker", [FeedDocument("json", io.BytesIO(content))]))


def state(**release: Any) -> dict[str, Any]:
    return {"bash": {"CVE-2014-6271": {"description": "A flaw. More.", "releases": {"bookworm": release}}}}


def affected(**release: Any) -> Any:
    (advisory,) = decode(state(**release))
    assert isinstance(advisory, Advisory)
    return advisory.affected[0]


def test_an_entry_is_one_advisory_of_a_package_and_a_flaw() -> None:
    (advisory,) = decode(state(status="resolved", fixed_version="4.3-9.1", urgency="high"))
    assert isinstance(advisory, Advisory)
    assert (advisory.id, advisory.aliases) == ("CVE-2014-6271/bash", ("CVE-2014-6271",))
    assert advisory.summary == "A flaw."
    (one,) = advisory.affected
    assert (one.type, one.name, one.distro, one.scheme) == ("deb", "bash", "debian-12", "dpkg")
    assert (one.ranges, one.severity) == ((AffectedRange(fixed="4.3-9.1"),), Severity.HIGH)


def test_the_fixed_version_0_is_the_word_that_it_never_was_affected() -> None:
    one = affected(status="resolved", fixed_version="0", urgency="unimportant")
    assert (one.not_affected, one.ranges) == (True, ())


def test_an_open_entry_has_no_end() -> None:
    one = affected(status="open", urgency="not yet assigned")
    assert (one.ranges, one.not_affected, one.severity) == ((AffectedRange(),), False, Severity.UNKNOWN)


@pytest.mark.parametrize(
    ("release", "status"),
    [
        ({"status": "open", "nodsa": "Minor issue", "nodsa_reason": ""}, "no-dsa"),
        ({"status": "open", "nodsa": "Minor issue", "nodsa_reason": "postponed"}, "postponed"),
        ({"status": "open", "nodsa": "", "nodsa_reason": "ignored"}, "ignored"),
        ({"status": "open", "urgency": "end-of-life"}, "end-of-life"),
        ({"status": "open", "urgency": "unimportant"}, "unimportant"),
        ({"status": "undetermined", "urgency": "low"}, "undetermined"),
        ({"status": "resolved", "fixed_version": "1"}, ""),
    ],
)
def test_the_tracker_s_word_is_kept(release: dict[str, Any], status: str) -> None:
    assert affected(**release).vendor_status == status


def test_releases_that_nobody_knows_are_passed_over() -> None:
    tracker = {"x": {"CVE-2020-1": {"releases": {"potato": {"status": "open"}, "sid": {"status": "open"}}}}}
    (advisory,) = decode(tracker)
    assert isinstance(advisory, Advisory)
    assert [one.distro for one in advisory.affected] == ["debian"]


def test_an_entry_of_another_shape_is_refused_by_itself() -> None:
    tracker = {
        "a": [],
        "b": {"CVE-1": {"releases": {"sid": {"status": "maybe"}}}},
        "c": {"CVE-2": {"releases": {}}},
    }
    kinds = [type(one).__name__ for one in decode(tracker)]
    assert kinds == ["RefusedRecord", "RefusedRecord", "Advisory"]


def test_a_tracker_cut_off_is_refused_as_a_whole() -> None:
    content = json.dumps(state(status="open")).encode()
    with pytest.raises(Malformed):
        decode(content[:-1])


def test_an_entry_that_repeats_a_key_is_refused_as_a_whole() -> None:
    with pytest.raises(Malformed):
        decode(b'{"a":{"CVE-1":{"releases":{},"releases":{}}}}')


def test_refusals_say_where() -> None:
    (refused,) = decode({"bash": {"CVE-1": []}})
    assert isinstance(refused, RefusedRecord)
    assert refused.where == "bash: CVE-1"
