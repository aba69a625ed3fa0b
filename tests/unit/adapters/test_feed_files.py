import gzip
import hashlib
import io
import json
import struct
import zipfile
from pathlib import Path

import pytest

from lading.adapters.feed_files import open_feed_file
from lading.advisories.advisory import Advisory
from lading.advisories.formats.osv import OSV
from lading.foundation.errors import LadingError, Malformed, OverLimit

ONE = json.dumps({"id": "A-1", "modified": "2024-01-01T00:00:00Z"}).encode()
TWO = json.dumps({"id": "A-2", "modified": "2024-01-01T00:00:00Z", "details": "x" * 5000}).encode()


def archive(*members: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as target:
        for name, content in members:
            target.writestr(name, content)
    return made.getvalue()


def ids(tmp_path: Path, content: bytes, **limits: int) -> list[str]:
    path = tmp_path / "feed"
    path.write_bytes(content)
    with open_feed_file(path, **limits) as feed:
        return [one.id for one in OSV.decode("osv/x", feed.documents) if isinstance(one, Advisory)]


def refusal(tmp_path: Path, content: bytes, **limits: int) -> LadingError:
    with pytest.raises(LadingError) as caught:
        ids(tmp_path, content, **limits)
    return caught.value


GOOD = archive(("a/A-1.json", ONE), ("README.txt", b"no record"), ("A-2.json", TWO))


def test_an_archive_gives_its_records(tmp_path: Path) -> None:
    assert ids(tmp_path, GOOD) == ["A-1", "A-2"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_one_document_may_be_compressed(tmp_path: Path, pack: type[bytes]) -> None:
    assert ids(tmp_path, pack(TWO)) == ["A-2"]


def test_the_digest_is_of_the_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "feed.zip"
    path.write_bytes(GOOD)
    with open_feed_file(path) as feed:
        assert feed.digest == f"sha256:{hashlib.sha256(GOOD).hexdigest()}"


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    for length in (0, 1, 3, 30, 100, len(GOOD) // 2, len(GOOD) - 30, len(GOOD) - 1):
        assert isinstance(refusal(tmp_path, GOOD[:length]), Malformed), length


def test_a_compressed_document_cut_off_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(TWO)
    for length in (5, 20, len(packed) - 9, len(packed) - 1):
        assert isinstance(refusal(tmp_path, packed[:length]), Malformed), length


def test_a_member_whose_bytes_changed_is_refused(tmp_path: Path) -> None:
    content = archive(("A-1.json", ONE), compression=zipfile.ZIP_STORED)
    damaged = content.replace(b"2024-01-01", b"2025-01-01", 1)
    assert refusal(tmp_path, damaged).code == "feed-damaged"


def test_a_bomb_is_refused_when_it_has_unpacked_as_much_as_a_record_may_have(tmp_path: Path) -> None:
    bomb = archive(("A-1.json", b" " * (64 << 20)))
    assert len(bomb) < 100_000
    assert isinstance(refusal(tmp_path, bomb), OverLimit)


def test_many_members_that_are_a_bomb_together_are_refused(tmp_path: Path) -> None:
    bomb = archive(*[(f"A-{at}.json", b" " * 100_000) for at in range(20)])
    assert refusal(tmp_path, bomb, max_content=1_000_000).code == "feed-too-large"


def test_a_compressed_document_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, gzip.compress(b" " * 3_000_000), max_content=1_000_000).code == "feed-too-large"


def test_a_claim_beyond_what_is_allowed_is_refused_unread_and_a_smaller_one_costs_nothing(
    tmp_path: Path,
) -> None:
    content = bytearray(archive(("A-1.json", ONE), compression=zipfile.ZIP_STORED))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 1 << 30)
    assert refusal(tmp_path, bytes(content), max_content=1 << 29).code == "feed-too-large"
    assert ids(tmp_path, bytes(content)) == ["A-1"]


def test_a_member_that_is_encrypted_or_packed_oddly_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, archive(("A-1.json", ONE), compression=zipfile.ZIP_LZMA)).code == "feed-damaged"
    content = bytearray(archive(("A-1.json", ONE)))
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    content[6] |= 1
    assert refusal(tmp_path, bytes(content)).code == "feed-damaged"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, archive(("A.json", ONE), ("A.json", TWO))).code == "feed-damaged"


def test_an_archive_of_nothing_is_refused_by_what_it_lacks(tmp_path: Path) -> None:
    assert ids(tmp_path, archive()) == []
