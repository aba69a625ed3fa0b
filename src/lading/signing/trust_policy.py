'''Trust policy: whose signature counts for which repositories.

A file of TOML, read whole or refused with the line of what is wrong:

    [[keys]]
    name = "release"
    pem = """
    -----BEGIN PUBLIC KEY-----
    …
    -----END PUBLIC KEY-----
    """

    [[trust]]
    name = "all that we build"
    repositories = ["**"]            # patterns; of all rules, the most specific pattern decides
    keys = ["release"]
    need = 1                         # how many different keys must have signed
    signed-as = ["upstream/**"]      # names that a signature may say besides the repository's own
'''

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Malformed, OverLimit
from lading.oci.digest import Digest
from lading.signing.keys import PublicKey, parse_public_key

MAX_POLICY_BYTES = 1 << 20
_KEY_MEMBERS = ("name", "pem")
_RULE_MEMBERS = ("name", "repositories", "keys", "need", "signed-as")


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key, under the name that people know it by."""

    name: str
    key: PublicKey


@dataclass(frozen=True, slots=True)
class TrustRule:
    """For these repositories, ``need`` different ones of these keys must have signed."""

    name: str
    repositories: tuple[RepositoryPattern, ...]
    keys: tuple[TrustedKey, ...]
    need: int
    signed_as: tuple[RepositoryPattern, ...]

    def accepts_identity(self, signed: str, repository: str) -> bool:
        """Whether a signature that names the repository ``signed`` counts for ``repository``."""
        return signed == repository or any(pattern.matches(signed) for pattern in self.signed_as)

    @property
    def accepts_any_identity(self) -> bool:
        """Whether a signature counts whatever repository it names, also where it names none."""
        return any(pattern.covers_everything for pattern in self.signed_as)


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """All rules; ``digest`` is of the text they were read from, and names this version of trust."""

    digest: Digest
    keys: tuple[TrustedKey, ...]
    rules: tuple[TrustRule, ...]

    def rule_for(self, repository: str) -> TrustRule | None:
        """The rule whose pattern for this repository is the most specific, None where no rule has one."""
        matching = [
            (pattern.specificity, rule)
            for rule in self.rules
            for pattern in rule.repositories
            if pattern.matches(repository)
        ]
        return max(matching, key=lambda found: found[0])[1] if matching else None


def write_trust_policy(keys: Mapping[str, PublicKey]) -> str:
    """Write the policy that trusts any one of these keys, by name, for every repository."""
    parts = [
        f'[[keys]]\nname = "{name}"\npem = """\n{key.to_pem().decode()}"""\n' for name, key in keys.items()
    ]
    names = ", ".join(f'"{name}"' for name in keys)
    rule = f'[[trust]]\nname = "every repository"\nrepositories = ["**"]\nkeys = [{names}]\n'
    return "\n".join([*parts, rule])


def parse_trust_policy(text: str, file_name: str = "trust policy") -> TrustPolicy:
    """Read a trust policy; raise Malformed with file and line, or OverLimit."""
    if len(text) > MAX_POLICY_BYTES:
        raise OverLimit("trust-policy-too-large", f"{file_name} is larger than {MAX_POLICY_BYTES} bytes")
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Malformed("trust-policy-invalid", f"{file_name} is not TOML: {error}") from error
    reading = _Reading(text, file_name)
    for member in document:
        if member not in {"keys", "trust"}:
            reading.refuse_unknown(member, ("keys", "trust"), "", 0)
    keys: dict[str, TrustedKey] = {}
    for at, table in enumerate(reading.tables(document, "keys")):
        key = _parse_key(reading, table, at)
        if key.name in keys:
            reading.refuse("keys", at, f"the key name {key.name!r} stands twice")
        keys[key.name] = key
    rules = [
        _parse_rule(reading, table, at, keys) for at, table in enumerate(reading.tables(document, "trust"))
    ]
    _refuse_ties(reading, rules)
    return TrustPolicy(Digest.of(text.encode()), tuple(keys.values()), tuple(rules))


def _parse_key(reading: "_Reading", table: Mapping[str, Any], at: int) -> TrustedKey:
    reading.refuse_unknown_members(table, _KEY_MEMBERS, "keys", at)
    name, pem = table.get("name"), table.get("pem")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@ -]{0,63}", name):
        reading.refuse("keys", at, "a key needs a name of letters, digits and . _ @ - between them")
    if not isinstance(pem, str):
        reading.refuse("keys", at, f"the key {name!r} needs its public half as pem")
    try:
        return TrustedKey(name, parse_public_key(pem.strip().encode() + b"\n"))
    except Malformed as error:
        reading.refuse("keys", at, f"the key {name!r}: {error.message}", error.hint)


def _parse_rule(
    reading: "_Reading", table: Mapping[str, Any], at: int, keys: Mapping[str, TrustedKey]
) -> TrustRule:
    reading.refuse_unknown_members(table, _RULE_MEMBERS, "trust", at)
    name, need = table.get("name"), table.get("need", 1)
    if not isinstance(name, str) or not name:
        reading.refuse("trust", at, "a rule needs a name")
    trusted = []
    for key_name in reading.texts(table, "keys", "trust", at):
        if key_name not in keys:
            close = get_close_matches(key_name, keys, 1)
            reading.refuse(
                "trust", at, f"there is no key {key_name!r}", f"did you mean {close[0]!r}?" if close else ""
            )
        trusted.append(keys[key_name])
    different = {entry.key.id for entry in trusted}
    if len(different) != len(trusted):
        reading.refuse("trust", at, "the rule names one key twice, which would count as two signers")
    if not isinstance(need, int) or isinstance(need, bool) or not 1 <= need <= len(trusted):
        reading.refuse("trust", at, f"need must be from 1 to the number of keys, which is {len(trusted)}")
    repositories = reading.patterns(table, "repositories", at)
    if not repositories or not trusted:
        reading.refuse("trust", at, "a rule needs repositories and keys")
    return TrustRule(name, repositories, tuple(trusted), need, reading.patterns(table, "signed-as", at))


def _refuse_ties(reading: "_Reading", rules: Sequence[TrustRule]) -> None:
    """Two rules with the same pattern would leave it to chance which of them decides."""
    seen: dict[str, str] = {}
    for at, rule in enumerate(rules):
        for pattern in rule.repositories:
            if pattern.text in seen:
                other = seen[pattern.text]
                reading.refuse("trust", at, f"the pattern {pattern.text!r} stands in {other!r} already")
            seen[pattern.text] = rule.name


@dataclass(frozen=True, slots=True)
class _Reading:
    """The text under way, to name lines in it."""

    text: str
    file_name: str

    def tables(self, document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
        value = document.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.refuse(name, 0, f"write each as [[{name}]]")
        return value

    def texts(self, table: Mapping[str, Any], member: str, name: str, at: int) -> list[str]:
        value = table.get(member, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            self.refuse(name, at, f"{member} must be a list of strings")
        return value

    def patterns(self, table: Mapping[str, Any], member: str, at: int) -> tuple[RepositoryPattern, ...]:
        texts = self.texts(table, member, "trust", at)
        try:
            return tuple(RepositoryPattern.parse(text) for text in texts)
        except Malformed as error:
            self.refuse("trust", at, error.message, error.hint)

    def refuse_unknown_members(
        self, table: Mapping[str, Any], known: Sequence[str], name: str, at: int
    ) -> None:
        for member in table:
            if member not in known:
                self.refuse_unknown(member, known, name, at)

    def refuse_unknown(self, member: str, known: Sequence[str], name: str, at: int) -> NoReturn:
        close = get_close_matches(member, known, 1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
        self.refuse(name, at, f"{member!r} is not known here", hint)

    def refuse(self, name: str, at: int, message: str, hint: str = "") -> NoReturn:
        raise Malformed(
            "trust-policy-invalid", f"{self.file_name}:{self._line(name, at)}: {message}", hint=hint
        )

    def _line(self, name: str, at: int) -> int:
        """The line (1 is the first) where the table of this name and place begins."""
        heads = [
            number
            for number, line in enumerate(self.text.splitlines(), start=1)
            if re.match(rf"\s*\[\[?\s*{re.escape(name)}\s*\]", line)
        ]
        return heads[at] if name and at < len(heads) else 1
