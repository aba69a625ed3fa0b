import io
import json
from typing import Any

import pytest

from lading.advisories.advisory import Advisory, AffectedRange
from lading.advisories.feed import Decoded, FeedDocument
from lading.advisories.formats.alpine_secdb import ALPINE_SECDB
from lading.foundation.errors import Malformed


def database(secfixes: Any, release: str | None = "v3.19", name: str = "openssl") -> dict[str, Any]:
    made: dict[str, Any] = {"reponame": "main", "packages": [{"pkg": {"name": name, "secfixes": secfixes}}]}
    return made if release is None else {**made, "distroversion": release}


def decode(*databases: Any, feed: str = "alpine-secdb") -> list[Decoded]:
    documents = [
        FeedDocument(f"{at}.json", io.BytesIO(json.dumps(one).encode())) for at, one in enumerate(databases)
    ]
    return list(ALPINE_SECDB.decode(feed, documents))


def advisories(*databases: Any, feed: str = "alpine-secdb") -> list[Advisory]:
    return [one for one in decode(*databases, feed=feed) if isinstance(one, Advisory)]


def test_a_flaw_of_a_package_is_one_advisory_over_all_releases() -> None:
    fixes = {"3.1.4-r3": ["CVE-2024-0727"]}
    (found,) = advisories(database(fixes), database(fixes, "edge"))
    assert (found.id, found.aliases) == ("CVE-2024-0727/openssl", ("CVE-2024-0727",))
    assert [one.distro for one in found.affected] == ["alpine-3.19", "alpine-edge"]
    assert found.affected[0].ranges == (AffectedRange(fixed="3.1.4-r3"),)


def test_the_version_0_is_the_word_that_it_never_was_affected() -> None:
    (found,) = advisories(database({"0": ["CVE-2023-44487"]}))
    assert (found.affected[0].not_affected, found.affected[0].ranges) == (True, ())


def test_names_of_one_flaw_are_aliases_and_two_cves_are_two_flaws() -> None:
    fixes = {"1-r0": ["CVE-2022-42309 XSA-414", "CVE-2020-0001 CVE-2020-0002", "XSA-1 (+)", "?"]}
    assert [one.aliases for one in advisories(database(fixes))] == [
        ("CVE-2022-42309", "XSA-414"),
        ("CVE-2020-0001",),
        ("CVE-2020-0002",),
        ("XSA-1",),
    ]


def test_a_rolling_distribution_is_named_by_the_feed() -> None:
    (found,) = advisories(database({"1-r0": ["CVE-2020-0001"]}, None), feed="alpine-secdb/wolfi")
    assert (found.affected[0].namespace, found.affected[0].distro) == ("wolfi", "wolfi")


@pytest.mark.parametrize("broken", [database({}, None), database({}, "3.19"), {"distroversion": "v3.19"}, {}])
def test_a_database_that_does_not_say_what_it_is_of_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        decode(broken)


def test_a_package_of_another_shape_is_refused_by_itself() -> None:
    good = database({"1-r0": ["CVE-2020-0001"], "2-r0": None})
    good["packages"].append({"pkg": {"name": 1}})
    assert [type(one).__name__ for one in decode(good)] == ["RefusedRecord", "Advisory"]
