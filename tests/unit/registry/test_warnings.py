import re

from hypothesis import given
from hypothesis import strategies as st

from lading.registry.warnings import warning_values


def test_a_warning_has_the_code_and_agent_of_the_specification_and_no_date() -> None:
    assert warning_values(['the "old" one', 'the "old" one']) == ['299 - "the \\"old\\" one"']


@given(st.lists(st.text()))
def test_no_text_begins_another_header_or_passes_the_limit(texts: list[str]) -> None:
    values = warning_values(texts)
    assert all(re.fullmatch(r'299 - "(?:[^"\\]|\\.)*"', value) for value in values)
    assert all(value.isascii() and value.isprintable() for value in values)
    assert sum(map(len, values)) <= 4096
