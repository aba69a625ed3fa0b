"""Nothing that a policy says becomes Python: texts stay texts, names stay keys, whatever they look like."""

import ast
import builtins
from typing import Any

import cel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lading.policy.expressions import native
from lading.policy.expressions.expression import compile_expression
from lading.policy.expressions.native import compile_filter, compile_native
from lading.policy.expressions.parsing import MAX_TREE, parse
from lading.policy.expressions.tree import (
    Call,
    Comprehension,
    ExpressionError,
    Field,
    ListLiteral,
    Literal,
    Name,
)

_PYTHON = (
    "__import__('os').system('id')",
    "') or __import__('os').system('id') or ('",
    '"""+exit()+"""',
    "{0.__class__.__mro__}",
    "%s%n{f}{m}{c}",
    "\\' + exit() + \\'",
    "\\N{DIGIT ONE}",
    "\n    raise SystemExit\n",
    "# comment",
    "\ud800",
    "\x00",
    "lambda: 0",
    "__class__",
    "__builtins__",
    "_add",
    "f",
    "m",
    "c",
    "v0",
    "members",
)
hostile = st.one_of(st.sampled_from(_PYTHON), st.text(max_size=30))


def quoted(text: str) -> str:
    """Write any text as a literal of the language."""
    return "'" + "".join(f"\\u{ord(one):04x}" if ord(one) < 0x10000 else one for one in text) + "'"


@settings(max_examples=200)
@given(hostile, hostile)
def test_a_text_is_compared_as_it_stands(written: str, user: str) -> None:
    tree = parse(f"image.user == {quoted(written)}")
    function = compile_native(tree)
    assert function is not None
    assert function({"image": {"user": user}}, None) is (user == written)
    assert function({"image": {"user": written}}, None) is True


@settings(max_examples=200)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
def test_the_engine_reads_the_same_text(written: str) -> None:
    expression = compile_expression(f"image.labels[{quoted(written)}] == {quoted(written)}")
    assert expression.native is not None
    known = {"image": {"labels": {written: written, "other": "x"}}}
    assert expression.native(known, None) is True
    assert expression.evaluate(cel.Context(known)) is True


@settings(max_examples=200)
@given(hostile, hostile, hostile)
def test_names_that_no_checker_saw_are_still_only_keys(variable: str, field: str, bound: str) -> None:
    # The reader lets no such name through. If it ever did, it would find nothing but a fact of that name.
    facts: dict[str, Any] = {variable: {field: ["x"]}}
    tree = Comprehension(
        "exists",
        Field(Name(variable, 0), field, 0),
        bound,
        (Call("==", (Name(bound, 0), Literal("x", 0)), 0),),
        0,
    )
    function = compile_native(tree)
    assert function is not None
    assert function(facts, None) is True
    listed = ListLiteral((Field(Name(variable, 0), field, 0),), 0)
    function = compile_native(listed)
    assert function is not None
    assert function(facts, None) == (["x"],)
    kept = compile_filter(Call("==", (Field(Name("one", 0), field, 0), Literal(bound, 0)), 0), "one")
    assert kept is not None
    assert kept({}, [{field: bound}, {field: bound + "!"}]) == [{field: bound}]


def test_a_function_sees_no_python_around_it() -> None:
    # A call of what is not in the language is left to the engine, whatever Python calls it.
    for name in (*dir(builtins), "_add", "_at", "lambda"):
        if name not in {"all", "any"}:
            assert compile_native(Call(name, (Literal("x", 0),), 0)) is None, name
    run = compile_native(Name("__builtins__", 0))
    assert run is not None
    with pytest.raises(KeyError):
        run({}, None)


@pytest.mark.parametrize(
    "stranger",
    [
        "__import__",
        "f.__class__",
        "m.mro",
        "members.format",
        "[x for x in f]",
        "lambda: f",
        "f'{m}'",
        "{**f}",
        "b'x'",
        "1.5",
        "f + m",
        "f(*m)",
        "f[m:]",
        "(v0 := f)",
        "v0000",
    ],
)
def test_any_other_tree_is_refused_before_it_is_compiled(stranger: str) -> None:
    with pytest.raises(AssertionError, match="not ours"):
        native._refuse_strangers(ast.parse(stranger, mode="eval").body)


@pytest.mark.parametrize("chain", ["+1" * 12 + "*1" * 12, "+1" * 28, "*1" * 28])
def test_chains_in_brackets_in_chains_are_an_error_and_no_crash(chain: str) -> None:
    text = "image.size"
    while len(text) < 3_500 and text.count("(") < 28:
        text = f"({text}{chain})"
    with pytest.raises(ExpressionError, match="within each other"):
        compile_expression(f"{text} > 0")


def test_the_deepest_tree_that_is_read_is_also_compiled() -> None:
    text = "image.size"
    for _ in range((MAX_TREE - 2) // 4):
        text = f"({text}+1+1+1+1)"
    expression = compile_expression(f"{text} > 0")
    assert expression.native is not None
    assert expression.native({"image": {"size": 0}}, None) is True
    with pytest.raises(ExpressionError, match="within each other"):
        compile_expression(f"({text}+1+1+1+1) > 0")
