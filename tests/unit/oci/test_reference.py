"""References mean what container engines take them to mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.oci.reference import is_repository, is_tag, parse_reference

DIGEST = Digest.of(b"")


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag"),
    [
        ("debian", "docker.io", "library/debian", ""),
        ("debian:12", "docker.io", "library/debian", "12"),
        ("bitnami/redis", "docker.io", "bitnami/redis", ""),
        ("index.docker.io/library/debian", "docker.io", "library/debian", ""),
        ("localhost/app", "localhost", "app", ""),
        ("localhost:5000/team/app:1.4.2", "localhost:5000", "team/app", "1.4.2"),
        ("registry.example:443/a/b/c", "registry.example:443", "a/b/c", ""),
        ("[2001:db8::1]:5000/app:x", "[2001:db8::1]:5000", "app", "x"),
        ("ghcr.io/a__b/c-d.e", "ghcr.io", "a__b/c-d.e", ""),
    ],
)
def test_a_name_is_taken_apart(text: str, registry: str, repository: str, tag: str) -> None:
    reference = parse_reference(text)
    assert (reference.registry, reference.repository, reference.tag) == (registry, repository, tag)


def test_a_digest_pins_and_wins_over_the_tag() -> None:
    reference = parse_reference(f"localhost:5000/app:1@{DIGEST}")
    assert reference.is_pinned
    assert reference.tag_or_digest == str(DIGEST)
    assert str(reference) == f"localhost:5000/app:1@{DIGEST}"


def test_no_tag_and_no_digest_means_latest() -> None:
    assert parse_reference("debian").tag_or_digest == "latest"
    assert not parse_reference("debian").is_pinned


def test_a_bare_name_belongs_to_the_registry_that_the_caller_names() -> None:
    assert parse_reference("team/app", default_registry="localhost:5000").registry == "localhost:5000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/app",
        "App",
        "a//b",
        "a/../b",
        "a..b",
        "a_-b",
        "app:",
        "app:-x",
        "app:" + "t" * 129,
        "app@sha256:00",
        "app@",
        "reg.example/",
        "reg.example:99999999/app",
        "http://reg.example/app",
        "app\n",
        "app:x\n",
        "a" * 256,
        "user@reg.example/app",
    ],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_reference(text)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_and_what_is_read_reads_back(text: str) -> None:
    try:
        reference = parse_reference(text)
    except Malformed:
        return
    assert parse_reference(str(reference)) == reference
    assert is_repository(reference.repository)
    assert not reference.tag or is_tag(reference.tag)
