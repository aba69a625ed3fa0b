from pathlib import Path

import pytest

from lading.adapters.trust_policy_file import read_trust_policy
from lading.foundation.errors import LadingError
from lading.signing.trust_policy_file import MAX_POLICY_BYTES, write_trust_policy
from tests.support.signers import p256


def test_a_trust_policy_is_read_from_its_file(tmp_path: Path) -> None:
    key = p256("release")
    path = tmp_path / "trust.toml"
    path.write_text(write_trust_policy({"release": key.public}))
    rule = read_trust_policy(str(path)).rule_for("team/app")
    assert rule is not None
    assert [trusted.id for trusted in rule.signers] == [key.public.id]


@pytest.mark.parametrize("content", [b"\xff", b"[[keys]]\n", b"#" * (MAX_POLICY_BYTES + 1)])
def test_a_file_that_is_no_trust_policy_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "trust.toml"
    path.write_bytes(content)
    with pytest.raises(LadingError, match=r"trust\.toml"):
        read_trust_policy(str(path))


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LadingError, match="No such file"):
        read_trust_policy(str(tmp_path / "none.toml"))
