from lading.adapters.change_stamps_memory import MemoryStamps
from lading.server.distribution.content_cache import FRESH_SECONDS, ContentCache

NOW = 1_800_000_000.0


def _cache(max_bytes: int = 1 << 20) -> tuple[ContentCache[str], MemoryStamps]:
    stamps = MemoryStamps()
    return ContentCache(stamps, max_bytes=max_bytes), stamps


def _put(cache: ContentCache[str], repository: str, name: str, value: str, size: int = 10) -> None:
    cache.put(repository, name, value, stamp=cache.stamp(repository), now=NOW, size=size)


def test_what_was_kept_is_given_until_its_repository_changes() -> None:
    cache, stamps = _cache()
    _put(cache, "a", "v1", "first")
    _put(cache, "b", "v1", "other")
    assert cache.get("a", "v1", NOW) == "first"
    stamps.changed("a")
    assert cache.get("a", "v1", NOW) is None
    assert cache.get("b", "v1", NOW) == "other"


def test_what_was_read_before_a_change_is_not_good_after_it() -> None:
    """The reader is slow: the change comes between reading the records and keeping what they said."""
    cache, stamps = _cache()
    stamp = cache.stamp("a")
    stamps.changed("a")
    cache.put("a", "v1", "old", stamp=stamp, now=NOW, size=3)
    assert cache.get("a", "v1", NOW) is None


def test_nothing_is_believed_for_long() -> None:
    cache, _ = _cache()
    _put(cache, "a", "v1", "first")
    assert cache.get("a", "v1", NOW + FRESH_SECONDS - 0.1) == "first"
    assert cache.get("a", "v1", NOW + FRESH_SECONDS) is None


def test_the_least_recently_used_goes_first() -> None:
    cache, _ = _cache(max_bytes=8000)
    for name in "abcd":
        _put(cache, "r", name, name, size=1300)
    assert cache.get("r", "a", NOW) == "a"
    _put(cache, "r", "e", "e", size=1300)
    assert [name for name in "abcde" if cache.get("r", name, NOW)] == ["a", "c", "d", "e"]


def test_one_giant_does_not_push_out_the_rest() -> None:
    cache, _ = _cache(max_bytes=8000)
    _put(cache, "r", "small", "small")
    _put(cache, "r", "giant", "giant", size=5000)
    assert cache.get("r", "small", NOW) == "small"
    assert cache.get("r", "giant", NOW) is None


def test_putting_again_takes_the_place_of_the_old() -> None:
    cache, _ = _cache(max_bytes=8000)
    for number in range(50):
        _put(cache, "r", "same", str(number), size=1000)
        _put(cache, "r", "other", "other", size=1000)
    assert cache.get("r", "same", NOW) == "49"
    assert cache.get("r", "other", NOW) == "other"
