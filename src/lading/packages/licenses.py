"""Licences as SPDX expressions (SPDX specification 2.3, annex D), out of what package metadata says.

Only what is certain becomes an expression: "BSD" may be any of a dozen licences and stays what it is, a text.
"""

import re
from dataclasses import dataclass

from lading.packages.spdx_ids import EXCEPTIONS, LICENSES

MAX_LENGTH = 2048  # characters; the longest real expression we know has 500
MAX_DEPTH = 32  # parentheses

_TOKEN = re.compile(r"\s*([()]|[^\s()]+)")
_REFERENCE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+\Z")  # one to another document would lead nowhere
_REFERENCE_INSIDE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_LICENSE_BY_FOLDED = {identifier.lower(): identifier for identifier in LICENSES}
_EXCEPTION_BY_FOLDED = {identifier.lower(): identifier for identifier in EXCEPTIONS}
# The GNU licences are now named with what "or later" leaves open (SPDX License List 3.0).
_GNU = re.compile(r"((?:AGPL|GPL|LGPL|GFDL)-[0-9.]+)(\+?)\Z")

# What packages call licences, folded, where it can mean but one. (The classifier of the Apache licence names
# no version; it is younger than version 2.0.)
_KNOWN_NAMES = {
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "apache2": "Apache-2.0",
    "apache license v2.0": "Apache-2.0",
    "apache license, 2.0": "Apache-2.0",
    "apache public license 2.0": "Apache-2.0",
    "apache software license, version 2.0": "Apache-2.0",
    "apache software license - version 2.0": "Apache-2.0",
    "apache-2.0 license": "Apache-2.0",
    "apl 2.0": "Apache-2.0",
    "asl 2.0": "Apache-2.0",
    "artistic license 2.0": "Artistic-2.0",
    "artistic": "Artistic-1.0-Perl",
    "boost": "BSL-1.0",
    "bouncy castle licence": "MIT",
    "bsd license 3": "BSD-3-Clause",
    "bsd 3-clause new": "BSD-3-Clause",
    "bsd-3-clause license": "BSD-3-Clause",
    "bsd-2-clause license": "BSD-2-Clause",
    "modified bsd license": "BSD-3-Clause",
    "revised bsd license": "BSD-3-Clause",
    "bsd-new": "BSD-3-Clause",
    "cc0": "CC0-1.0",
    "cddl 1.0": "CDDL-1.0",
    "cddl 1.1": "CDDL-1.1",
    "common development and distribution license 1.0": "CDDL-1.0",
    "eclipse distribution license - v 1.0": "BSD-3-Clause",
    "eclipse distribution license v. 1.0": "BSD-3-Clause",
    "edl 1.0": "BSD-3-Clause",
    "eclipse public license - v 1.0": "EPL-1.0",
    "eclipse public license 1.0": "EPL-1.0",
    "eclipse public license v. 1.0": "EPL-1.0",
    "eclipse public license - v 2.0": "EPL-2.0",
    "eclipse public license 2.0": "EPL-2.0",
    "eclipse public license v2.0": "EPL-2.0",
    "eclipse public license v. 2.0": "EPL-2.0",
    "epl 1.0": "EPL-1.0",
    "epl 2.0": "EPL-2.0",
    "gnu lesser general public license v2.1": "LGPL-2.1-only",
    "gnu lesser general public license, version 2.1": "LGPL-2.1-only",
    "gnu general public license, version 2": "GPL-2.0-only",
    "gnu general public license, version 3": "GPL-3.0-only",
    "gpl2 w/ cpe": "GPL-2.0-only WITH Classpath-exception-2.0",
    "gpl-2 with classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "lgpl, version 2.1": "LGPL-2.1-only",
    "mit/x11": "MIT",
    "mit license (mit)": "MIT",
    "mit-style": "MIT",
    "mpl-2": "MPL-2.0",
    "mplv1.1": "MPL-1.1",
    "mplv2.0": "MPL-2.0",
    "mozilla public license 2.0": "MPL-2.0",
    "mozilla public license, version 2.0": "MPL-2.0",
    "perl_5": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "same as perl itself": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "postgresql license": "PostgreSQL",
    "psf-2": "PSF-2.0",
    "python": "PSF-2.0",
    "ruby license": "Ruby",
    "unicode license": "Unicode-DFS-2016",
    "unlicense": "Unlicense",
    "vim license": "Vim",
    "wtfpl v2": "WTFPL",
    "zlib license": "Zlib",
    "zpl 2.1": "ZPL-2.1",
    "zplv2.1": "ZPL-2.1",
    "apache2.0": "Apache-2.0",
    "boost software license 1.0 (bsl-1.0)": "BSL-1.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd-2": "BSD-2-Clause",
    "bsd-3": "BSD-3-Clause",
    "3-clause bsd": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "cc0 1.0 universal (cc0 1.0) public domain dedication": "CC0-1.0",
    "expat": "MIT",
    "gnu affero general public license v3": "AGPL-3.0-only",
    "gnu affero general public license v3 or later (agplv3+)": "AGPL-3.0-or-later",
    "gnu general public license v2 (gplv2)": "GPL-2.0-only",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later",
    "gnu general public license v3 (gplv3)": "GPL-3.0-only",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "gnu lesser general public license v2 (lgplv2)": "LGPL-2.0-only",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.0-or-later",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "gplv2": "GPL-2.0-only",
    "gplv2+": "GPL-2.0-or-later",
    "gplv3": "GPL-3.0-only",
    "gplv3+": "GPL-3.0-or-later",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "lgplv2.1": "LGPL-2.1-only",
    "lgplv2.1+": "LGPL-2.1-or-later",
    "lgplv3": "LGPL-3.0-only",
    "lgplv3+": "LGPL-3.0-or-later",
    "mit license": "MIT",
    "mit no attribution license (mit-0)": "MIT-0",
    "mit-license": "MIT",
    "mozilla public license 1.1 (mpl 1.1)": "MPL-1.1",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "mpl 2.0": "MPL-2.0",
    "mpl2": "MPL-2.0",
    "new bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "psf": "PSF-2.0",
    "psf license": "PSF-2.0",
    "public domain cc0": "CC0-1.0",
    "python software foundation license": "PSF-2.0",
    "simplified bsd": "BSD-2-Clause",
    "the mit license": "MIT",
    "the unlicense (unlicense)": "Unlicense",
    "universal permissive license (upl)": "UPL-1.0",
    "zlib/libpng license": "Zlib",
}


