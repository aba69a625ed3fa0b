"""One data folder has one server."""

import os
import stat
from pathlib import Path

import pytest

from lading.adapters.data_folder import open_data_folder
from lading.foundation.errors import Conflict, Malformed


def test_a_missing_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    folder, lock = open_data_folder(str(tmp_path / "a" / "var"))
    assert stat.S_IMODE(folder.root.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.keys.stat().st_mode) == 0o700
    lock.close()


def test_a_second_server_is_told_who_has_the_folder(tmp_path: Path) -> None:
    _, lock = open_data_folder(str(tmp_path))
    with pytest.raises(Conflict, match=f"process {os.getpid()}"):
        open_data_folder(str(tmp_path))
    lock.close()


def test_a_folder_that_was_let_go_can_be_taken_again(tmp_path: Path) -> None:
    open_data_folder(str(tmp_path))[1].close()
    open_data_folder(str(tmp_path))[1].close()


def test_a_file_in_its_place_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(Malformed, match="LADING_DATA__FOLDER"):
        open_data_folder(str(tmp_path / "var"))
