"""Reading, checking and bounding expressions."""

from datetime import UTC, datetime

import cel
import pytest

from lading.policy.evidence_types import BOOL, INT, STRING, ListOf, show_type
from lading.policy.expressions.cost import Sizes, most_steps, paths_read
from lading.policy.expressions.expression import NotEvaluable, compile_expression
from lading.policy.expressions.parsing import parse
from lading.policy.expressions.tree import Call, ExpressionError, Literal

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def value(text: str, **variables: object) -> object:
    expression = compile_expression(text)
    return expression.evaluate(cel.Context({"now": NOW, **variables}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3 == 7", True),
        ("(1 + 2) * 3 == 9 ? true : false", True),
        ("10 - 2 - 3 == 5", True),
        ("!true || true && false", False),
        ("-size([1, 2]) == -2", True),
        ("--3 == 3", True),
        ("0x1F == 31", True),
        ("'a' in ['a', 'b'] && !('c' in ['a'])", True),
        (r"'\u0041\n' == 'A\n' && r'\d' == '\\d'", True),
        ("[1, 2, 3].filter(n, n > 1).map(n, n * 2) == [4, 6]", True),
        ("[1, 2].exists_one(n, n == 2) && [1, 2].all(n, n > 0)", True),
        ("[1, 2, 3].map(n, n > 1, n) == [2, 3]", True),
        ("[1].filter(n, n > 1) == [] && [1] + [] == [1]", True),
        ("now - timestamp('2025-12-31T00:00:00Z') == duration('24h')", True),
        ("now + duration('1h30m') > now", True),
        ("'registry'.startsWith('reg') && 'x.y'.matches('^x[.]y$')", True),
        ("true // a comment\n && true", True),
    ],
)
def test_the_checked_language_means_what_cel_means(text: str, expected: object) -> None:
    assert value(text) is expected


def test_operators_bind_as_in_the_specification() -> None:
    tree = parse("1 == 2 || 3 < 4 && !true")
    assert isinstance(tree, Call)
    assert tree.function == "||"
    right = tree.arguments[1]
    assert isinstance(right, Call)
    assert right.function == "&&"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("image.usr == 'root'", "ImageFacts has no field 'usr'", "did you mean 'user'?"),
        ("imgae.user == 'root'", "there is no variable 'imgae'", "did you mean 'image'?"),
        ("findings.exists(f, f.severty == 'high')", "has no field 'severty'", "did you mean 'severity'?"),
        ("findings.exists(f, f.severity == 'hihg')", "it is never 'hihg'", "did you mean 'high'?"),
        ("gate in ['push', 'admision']", "it is never 'admision'", "did you mean 'admission'?"),
        ("findings.severity == 'high'", "list of FindingFact has no field", "exists()"),
        ("image.user == 0", "'==' does not take string, int", ""),
        ("image.size > '1'", "'>' does not take int, string", ""),
        ("image.root == null", "'==' does not take bool, null", ""),
        ("image && true", "'&&' does not take ImageFacts, bool", ""),
        ("image == image", "'==' does not take ImageFacts, ImageFacts", ""),
        ("size(image.user) > 1", "'size' does not take string", ""),
        ("image.user.lower() == ''", "there is no method 'lower'", ""),
        ("len(findings) > 1", "there is no function 'len'", ""),
        ("findings.exists(f, f.id)", "exists() needs a condition, not string", ""),
        ("findings.exists(findings, true)", "'findings' is taken", ""),
        ("image.labels.map(l, l)", "map() needs a list, not map from string to string", ""),
        ("image.user.exists(c, true)", "exists() needs a list, not string", ""),
        ("findings.exists(f)", "exists() takes a variable and a condition", ""),
        ("[1, 'a'].exists(x, true)", "the members of a list have one type", ""),
        ("image.user.matches(image.tag)", "takes a text that is written out", ""),
        ("image.user.matches('(')", "the pattern cannot be read", ""),
        ("image.user.matches('(?=a)b')", "look-around", ""),
        ("image.user.matches('((a{50}){50}){50}')", "repetitions multiply", ""),
        ("duration('1 week') > duration('1h')", "a duration is written", ""),
        ("timestamp('yesterday') < now", "a moment is written", ""),
        ("image.user = 'root'", "is not part of the expression language", ""),
        ("image.user == 'root", "is not part of the expression language", ""),
        ("image.package", "expected a name, not 'package'", ""),
        ("true &&", "expected a value, not 'the end'", ""),
        ("true true", "'true' is unexpected here", ""),
        ("(true", "expected ')'", ""),
        ("1.5 > 1", "is not part of the expression language", ""),
        ("99999999999999999999 > 1", "does not fit in 64 bits", ""),
        ("has(image)", "has() takes one field", ""),
        (r"'\q' == ''", "is not an escape", ""),
        ("", "expected a value", ""),
    ],
)
def test_what_cannot_be_accepted_is_refused_with_the_nearest_name(text: str, message: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_an_error_names_the_offset() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression("true &&\n image.usr == ''")
    assert caught.value.at == len("true &&\n image.")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "true" + ")" * 5000,
        "(" * 40 + "true" + ")" * 40,
        "!" * 1000 + "true",
        "-" * 30 + "1 == 1",
        "[" * 40 + "]" * 40 + " == []",
        "true" + " || true" * 400,
        "true ? " * 100 + "true" + " : true" * 100,
        "image" + ".user" * 200 + " == ''",
        "findings" + "[0]" * 200 + " == 1",
        "'" + "a" * 5000 + "' == ''",
    ],
    ids=lambda text: text[:8],
)
def test_absurd_nesting_and_size_are_refused_before_the_engine_sees_them(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text)


