"""Licences: what is certain becomes an SPDX expression, and nothing else does."""

import json
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.packages.licenses import normalise, parse_expression
from lading.packages.spdx_ids import EXCEPTIONS, LICENSES


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("MIT", "MIT"),
        ("mit or apache-2.0", "MIT OR Apache-2.0"),
        ("(MIT AND (BSD-2-Clause OR ISC))", "MIT AND (BSD-2-Clause OR ISC)"),
        ("(MIT OR ISC) AND (0BSD OR Zlib)", "(MIT OR ISC) AND (0BSD OR Zlib)"),
        ("((MIT) OR ((ISC)))", "MIT OR ISC"),
        ("GPL-2.0", "GPL-2.0-only"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("GPL-2.0-or-later WITH Classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0"),
        ("MPL-1.1+", "MPL-1.1+"),
        ("LicenseRef-Acme AND MIT", "LicenseRef-Acme AND MIT"),
    ],
)
def test_expressions_come_out_in_one_form(text: str, expression: str) -> None:
    assert parse_expression(text) == expression
    assert parse_expression(expression) == expression


@pytest.mark.parametrize(
    "text",
    ["", "BSD", "MIT OR", "OR MIT", "MIT ISC", "(MIT", "MIT)", "MIT WITH ISC", "GPL-2.0-only+", "MIT/ISC",
     "(" * 99 + "MIT" + ")" * 99, "DocumentRef-x:LicenseRef-y", "MIT\0", "A" * 5000],
)  # fmt: skip
def test_what_is_no_expression_is_none(text: str) -> None:
    assert parse_expression(text) is None


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("The  MIT\nLicense", "MIT"),
        ("Apache 2.0", "Apache-2.0"),
        ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
        ("BSD License", ""),
        ("see LICENSE.txt", ""),
    ],
)
def test_names_that_can_mean_but_one_licence_are_known(text: str, expression: str) -> None:
    assert normalise(text).expression == expression
    assert normalise(text).text == text


def test_texts_that_are_referred_to_are_listed() -> None:
    assert normalise("LicenseRef-A OR (MIT AND LicenseRef-B.1)").references == (
        "LicenseRef-A",
        "LicenseRef-B.1",
    )


@given(st.text(alphabet="MITORANDWHGPL()-2.0+ ", max_size=60))
def test_any_text_is_an_expression_or_not_and_normal_form_is_stable(text: str) -> None:
    expression = parse_expression(text)
    if expression is not None:
        assert parse_expression(expression) == expression


def test_the_identifiers_are_those_of_the_schema() -> None:
    folder = resources.files("cyclonedx") / "schema" / "_res"
    schema = json.loads((folder / "spdx.SNAPSHOT.schema.json").read_text())
    assert set(schema["enum"]) == LICENSES | EXCEPTIONS
    assert not LICENSES & EXCEPTIONS
