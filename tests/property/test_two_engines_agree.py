"""What the checker accepts, two engines written by different people answer alike."""

from datetime import UTC, datetime
from typing import Any

import cel
import celpy
import celpy.adapter
import celpy.celtypes
from celpy.evaluation import CELEvalError
from hypothesis import given, settings
from hypothesis import strategies as st

from lading.policy.expressions.cost import Sizes, most_steps
from lading.policy.expressions.expression import NotEvaluable, compile_expression

NOW = datetime(2026, 1, 31, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "environment": "prod",
    "image": {
        "user": "app",
        "root": False,
        "size": 7,
        "layers": 3,
        "tags": ["1.0", "latest"],
        "labels": {"tier": "web", "a.b": ""},
        "created": datetime(2026, 1, 1, tzinfo=UTC),
    },
    "scan": {"at": None, "unmatched": []},
    "findings": [
        {
            "id": "CVE-1",
            "severity": "high",
            "fix": "2",
            "known_exploited": True,
            "aliases": ["G-1"],
            "layer": 0,
        },
        {"id": "CVE-2", "severity": "low", "fix": "", "known_exploited": False, "aliases": [], "layer": 2},
    ],
    "now": NOW,
}

numbers = st.sampled_from(["image.size", "image.layers", "size(findings)", "0", "3", "-2", "0x10"])
texts = st.sampled_from(
    [
        "image.user",
        "environment",
        "'app'",
        '"l"',
        "''",
        "r'\\d'",
        "image.labels.tier",
        "image.labels['absent']",
    ]
)
moments = st.sampled_from(["now", "image.created", "scan.at", "timestamp('2026-01-15T00:00:00Z')"])
spans = st.sampled_from(["duration('720h')", "duration('1h30m')", "(now - image.created)"])
of_findings = st.sampled_from(
    [
        "f.known_exploited",
        "f.severity in ['high', 'critical']",
        "f.fix != ''",
        "f.layer > 0",
        "'G-1' in f.aliases",
        "f.id.matches('^CVE-[0-9]{1,4}$')",
        "image.tags.exists(t, t == f.fix)",
    ]
)


def arithmetic() -> st.SearchStrategy[str]:
    return st.recursive(
        numbers,
        lambda inner: st.builds(
            "({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "%"]), inner
        ),
        max_leaves=4,
    )


def conditions() -> st.SearchStrategy[str]:
    compare = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    leaves = st.one_of(
        st.sampled_from(["true", "false", "image.root", "has(image.labels.tier)", "has(image.labels.zz)"]),
        st.builds("{} {} {}".format, arithmetic(), compare, arithmetic()),
        st.builds("{} {} {}".format, texts, compare, texts),
        st.builds("{} {} {}".format, moments, compare, moments),
        st.builds("{} {} {}".format, spans, compare, spans),
        st.builds("{}.{}({})".format, texts, st.sampled_from(["contains", "startsWith", "endsWith"]), texts),
        st.builds("{} in image.tags".format, texts),
        st.builds("{} in image.labels".format, texts),
        st.builds("findings.{}(f, {})".format, st.sampled_from(["all", "exists", "exists_one"]), of_findings),
        st.builds("size(findings.filter(f, {})) {} {}".format, of_findings, compare, numbers),
        st.builds("findings.map(f, f.id) == {}".format, st.sampled_from(["['CVE-1', 'CVE-2']", "[]"])),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(["&&", "||"]), inner),
            st.builds("!({})".format, inner),
            st.builds("({} ? {} : {})".format, inner, inner, inner),
        ),
        max_leaves=6,
    )


NOTHING = "no value"
# Made once, and here: it raises the interpreter's recursion limit.
ENVIRONMENT = celpy.Environment()


def ours(text: str) -> object:
    expression = compile_expression(text)
    assert most_steps(expression.tree, Sizes(FACTS)) < 10_000
    try:
        return expression.evaluate(cel.Context(FACTS))
    except NotEvaluable:
        return NOTHING


def theirs(text: str) -> object:
    program = ENVIRONMENT.program(ENVIRONMENT.compile(text))
    try:
        return bool(program.evaluate({name: convert(value) for name, value in FACTS.items()}))
    except CELEvalError:
        return NOTHING


def convert(value: Any) -> Any:
    match value:
        case datetime():
            return celpy.celtypes.TimestampType(value)
        case dict():
            return celpy.celtypes.MapType(
                {celpy.celtypes.StringType(k): convert(v) for k, v in value.items()}
            )
        case list():
            return celpy.celtypes.ListType([convert(member) for member in value])
        case _:
            return celpy.adapter.json_to_cel(value)


@settings(deadline=None, max_examples=60)
@given(conditions())
def test_a_condition_means_the_same_to_both(text: str) -> None:
    assert ours(text) == theirs(text)