def test_the_deepest_accepted_expressions_do_not_break_the_engine() -> None:
    assert value("(" * 28 + "true" + ")" * 28) is True
    nested = "".join(f"[1].exists(v{level}, " for level in range(25)) + "true" + ")" * 25
    assert value(nested) is True
    assert value("true" + " && true" * 30) is True


def test_types_are_shown_in_words() -> None:
    assert show_type(compile_expression("findings.map(f, f.id)").type) == "list of string"
    assert compile_expression("size(findings)").type is INT
    assert compile_expression("image.labels['a']").type is STRING
    assert compile_expression("has(image.labels.a)").type is BOOL
    assert compile_expression("[]").type == ListOf(compile_expression("[]").type.element)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("image.user == ''", {"image.user"}),
        ("findings.exists(f, f.fix != '')", {"findings", "findings.fix"}),
        (
            "findings.filter(f, f.fix != '').exists(g, g.id == '')",
            {"findings", "findings.fix", "findings.id"},
        ),
        ("findings.map(f, f.aliases).exists(a, 'x' in a)", {"findings", "findings.aliases"}),
        ("image.labels['a'] == image.labels.b", {"image.labels", "image.labels.b"}),
        ("findings[size(packages)].id == ''", {"findings", "findings.id", "packages"}),
        ("now < now", {"now"}),
    ],
)
def test_an_expression_knows_which_facts_it_reads(text: str, paths: set[str]) -> None:
    assert set(paths_read(parse(text))) == paths


def test_steps_multiply_where_comprehensions_nest() -> None:
    facts = {"findings": [{"aliases": ["a"] * 7}] * 100, "packages": ({"name": "x"},) * 50}
    of = Sizes(facts)
    assert (of.size_of("findings"), of.size_of("packages"), of.size_of("findings.aliases")) == (100, 50, 7)
    once = most_steps(parse("findings.exists(f, true)"), of)
    twice = most_steps(parse("findings.exists(f, packages.exists(p, true))"), of)
    inner = most_steps(parse("findings.exists(f, f.aliases.exists(a, true))"), of)
    mapped = most_steps(parse("findings.map(f, f.aliases).exists(a, a.exists(b, true))"), of)
    assert 100 <= once < 1_000
    assert 100 * 50 <= twice < 30_000
    assert 100 * 7 <= inner < 5_000
    assert mapped >= 100 * 7


def test_an_unknown_list_is_taken_to_be_the_largest_there_is() -> None:
    of = Sizes({"findings": [{"aliases": []}] * 100, "packages": []})
    assert most_steps(parse("[findings, packages].exists(l, l.exists(f, true))"), of) >= 200


def test_long_texts_and_patterns_cost_steps() -> None:
    short, long = (Sizes({"image": {"user": "a" * length}}) for length in (1, 1_000_000))
    tree = parse("image.user.contains('a')")
    assert most_steps(tree, long) > 1_000 > most_steps(tree, short)
    assert most_steps(parse("image.user.matches('a')"), short) >= 100


@pytest.mark.parametrize(
    "text",
    [
        "image.labels['absent'] == ''",
        "image.labels.absent == ''",
        "image.created < now",
        "image.tags[5] == ''",
        "image.size / 0 == 1",
        "image.size + 9223372036854775807 > 0",
    ],
)
def test_what_has_no_value_on_this_evidence_is_not_evaluable(text: str) -> None:
    image: dict[str, object] = {"labels": {}, "created": None, "tags": [], "size": 1}
    with pytest.raises(NotEvaluable):
        value(text, image=image)


def test_a_literal_keeps_its_value() -> None:
    assert parse("null") == Literal(None, 0)
    assert parse("'a'") == Literal("a", 0)
