from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lading.adapters.private_key_file import load_or_create_private_key, load_private_key
from lading.foundation.errors import Forbidden, NotFound


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "token.pem"
    first = load_or_create_private_key(path)
    assert first.startswith(b"-----BEGIN PRIVATE KEY-----")
    assert load_or_create_private_key(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["token.pem"]


def test_many_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: load_or_create_private_key(tmp_path / "token.pem"), range(32)))
    assert len(keys) == 1


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token.pem"
    load_or_create_private_key(path)
    path.chmod(0o640)
    with pytest.raises(Forbidden, match="mode 640"):
        load_private_key(path)


def test_a_key_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load_private_key(tmp_path / "none.pem")
