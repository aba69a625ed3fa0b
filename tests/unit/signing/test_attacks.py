"""Every attack that is known here, each a file, is refused at the step and for the reason that is written."""

import pytest

from lading.signing.verdicts import Rejected, Verified
from tests.attacks.all_cases import CASES, MANIFEST, NAMES, load_case


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str) -> None:
    case = load_case(name)
    found = case.judge()
    if case.step is None:
        assert isinstance(found, Verified), found
        return
    assert isinstance(found, Rejected), found
    assert (found.step, case.reason in found.reason) == (case.step, True), found


def test_every_file_is_in_the_manifest_and_every_name_there_once() -> None:
    files = {str(path.relative_to(CASES)) for path in CASES.rglob("*") if path.is_file()}
    listed = {entry["file"] for entry in MANIFEST if "file" in entry}
    policies = {f"trust/{entry['trust']}.toml" for entry in MANIFEST}
    assert files == listed | policies | {"manifest.toml"}
    assert len(set(NAMES)) == len(NAMES)


def test_each_folder_has_something_good_that_its_attacks_begin_from() -> None:
    folders = {entry["name"].partition(":")[0] for entry in MANIFEST}
    good = {entry["name"].partition(":")[0] for entry in MANIFEST if "refused_at" not in entry}
    assert folders == good


@pytest.mark.parametrize(
    "name", [entry["name"] for entry in MANIFEST if "refused_at" not in entry and "file" in entry]
)
def test_what_is_good_is_not_when_any_part_of_it_is_cut_off(name: str) -> None:
    case = load_case(name)
    assert case.content is not None
    for kept in range(0, len(case.content) - 1, max(1, len(case.content) // 40)):
        try:
            found = case.with_content(case.content[:kept]).judge()
        except (ValueError, KeyError):  # a payload's own file is JSON of the tests
            assert case.form == "payload"
            continue
        assert isinstance(found, Rejected), kept
