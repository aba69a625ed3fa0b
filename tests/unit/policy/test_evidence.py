"""The evidence value, its plain form and its documentation."""

from dataclasses import fields, replace

import pytest

from lading.policy.evidence import Evidence, Undetermined, starts_as_root
from lading.policy.evidence_facts import encode, evidence_digest, facts
from lading.policy.evidence_reference import reference_markdown
from lading.policy.evidence_types import Record, evidence_record
from lading.policy.example import EXAMPLE, example_with


@pytest.mark.parametrize("user", ["", "root", "0", "00", "root:staff", "0:0", ":0", " ", "+0", "-0"])
def test_these_users_are_root(user: str) -> None:
    assert starts_as_root(user)


@pytest.mark.parametrize("user", ["1000", "app", "65532:0", "rooter", "nobody", "0x0"])
def test_these_users_are_not(user: str) -> None:
    assert not starts_as_root(user)


def test_equal_evidence_has_equal_bytes_and_any_change_shows() -> None:
    again = example_with({})
    assert encode(again) == encode(EXAMPLE)
    changed = (
        example_with({"image.size": 1}),
        example_with({"environment": "test"}),
        example_with({"findings": [{}]}),
        replace(EXAMPLE, undetermined=(Undetermined("owner", "?"),)),
    )
    assert len({evidence_digest(evidence) for evidence in (EXAMPLE, *changed)}) == 5


def test_the_order_of_labels_does_not_matter() -> None:
    one = example_with({"image.labels": {"a": "1", "b": "2"}})
    other = example_with({"image.labels": {"b": "2", "a": "1"}})
    assert evidence_digest(one) == evidence_digest(other)


def test_rules_see_every_field_and_nothing_else() -> None:
    plain = facts(EXAMPLE)
    record = evidence_record()
    assert set(plain) == {field.name for field in fields(Evidence)}
    assert set(record.fields) == {*plain, "now"}
    for name, of in record.fields.items():
        if isinstance(of, Record):
            assert set(plain[name]) == set(of.fields)


def test_the_reference_describes_every_fact() -> None:
    text = reference_markdown()
    for name, of in evidence_record().fields.items():
        assert f"| `{name}` |" in text
        if isinstance(of, Record):
            assert f"## `{name}`" in text
            assert all(of.docs[field] for field in of.fields)
    assert "One of `unknown`, `none`, `low`, `medium`, `high`, `critical`." in text
    assert text.endswith("|\n")
