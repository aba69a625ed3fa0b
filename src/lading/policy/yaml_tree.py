"""YAML as a tree whose every node knows its line, for messages that name the place.

Only what a policy needs: no aliases (a handful of them can stand for millions of nodes), no tags that name
types, no duplicate keys, text that stays text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from lading.foundation.errors import LadingError, Malformed, OverLimit

MAX_BYTES = 512 << 10  # some 600 rules; reading takes seconds by then
MAX_DEPTH = 12
MAX_NODES = 50_000

# libyaml reads the largest policy in a tenth of the time; the two agree on what YAML is.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "bool", "null", "float", "timestamp")
)


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar. ``line`` is where its first character stands, 1 is the first; ``plain`` was not quoted."""

    value: str
    line: int
    plain: bool

    def line_at(self, offset: int) -> int:
        """Give the line of the character at ``offset``, exact where the text keeps its line breaks."""
        return self.line + self.value.count("\n", 0, offset)


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    members: tuple["Tree", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping; ``key_lines`` are the lines of its keys."""

    members: dict[str, "Tree"]
    key_lines: dict[str, int]
    line: int


Tree: TypeAlias = Text | Items | Fields


def parse_yaml(content: bytes, source: str) -> Tree:
    """Read one document; raise Malformed or OverLimit with ``source`` and the line."""
    if len(content) > MAX_BYTES:
        raise OverLimit(
            "policy-too-large", f"{source} has more than {MAX_BYTES} bytes", details={"limit": MAX_BYTES}
        )
    try:
        text = content.decode("utf-8")
        node = _compose(text, source)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise fault(source, line, "the file is not UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise fault(source, line, f"this is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise fault(source, 1, "this is not YAML", str(error).splitlines()[0]) from error
    return _Grower(source).grow(node, 0)


def fault(source: str, line: int, message: str, hint: str = "") -> LadingError:
    """Give the error for something wrong at a place in a policy file."""
    return Malformed(
        "policy-invalid", f"{source}:{line}: {message}", hint=hint, details={"file": source, "line": line}
    )


def _compose(text: str, source: str) -> yaml.Node:
    loader = _LOADER(text)
    try:
        # Refused as they come: composing would follow aliases and recurse before we could look.
        _refuse_excess(yaml.parse(text, Loader=_LOADER), source)
        node = loader.get_single_node()
    finally:
        loader.dispose()
    if node is None:
        raise fault(source, 1, "the file is empty")
    return node


def _refuse_excess(events: Iterator[yaml.Event], source: str) -> None:
    depth = 0
    for nodes, event in enumerate(events):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise fault(source, line, "aliases (*name) are not allowed in a policy", "write it out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise fault(source, line, f"more than {MAX_DEPTH} levels or {MAX_NODES} values in a policy")


class _Grower:
    def __init__(self, source: str) -> None:
        self._source = source

    def grow(self, node: yaml.Node, depth: int) -> Tree:
        line = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            if node.tag not in _PLAIN_TAGS:
                raise fault(
                    self._source, line, f"the tag {node.tag} is not allowed in a policy", "put it in quotes"
                )
            first = line + 1 if node.style in {"|", ">"} else line
            return Text(node.value, first, plain=not node.style)
        if isinstance(node, yaml.SequenceNode):
            return Items(tuple(self.grow(member, depth + 1) for member in node.value), line)
        assert isinstance(node, yaml.MappingNode)
        return self._grow_fields(node, line, depth)

    def _grow_fields(self, node: yaml.MappingNode, line: int, depth: int) -> Fields:
        members: dict[str, Tree] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            at = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise fault(self._source, at, "a key is a word")
            if key.value in members:
                raise fault(
                    self._source, at, f"{key.value!r} stands twice", f"first on line {lines[key.value]}"
                )
            members[key.value] = self.grow(value, depth + 1)
            lines[key.value] = at
        return Fields(members, lines, line)