@dataclass(frozen=True, slots=True)
class License:
    """What is said of a licence. ``expression`` is valid SPDX, and empty where ``text`` is all there is."""

    text: str
    expression: str

    @property
    def is_single(self) -> bool:
        """Whether the expression is one identifier of the SPDX list."""
        return self.expression in LICENSES

    @property
    def references(self) -> tuple[str, ...]:
        """What the expression names and does not say: ``LicenseRef-…``, whose text is with the package."""
        return tuple(dict.fromkeys(_REFERENCE_INSIDE.findall(self.expression)))


# The GNU licences as Fedora (GPLv2+), Debian (GPL-2+), R (GPL (>= 2)) and people write them.
_GNU_LOOSE = re.compile(
    r"(?:gnu )?(?P<name>agpl|lgpl|gpl|gfdl)[ -]?(?:v|version )?(?P<version>[1-3](?:\.[0-9])?)?(?:\.0)?"
    r"(?P<later>\+|[ -]or[ -](?:later|newer|greater))?"
)
_GNU_AT_LEAST = re.compile(
    r"(?P<name>agpl|lgpl|gpl|gfdl) ?\( ?>= ?(?P<version>[1-3](?:\.[0-9])?)(?:\.0)? ?\)"
)
_OPERATOR = re.compile(r"(?<![^\s)])(and/or|and|or)(?![^\s(])|(\|\|?|&&?|,|;)|([()])")
_OPERATORS = {
    "and": "AND",
    "&": "AND",
    "&&": "AND",
    ",": "AND",
    ";": "AND",
    "or": "OR",
    "and/or": "OR",
    "|": "OR",
}
_R_FILE = re.compile(r"\s*\+\s*file\s+licen[cs]e\s*\Z", re.IGNORECASE)


def normalise(text: str) -> License:
    """Read what a package says of its licence: an expression, or names in the words of its ecosystem."""
    if len(text) > MAX_LENGTH:
        return License(text, "")
    stated = _R_FILE.sub("", text)
    return License(text, _named(stated) or parse_expression(stated) or _joined_names(stated))


_URL = re.compile(r"https?://(?:www\.)?(?P<place>\S+?)(?:\.txt|\.html|\.php|/)?\Z", re.IGNORECASE)
_BY_URL = {
    "apache.org/licenses/license-2.0": "Apache-2.0",
    "opensource.org/licenses/apache-2.0": "Apache-2.0",
    "opensource.org/licenses/apache2.0": "Apache-2.0",
    "opensource.org/licenses/mit-license": "MIT",
    "opensource.org/licenses/mit": "MIT",
    "opensource.org/licenses/bsd-license": "BSD-2-Clause",
    "opensource.org/licenses/bsd-2-clause": "BSD-2-Clause",
    "opensource.org/licenses/bsd-3-clause": "BSD-3-Clause",
    "eclipse.org/legal/epl-v10": "EPL-1.0",
    "eclipse.org/legal/epl-v20": "EPL-2.0",
    "eclipse.org/legal/epl-2.0": "EPL-2.0",
    "eclipse.org/org/documents/edl-v10": "BSD-3-Clause",
    "gnu.org/licenses/lgpl-2.1": "LGPL-2.1-only",
    "gnu.org/licenses/gpl-2.0": "GPL-2.0-only",
    "gnu.org/licenses/gpl-3.0": "GPL-3.0-only",
    "mozilla.org/mpl/2.0": "MPL-2.0",
    "mozilla.org/en-us/mpl/2.0": "MPL-2.0",
}


