"""Three-way merges of files that are lists of records: what the application changed in the old base's file,
done again to the new base's.

A record that the application added is added, one that it removed is removed, one that it changed takes its
place. Where the new base changed the same record in another way, there is no merge.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Records: TypeAlias = dict[str, bytes]
Parse: TypeAlias = Callable[[bytes], Records]

_MAX_RECORDS = 500_000


@dataclass(frozen=True, slots=True)
class Merged:
    """The new file. ``added``, ``removed`` and ``changed`` are keys of records, as the application did."""

    content: bytes
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoMerge:
    """Both sides changed the same in different ways, or one of the files is not what it should be."""

    reason: str


Merge: TypeAlias = Merged | NoMerge


class NotRecords(Exception):
    """A file is not the list that it should be."""


def merge_records(
    old: bytes, app: bytes, new: bytes, *, parse: Parse, write: Callable[[Mapping[str, bytes]], bytes]
) -> Merge:
    """Merge three versions of a file of records that have a key each."""
    try:
        before, mine, theirs = parse(old), parse(app), parse(new)
    except NotRecords as error:
        return NoMerge(str(error))
    result = dict(theirs)
    added = [key for key in mine if key not in before]
    removed = [key for key in before if key not in mine]
    changed = [key for key in mine if key in before and mine[key] != before[key]]
    for key in added:
        if key in theirs and theirs[key] != mine[key]:
            return NoMerge(f"the application added {key}, and the new base has another one of this name")
        result[key] = mine[key]
    for key in changed:
        if key not in theirs:
            return NoMerge(f"the application changed {key}, which the new base no longer has")
        if theirs[key] not in (before[key], mine[key]):
            return NoMerge(f"the application changed {key}, and so did the new base")
        result[key] = mine[key]
    for key in removed:
        if theirs.get(key, before[key]) != before[key]:
            return NoMerge(f"the application removed {key}, which the new base changed")
        result.pop(key, None)
    return Merged(write(result), tuple(added), tuple(removed), tuple(changed))


def parse_lines(content: bytes) -> Records:
    """Every line is a record, and its own key."""
    return _unique({line.decode("utf-8", "surrogateescape"): line for line in _lines(content)}, content)


def parse_colon_lines(content: bytes) -> Records:
    """``name:…``: passwd(5), group(5), shadow(5), subuid(5)."""
    found: Records = {}
    for line in _lines(content):
        name = line.partition(b":")[0].decode("utf-8", "surrogateescape")
        if name in found:
            raise NotRecords(f"it has {name!r} twice")
        found[name] = line
    return found


def write_lines(records: Mapping[str, bytes]) -> bytes:
    """One record a line, in order."""
    return b"".join(line + b"\n" for line in records.values())


def parse_stanzas(content: bytes, key_of: Callable[[bytes], str]) -> Records:
    """Records with an empty line between them."""
    found: Records = {}
    for block in content.split(b"\n\n"):
        stanza = block.strip(b"\n")
        if not stanza:
            continue
        key = key_of(stanza)
        if key in found:
            raise NotRecords(f"it has {key!r} twice")
        found[key] = stanza
        if len(found) > _MAX_RECORDS:
            raise NotRecords(f"it has more than {_MAX_RECORDS} records")
    return found


def write_stanzas(records: Mapping[str, bytes]) -> bytes:
    """An empty line after each."""
    return b"".join(stanza + b"\n\n" for stanza in records.values())


def field_of(stanza: bytes, name: bytes) -> str:
    """The first line of a field of a stanza (deb822(5)); empty where it has none."""
    for line in stanza.split(b"\n"):
        if line[: len(name)].lower() == name.lower() and line[len(name) : len(name) + 1] == b":":
            return line[len(name) + 1 :].strip().decode("utf-8", "replace")
    return ""


_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


def parse_certificates(content: bytes) -> Records:
    """A bundle of PEM certificates, each its own key."""
    found: Records = {}
    for block in content.split(_BEGIN)[1:]:
        body, end, _ = block.partition(_END)
        if not end:
            raise NotRecords("a certificate in it has no end")
        found[body.strip().decode("ascii", "replace")] = _BEGIN + body + _END
    return found


def _lines(content: bytes) -> list[bytes]:
    lines = [line for line in content.split(b"\n") if line]
    if len(lines) > _MAX_RECORDS:
        raise NotRecords(f"it has more than {_MAX_RECORDS} lines")
    return lines


def _unique(found: Records, content: bytes) -> Records:
    if len(found) != len(_lines(content)):
        raise NotRecords("it has the same line twice")
    return found
