"""Image configurations."""

import json
from typing import Any

import pytest

from lading.foundation.errors import Malformed
from lading.oci.config import parse_config
from lading.oci.digest import Digest

DIFF_IDS = [str(Digest.of(b"one")), str(Digest.of(b"two"))]


def config(**members: Any) -> bytes:
    document = {"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": DIFF_IDS}}
    return json.dumps({**document, **members}).encode()


def test_a_configuration_is_read() -> None:
    parsed = parse_config(
        config(config={"User": "app", "Env": ["A=1"], "ExposedPorts": {"80/tcp": {}}, "Labels": {"k": "v"}})
    )
    assert (parsed.user, parsed.env, parsed.exposed_ports) == ("app", ("A=1",), ("80/tcp",))
    assert dict(parsed.labels) == {"k": "v"}
    assert [str(diff_id) for diff_id in parsed.diff_ids] == DIFF_IDS


def test_nulls_that_old_builders_write_are_nothing() -> None:
    parsed = parse_config(config(config={"Env": None, "Labels": None, "User": None}, history=None))
    assert (parsed.env, dict(parsed.labels), parsed.user, parsed.history) == ((), {}, "", ())


def test_steps_are_matched_to_layers_past_the_empty_ones() -> None:
    steps = [
        {"created_by": "COPY a"},
        {"created_by": "ENV x", "empty_layer": True},
        {"created_by": "RUN b"},
    ]
    parsed = parse_config(config(history=steps))
    assert [step.created_by if step else None for step in parsed.layer_steps()] == ["COPY a", "RUN b"]


def test_a_history_that_does_not_account_for_the_layers_explains_none() -> None:
    assert parse_config(config(history=[{"created_by": "COPY a"}])).layer_steps() == (None, None)


@pytest.mark.parametrize(
    "members",
    [
        {"os": 1},
        {"config": []},
        {"config": {"Env": "A=1"}},
        {"config": {"Env": [1]}},
        {"rootfs": {"diff_ids": ["sha256:00"]}},
        {"rootfs": 1},
        {"history": {}},
        {"history": ["x"]},
        {"history": [{"created_by": 1}]},
    ],
)
def test_a_member_of_the_wrong_type_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse_config(config(**members))
