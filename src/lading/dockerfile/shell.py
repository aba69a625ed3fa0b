"""Shell text as the simple commands in it: which programs a RUN calls, with which words, on which line.

This reads, it does not run: quotes are taken away, operators end a command, words of the language (``if``,
``then``, ``do`` …) and assignments before a program are stepped over. What stands in ``$(…)`` or in a text
given to ``sh -c`` is read too. Text that is no shell comes out as odd programs, never as an error.
"""

from collections.abc import Iterator
from dataclasses import dataclass

MAX_COMMANDS = 2_000  # of one text
MAX_NESTING = 5
_OPERATORS = ("&&", "||", ";;", "|&", "&", "|", ";", "\n", "(", ")")
_KEYWORDS = frozenset(
    ("if", "then", "else", "elif", "fi", "do", "done", "while", "until", "{", "}", "!", "time")
)
_HEADS = frozenset(("for", "case", "select", "function"))  # what follows them is no program
_PREFIXES = frozenset(("exec", "command", "builtin", "nohup", "env", "eatmydata"))
_SHELLS = frozenset(("sh", "bash", "ash", "dash", "zsh", "ksh"))


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """A simple command. ``at`` is the offset of its first word; ``piped`` says that its output goes on."""

    program: str  # without its folder
    words: tuple[str, ...]
    at: int
    piped: bool
    sudo: bool = False


@dataclass(slots=True)
class _Word:
    text: str
    at: int
    quoted: bool


def iter_commands(text: str, nesting: int = 0) -> Iterator[ShellCommand]:
    """Iterate over the commands of ``text``, in order; at most ``MAX_COMMANDS``."""
    for count, command in enumerate(_iter_commands(text, nesting)):
        if count >= MAX_COMMANDS:
            return
        yield command


def _iter_commands(text: str, nesting: int) -> Iterator[ShellCommand]:
    for words, inner, operator in _iter_simple(text):
        command = _command(words, piped=operator in {"|", "|&"})
        if command is not None:
            yield command
            if nesting < MAX_NESTING and (script := _script_of(command)) is not None:
                yield from _moved(iter_commands(script, nesting + 1), command.at)
        if nesting < MAX_NESTING:
            for part, at in inner:
                yield from _moved(iter_commands(part, nesting + 1), at)


def _moved(commands: Iterator[ShellCommand], at: int) -> Iterator[ShellCommand]:
    for command in commands:
        yield ShellCommand(command.program, command.words, at + command.at, command.piped, command.sudo)


def _iter_simple(text: str) -> Iterator[tuple[list[_Word], list[tuple[str, int]], str]]:
    """Yield the words up to each operator, what stands in ``$(…)`` within them, and the operator."""
    words: list[_Word] = []
    inner: list[tuple[str, int]] = []
    at = 0
    while at < len(text):
        operator = next((each for each in _OPERATORS if text.startswith(each, at)), "")
        if operator and not (operator == "&" and at and text[at - 1] in "<>"):
            yield words, inner, operator
            words, inner = [], []
            at += len(operator)
        elif text[at] == "#" and (at == 0 or text[at - 1].isspace() or text[at - 1] in ";&|"):
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        elif text[at].isspace():
            at += 1
        else:
            word, at = _read_word(text, at, inner)
            words.append(word)
    yield words, inner, ""


def _read_word(text: str, at: int, inner: list[tuple[str, int]]) -> tuple[_Word, int]:
    parts: list[str] = []
    start, quote, quoted = at, "", False
    while at < len(text):
        character = text[at]
        if character == "\\" and quote != "'" and at + 1 < len(text):
            parts.append("" if text[at + 1] == "\n" else text[at + 1])
            at += 2
        elif quote != "'" and (text.startswith("$(", at) or character == "`"):
            end = _end_of_substitution(text, at)
            opening = 2 if character == "$" else 1
            if not text.startswith("$((", at):
                inner.append((text[at + opening : end], at + opening))
            parts.append(text[at : end + 1])
            at = end + 1
        elif text.startswith("${", at) and quote != "'":
            end = text.find("}", at)
            end = len(text) - 1 if end < 0 else end
            parts.append(text[at : end + 1])
            at = end + 1
        elif quote:
            parts.append("" if character == quote else character)
            quote = "" if character == quote else quote
            at += 1
        elif character in "\"'":
            quote, quoted = character, True
            at += 1
        elif character.isspace() or (
            character in "&|;()" and not (character == "&" and text[at - 1] in "<>")
        ):
            break
        else:
            parts.append(character)
            at += 1
    return _Word("".join(parts), start, quoted), max(at, start + 1)


def _end_of_substitution(text: str, at: int) -> int:
    """Give the offset of what closes ``$(`` or a backtick; the end of the text where nothing does."""
    if text[at] == "`":
        end = text.find("`", at + 1)
        return len(text) - 1 if end < 0 else end
    depth = 0
    quote = ""
    for index in range(at + 1, len(text)):
        character = text[index]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and depth:
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return index
    return len(text) - 1


def _command(words: list[_Word], *, piped: bool) -> ShellCommand | None:
    """Step over what stands before the program."""
    kept = _without_redirections(words)
    sudo = False
    while kept:
        text = kept[0].text
        if text in _HEADS and not kept[0].quoted:
            return None
        if text == "sudo":
            sudo = True
            kept = kept[1:]
            while kept and kept[0].text.startswith("-"):
                kept = kept[1:]
        elif (text in _KEYWORDS or text in _PREFIXES or _is_assignment(text)) and not (
            kept[0].quoted and "=" not in text
        ):
            kept = kept[1:]
        else:
            program = text.rsplit("/", 1)[-1]
            return ShellCommand(program, tuple(word.text for word in kept[1:]), kept[0].at, piped, sudo)
    return ShellCommand("sudo", (), words[0].at, piped, True) if sudo else None


def _is_assignment(text: str) -> bool:
    name, equals, _ = text.partition("=")
    return bool(equals) and name.replace("_", "a").isalnum() and not name[:1].isdigit()


def _without_redirections(words: list[_Word]) -> list[_Word]:
    kept: list[_Word] = []
    skip = False
    for word in words:
        if skip:
            skip = False
            continue
        bare = word.text.lstrip("0123456789&")
        if not word.quoted and bare[:1] in {"<", ">"}:
            skip = not bare.lstrip("<>&|-")
            continue
        kept.append(word)
    return kept


def _script_of(command: ShellCommand) -> str | None:
    if command.program not in _SHELLS:
        return None
    for index, word in enumerate(command.words[:-1]):
        if word.startswith("-") and not word.startswith("--") and word.endswith("c"):
            return command.words[index + 1]
    return None
