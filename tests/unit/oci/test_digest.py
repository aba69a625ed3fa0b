"""Digests are accepted only when somebody here can check them."""

import hashlib

import pytest

from lading.foundation.errors import Malformed
from lading.oci.digest import Digest

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_digest_is_read_and_written() -> None:
    digest = Digest.parse(f"sha256:{EMPTY}")
    assert (digest.algorithm, digest.hex, str(digest)) == ("sha256", EMPTY, f"sha256:{EMPTY}")
    assert digest == Digest.of(b"")
    assert digest.short == EMPTY[:12]


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_a_running_digest_gives_the_same_as_one_at_once(algorithm: str) -> None:
    digest = Digest.of(b"layer content", algorithm)
    running = digest.running()
    running.update(b"layer ")
    running.update(memoryview(b"content"))
    assert running.hexdigest() == digest.hex == hashlib.new(algorithm, b"layer content").hexdigest()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        "sha256:",
        f"sha256:{EMPTY[:-1]}",
        f"sha256:{EMPTY}0",
        f"sha256:{EMPTY.upper()}",
        f"sha256:{EMPTY}\n",
        f"md5:{EMPTY[:32]}",
        f"sha512:{EMPTY}",
        f"SHA256:{EMPTY}",
        "sha256:../../etc/passwd",
        f"sha256:{EMPTY[:-1]}é",
    ],
)
def test_what_cannot_be_checked_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Digest.parse(text)
