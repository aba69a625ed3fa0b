"""Deployments that are half done."""

from lading.inventory.deployments import Started, Wholeness, deployments
from lading.oci.digest import Digest

OLD, NEW, INDEX, PLATFORM = (Digest.of(name.encode()) for name in ("old", "new", "index", "platform"))


def started(digest: Digest, name: str, tag: str = "1") -> Started:
    return Started("app", tag, digest, "h1", name)


def wholeness(now: Digest | None, *running: Digest) -> Wholeness:
    members = [started(digest, f"c{at}") for at, digest in enumerate(running)]
    listed = {PLATFORM: INDEX}
    (found,) = deployments(members, lambda *_: now, lambda _, digest: listed.get(digest, digest))
    return found.wholeness


def test_all_on_what_the_tag_says_is_whole() -> None:
    assert wholeness(NEW, NEW, NEW) is Wholeness.WHOLE
    assert wholeness(INDEX, PLATFORM, INDEX) is Wholeness.WHOLE
    assert wholeness(PLATFORM, PLATFORM) is Wholeness.WHOLE


def test_some_on_another_digest_is_mixed() -> None:
    assert wholeness(NEW, NEW, OLD) is Wholeness.MIXED
    assert wholeness(INDEX, PLATFORM, OLD) is Wholeness.MIXED


def test_none_on_what_the_tag_says_is_behind() -> None:
    assert wholeness(NEW, OLD) is Wholeness.BEHIND
    assert wholeness(None, OLD) is Wholeness.BEHIND


def test_tags_are_apart_and_the_most_used_digest_comes_first() -> None:
    members = [started(NEW, "a"), started(OLD, "b"), started(OLD, "c"), started(OLD, "d", tag="2")]
    found = deployments(members, lambda _, tag: NEW if tag == "1" else OLD, lambda _, digest: digest)
    assert [(one.tag, one.wholeness) for one in found] == [("1", Wholeness.MIXED), ("2", Wholeness.WHOLE)]
    assert [(digest, len(those)) for digest, those in found[0].running] == [(OLD, 2), (NEW, 1)]