def _named(text: str) -> str:
    """The licence that goes by this name alone; empty where it could be several, or none."""
    folded = " ".join(text.lower().split())
    if url := _URL.match(folded):
        return _BY_URL.get(url["place"], "")
    known = _KNOWN_NAMES.get(folded) or _KNOWN_NAMES.get(folded.removeprefix("the "))
    if known:
        return known
    single = _LICENSE_BY_FOLDED.get(folded.replace(" ", "-"), "")
    if single and not _GNU.match(single):
        return single
    gnu = _GNU_AT_LEAST.fullmatch(folded)
    loose = _GNU_LOOSE.fullmatch(folded)
    later = bool(gnu) or bool(loose and loose["later"])
    found = gnu or loose
    if found is None or not found["version"]:
        return ""
    version = found["version"] if "." in found["version"] else f"{found['version']}.0"
    identifier = f"{found['name'].upper()}-{version}-{'or-later' if later else 'only'}"
    return identifier if identifier in LICENSES else ""


def _joined_names(text: str) -> str:
    """Names with words between them: ``GPLv2+ and (BSD or MIT)``, ``GPL-2 | GPL-3``."""
    at, parts = 0, []
    text = _GNU_AT_LEAST.sub(lambda found: f"{found['name']}-{found['version']}+", text.lower())
    for operator in _OPERATOR.finditer(text):
        parts += [text[at : operator.start()], operator[1] or operator[2] or operator[3]]
        at = operator.end()
    parts.append(text[at:])
    words = [
        _OPERATORS.get(part) or (part if part in "()" else _named(part) or parse_expression(part) or "?")
        for part in (part.strip() for part in parts)
        if part
    ]
    return "" if "?" in words or len(words) == 1 else parse_expression(" ".join(words)) or ""


def parse_expression(text: str) -> str | None:
    """Return the expression in canonical form, or None where it is not one.

    Identifiers get the case of the list, operators are upper case, retired GNU identifiers become those that
    took their place.
    """
    if len(text) > MAX_LENGTH:
        return None
    tokens = _TOKEN.findall(text)
    if not tokens or _TOKEN.sub("", text).strip():
        return None
    reading = _Reading(tokens)
    try:
        expression = reading.read_or(0)
    except _NoExpression:
        return None
    return expression.text if reading.ended else None


class _NoExpression(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Part:
    """An expression that may become part of a larger one, in parentheses if it stood in some."""

    text: str
    grouped: bool = False


def _joined(parts: list[_Part], operator: str) -> _Part:
    if len(parts) == 1:
        return parts[0]
    return _Part(operator.join(f"({part.text})" if part.grouped else part.text for part in parts))


class _Reading:
    """Recursive descent: or → and → with → one licence, or parentheses."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at == len(self._tokens)

    def read_or(self, depth: int) -> _Part:
        parts = [self._read_and(depth)]
        while self._take("or"):
            parts.append(self._read_and(depth))
        return _joined(parts, " OR ")

    def _read_and(self, depth: int) -> _Part:
        parts = [self._read_with(depth)]
        while self._take("and"):
            parts.append(self._read_with(depth))
        return _joined(parts, " AND ")

    def _read_with(self, depth: int) -> _Part:
        if self._take("("):
            if depth >= MAX_DEPTH:
                raise _NoExpression
            inner = self.read_or(depth + 1)
            if not self._take(")"):
                raise _NoExpression
            return _Part(inner.text, grouped=" OR " in inner.text or " AND " in inner.text)
        license_id = self._read_license()
        if self._take("with"):
            exception = _EXCEPTION_BY_FOLDED.get(self._next().lower())
            if exception is None:
                raise _NoExpression
            return _Part(f"{license_id} WITH {exception}")
        return _Part(license_id)

    def _read_license(self) -> str:
        token = self._next()
        if _REFERENCE.match(token):
            return token
        bare, plus = (token[:-1], "+") if token.endswith("+") else (token, "")
        known = _LICENSE_BY_FOLDED.get(bare.lower())
        if known is None or (plus and known.endswith(("-only", "-or-later"))):
            raise _NoExpression
        gnu = _GNU.match(known + plus)
        if gnu and f"{gnu[1]}-only" in LICENSES:
            return f"{gnu[1]}-or-later" if gnu[2] else f"{gnu[1]}-only"
        return known + plus

    def _next(self) -> str:
        if self.ended:
            raise _NoExpression
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, token: str) -> bool:
        if not self.ended and self._tokens[self._at].lower() == token:
            self._at += 1
            return True
        return False
