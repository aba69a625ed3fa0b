from dataclasses import replace

import pytest

from lading.inventory.container import RunningContainer
from lading.inventory.standing import (
    Flag,
    ImageKnowledge,
    RunningImage,
    candidates,
    read_reference,
    standing_of,
    started_by,
)
from lading.oci.digest import Digest

ONE, TWO = Digest.of(b"1"), Digest.of(b"2")
OURS = ("registry.example", "registry.example:5000")
CONTAINER = RunningContainer(
    host="h1",
    engine="docker",
    id="c1",
    name="web",
    image_reference="registry.example/shop/app:1.4",
    image_id=str(TWO),
    manifest_digests=(f"registry.example/shop/app@{ONE}",),
    started_at="2026-01-01T00:00:00Z",
    labels={},
    privileged=False,
    user="",
)
IMAGE = RunningImage("shop/app", ONE)
FINE = ImageKnowledge(True, "", True, "", tag="1.4", tag_now=ONE)


def flags(known: ImageKnowledge | None, image: RunningImage | None = IMAGE) -> list[Flag]:
    return [remark.flag for remark in standing_of(CONTAINER, image, known)]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (FINE, [Flag.KNOWN]),
        (None, [Flag.UNKNOWN]),
        (replace(FINE, signed=False, signed_reason="none"), [Flag.KNOWN, Flag.UNSIGNED]),
        (replace(FINE, passes=False), [Flag.KNOWN, Flag.FAILED]),
        (replace(FINE, signed=False, passes=False), [Flag.KNOWN, Flag.UNSIGNED, Flag.FAILED]),
        (replace(FINE, signed=None, signed_reason="no key"), [Flag.KNOWN, Flag.UNDETERMINED]),
        (replace(FINE, passes=None), [Flag.KNOWN, Flag.UNDETERMINED]),
        (replace(FINE, tag_now=TWO), [Flag.KNOWN, Flag.MODIFIED_TAG]),
        (replace(FINE, tag_now=None), [Flag.KNOWN, Flag.MODIFIED_TAG]),
        (replace(FINE, tag=None, tag_now=None), [Flag.KNOWN]),
    ],
)
def test_a_container_is_flagged(known: ImageKnowledge | None, expected: list[Flag]) -> None:
    assert flags(known) == expected


def test_every_flag_has_its_reason() -> None:
    remarks = standing_of(CONTAINER, IMAGE, replace(FINE, tag_now=TWO))
    assert remarks[1].reason == f"it was started by the tag 1.4, which points to {TWO} now"
    assert all(remark.reason for remark in remarks)


def test_what_never_came_from_a_registry_says_so() -> None:
    built = replace(CONTAINER, manifest_digests=(), image_reference="app:dev")
    (remark,) = standing_of(built, None, None)
    assert remark.flag is Flag.UNKNOWN
    assert "never came from a registry" in remark.reason


def test_the_places_are_those_in_our_registry_under_any_of_its_names() -> None:
    container = replace(
        CONTAINER,
        manifest_digests=(
            f"docker.io/library/app@{ONE}",
            f"registry.example:5000/shop/app@{ONE}",
            f"registry.example/other@{TWO}",
            f"registry.example/shop/app@{ONE}",
            "nonsense@@",
            "",
        ),
        image_reference=f"registry.example/pinned@{TWO}",
    )
    assert candidates(container, OURS) == (
        RunningImage("shop/app", ONE),
        RunningImage("other", TWO),
        RunningImage("pinned", TWO),
    )


def test_the_name_by_which_it_was_started_counts_where_it_is_ours() -> None:
    reference = started_by(CONTAINER, OURS)
    assert reference is not None
    assert reference.tag == "1.4"
    assert started_by(replace(CONTAINER, image_reference="nginx"), OURS) is None


@pytest.mark.parametrize("text", ["", "sha256:" + "a" * 64, "A B", "x@sha256:12", "\x00", "a" * 5_000])
def test_nonsense_from_an_engine_names_nothing(text: str) -> None:
    assert read_reference(text) is None
