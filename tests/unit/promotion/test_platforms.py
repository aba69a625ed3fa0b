"""Which images of an index an environment would run, and what is refused before any rule is asked."""

import pytest

from lading.foundation.errors import Conflict, Malformed
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.promotion.platforms import MAX_PLATFORMS, ListedImage, choose, parse_platforms

ONE, TWO = Digest.of(b"one"), Digest.of(b"two")
AMD = Platform("linux", "amd64")
ARM = Platform("linux", "arm64")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["linux/amd64", " linux/arm64/v8 "], ("linux/amd64", "linux/arm64")),
        (["linux/aarch64", "linux/arm64"], ("linux/arm64",)),
        (["linux/arm", "linux/arm/v6"], ("linux/arm/v7", "linux/arm/v6")),
        ([], ()),
    ],
)
def test_platforms_are_written_in_one_way(written: list[str], read: tuple[str, ...]) -> None:
    assert parse_platforms(written) == read


@pytest.mark.parametrize(
    "text", ["", "linux", "linux/", "linux/a/b/c", "unknown/unknown", "linux/<b>", "linux/" + "a" * 99, "ß/ß"]
)
def test_what_is_no_platform_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="is no platform"):
        parse_platforms([text])


def test_an_environment_runs_a_bounded_number_of_platforms() -> None:
    with pytest.raises(Malformed, match="at most"):
        parse_platforms(f"linux/a{number}" for number in range(MAX_PLATFORMS + 1))


def test_what_is_lacking_is_said_with_what_there_is() -> None:
    with pytest.raises(Conflict, match="no linux/arm64 for prod: team/app has linux/amd64") as caught:
        choose("prod", ("linux/amd64", "linux/arm64"), "team/app", [ListedImage(ONE, AMD, AMD)])
    assert "docker buildx build --platform linux/amd64,linux/arm64" in caught.value.hint


def test_every_entry_of_a_platform_is_judged_and_what_is_not_run_is_said() -> None:
    arm_v8 = Platform("linux", "arm64", "v8")
    s390x = Platform("linux", "s390x")
    listed = [ListedImage(ONE, ARM, ARM), ListedImage(TWO, arm_v8, ARM), ListedImage(ONE, s390x, s390x)]
    chosen = choose("prod", ("linux/arm64",), "team/app", listed)
    assert chosen.run == (("linux/arm64", (ONE, TWO)),)
    assert chosen.not_run == ("linux/s390x",)


def test_another_variant_is_another_platform() -> None:
    v9 = Platform("linux", "arm64", "v9")
    with pytest.raises(Conflict, match="no linux/arm64 for prod: team/app has linux/arm64/v9"):
        choose("prod", ("linux/arm64",), "team/app", [ListedImage(ONE, v9, v9)])


@pytest.mark.parametrize(
    ("listed", "code"),
    [
        (ListedImage(ONE, ARM, AMD), "platform-untrue"),
        (ListedImage(ONE, Platform("windows", "amd64"), AMD), "platform-untrue"),
        (ListedImage(ONE, Platform("linux", "arm", "v6"), Platform("linux", "arm", "v7")), "platform-untrue"),
        (ListedImage(ONE, AMD, None), "platform-unknown"),
        (ListedImage(ONE, None, None), "platform-unknown"),
    ],
)
def test_an_index_cannot_say_something_else_of_an_image_than_the_image_says(
    listed: ListedImage, code: str
) -> None:
    with pytest.raises(Conflict) as caught:
        choose("prod", ("linux/amd64",), "team/app", [ListedImage(TWO, AMD, AMD), listed])
    assert caught.value.code == code
