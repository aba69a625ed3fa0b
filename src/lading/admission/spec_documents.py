"""Workload specs as text: YAML or JSON documents with the line of every value.

YAML 1.1 as Kubernetes and Compose read it, anchors and merge keys included, which Compose files are full of.
An alias counts as often as it is used, so that a small file cannot stand for a large one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from lading.foundation.errors import LadingError, Malformed, OverLimit

MAX_BYTES = 16 << 20  # a rendered chart may hold a cluster
MAX_DOCUMENTS = 5_000
MAX_DEPTH = 60
MAX_VALUES = 300_000  # after aliases are followed

Path: TypeAlias = tuple[str | int, ...]
_TEXT_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "timestamp", "binary", "value"))
_SCALAR_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float", "null"))
_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class SpecDocument:
    """One document: plain values, and on which line each stands; 1 is the first line."""

    value: Any
    lines: Mapping[Path, int]

    def line_of(self, *path: str | int) -> int:
        """Give the line of what stands at ``path``, or of the nearest thing around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def parse_spec_documents(content: bytes, source: str) -> Iterator[SpecDocument]:
    """Iterate over the documents of a file; raise Malformed or OverLimit with ``source`` and the line."""
    if len(content) > MAX_BYTES:
        raise OverLimit(
            "spec-too-large", f"{source} has more than {MAX_BYTES} bytes", details={"limit": MAX_BYTES}
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise spec_fault(source, content.count(b"\n", 0, error.start) + 1, "the file is not UTF-8") from error
    try:
        _refuse_excess(text, source)
        reader = _Reader(source)
        for node in yaml.compose_all(text, Loader=yaml.CSafeLoader):
            if node is not None:
                lines: dict[Path, int] = {}
                yield SpecDocument(reader.value(node, (), lines), lines)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise spec_fault(source, line, f"this is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise spec_fault(source, 1, "this is not YAML", str(error).splitlines()[0]) from error


def spec_fault(source: str, line: int, message: str, hint: str = "") -> LadingError:
    """Give the error for something wrong at a place in a workload spec."""
    return Malformed(
        "workload-invalid", f"{source}:{line}: {message}", hint=hint, details={"file": source, "line": line}
    )


def _refuse_excess(text: str, source: str) -> None:
    """Composing recurses; what nests too deep is refused before it is composed."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        if depth > MAX_DEPTH or documents > MAX_DOCUMENTS:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise spec_fault(source, line, f"more than {MAX_DEPTH} levels or {MAX_DOCUMENTS} documents")


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._scalars = yaml.SafeLoader("")
        self._values = 0

    def value(self, node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
        line = node.start_mark.line + 1
        self._values += 1
        if self._values > MAX_VALUES:
            raise OverLimit("spec-too-large", f"{self._source}:{line}: more than {MAX_VALUES} values")
        if len(path) > MAX_DEPTH:  # an alias may stand inside what it names
            raise spec_fault(self._source, line, f"more than {MAX_DEPTH} levels")
        lines.setdefault(path, line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, lines)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(member, (*path, at), lines) for at, member in enumerate(node.value)]
        return self._scalar(node, line)

    def _mapping(self, node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        for key, member in node.value:
            at = key.start_mark.line + 1
            if key.tag == _MERGE:
                merged += member.value if isinstance(member, yaml.SequenceNode) else [member]
                continue
            if not isinstance(key, yaml.ScalarNode):
                raise spec_fault(self._source, at, "a key is a word")
            if key.value in found:
                raise spec_fault(self._source, at, f"{key.value[:80]!r} stands twice")
            lines[(*path, key.value)] = at
            found[key.value] = self.value(member, (*path, key.value), lines)
        for other in merged:
            inherited = self.value(other, path, lines)
            if not isinstance(inherited, dict):
                raise spec_fault(self._source, node.start_mark.line + 1, "<< takes a mapping")
            found = {**inherited, **found}
        return found

    def _scalar(self, node: yaml.Node, line: int) -> Any:
        if node.tag in _TEXT_TAGS:
            return node.value
        if node.tag not in _SCALAR_TAGS:
            raise spec_fault(self._source, line, f"the tag {node.tag[:60]} is not read")
        try:
            return self._scalars.construct_object(node)
        except (ValueError, yaml.YAMLError) as error:
            raise spec_fault(self._source, line, f"{str(node.value)[:60]!r} cannot be read") from error
