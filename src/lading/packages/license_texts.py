"""Recognise the texts of common licences, whoever wrapped them, and whoever's name stands in them.

A text is folded to its words. A licence is recognised by phrases that its text has and no other's has, all of
them; phrases of a neighbour (the third clause of BSD) exclude it. Nothing is guessed: a text that was changed
in such a phrase is not recognised.
"""

import re
from dataclasses import dataclass

MAX_TEXT = 256 << 10  # characters; the longest licence has 40 thousand
_NO_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class _Fact:
    license: str
    has: tuple[str, ...]
    has_not: tuple[str, ...] = ()


_GPL = "gnu general public license"
_LGPL = "gnu lesser general public license"
_FSF = "as published by the free software foundation"
_LATER = "or at your option any later version"
_GRANT = "permission is hereby granted free of charge to any person obtaining a copy of"
_MIT_NOTICE = "copyright notice and this permission notice shall be included in all copies or substantial"
_BSD = "redistribution and use in source and binary forms with or without modification are permitted"
_BSD_BINARY = "redistributions in binary form must reproduce the above copyright notice"
_THIRD = ("names of its contributors", "name of the copyright holder", "neither the name", "nor the names")
_ISC = "permission to use copy modify and or distribute this software for any purpose with or without fee"
_ISC_OLD = "permission to use copy modify and distribute this software for any purpose with or without fee"
_NOTICE_APPEARS = "provided that the above copyright notice and this permission notice appear in all copies"

_FACTS = (
    _Fact("MIT", (_GRANT, _MIT_NOTICE), ("except as contained in this notice",)),
    _Fact("X11", (_GRANT, _MIT_NOTICE, "except as contained in this notice the name of the x consortium")),
    _Fact("MIT-0", (_GRANT, "to permit persons to whom the software is furnished to do so"), (_MIT_NOTICE,)),
    _Fact("ISC", (_ISC, _NOTICE_APPEARS)),
    _Fact("ISC", (_ISC_OLD, _NOTICE_APPEARS)),
    _Fact("0BSD", (_ISC, "is hereby granted the software is provided as is"), (_NOTICE_APPEARS,)),
    _Fact("BSD-2-Clause", (_BSD, _BSD_BINARY), (*_THIRD, "all advertising materials")),
    _Fact("BSD-3-Clause", (_BSD, _BSD_BINARY, "may be used to endorse or promote products"),
          ("all advertising materials",)),
    _Fact("BSD-4-Clause", (_BSD, _BSD_BINARY, "all advertising materials mentioning features")),
    _Fact("Apache-2.0", ("apache license version 2 0 january 2004",)),
    _Fact("Apache-2.0", ("licensed under the apache license version 2 0",)),
    _Fact("GPL-3.0-or-later", (f"{_GPL} {_FSF} either version 3", _LATER)),
    _Fact("GPL-2.0-or-later", (f"{_GPL} {_FSF} either version 2", _LATER)),
    _Fact("GPL-2.0-only", (f"{_GPL} version 2 {_FSF}",), (_LATER,)),
    _Fact("GPL-2.0-only", (f"{_GPL} version 2 june 1991",), (f"{_FSF} either",)),
    _Fact("GPL-3.0-only", (f"{_GPL} version 3 29 june 2007",), ("either version 3 of the license",)),
    _Fact("GPL-3.0-or-later", (f"{_GPL} version 3 29 june 2007", "either version 3 of the license")),
    _Fact("LGPL-2.1-or-later", (f"lesser general public license {_FSF} either version 2 1", _LATER)),
    _Fact("LGPL-2.0-or-later", (f"library general public license {_FSF} either version 2", _LATER)),
    _Fact("LGPL-3.0-or-later", (f"{_LGPL} {_FSF} either version 3", _LATER)),
    _Fact("LGPL-2.1-only", (f"{_LGPL} version 2 1 february 1999",), (f"{_FSF} either",)),
    _Fact("LGPL-3.0-only", (f"{_LGPL} version 3 29 june 2007",)),
    _Fact("AGPL-3.0-only", ("gnu affero general public license version 3 19 november 2007",),
          ("either version 3 of the license",)),
    _Fact("AGPL-3.0-or-later", (f"affero general public license {_FSF} either version 3",)),
    _Fact("MPL-2.0", ("mozilla public license version 2 0 1 definitions",)),
    _Fact("MPL-2.0", ("subject to the terms of the mozilla public license v 2 0",)),
    _Fact("MPL-1.1", ("mozilla public license version 1 1",)),
    _Fact("EPL-1.0", ("eclipse public license v 1 0 the accompanying program",)),
    _Fact("EPL-2.0", ("eclipse public license v 2 0 the accompanying program",)),
    _Fact("CDDL-1.0", ("common development and distribution license cddl version 1 0 1 definitions",)),
    _Fact("Unlicense", ("this is free and unencumbered software released into the public domain",)),
    _Fact("CC0-1.0", ("cc0 1 0 universal", "statement of purpose")),
    _Fact("BSL-1.0", ("boost software license version 1 0",)),
    _Fact("Zlib", ("the origin of this software must not be misrepresented",
                   "altered source versions must be plainly marked as such")),
    _Fact("PSF-2.0", ("python software foundation license version 2",)),
    _Fact("Artistic-2.0", ("the artistic license 2 0",)),
    _Fact("OpenSSL", ("software developed by the openssl project for use in the openssl toolkit",)),
    _Fact("WTFPL", ("do what the fuck you want to public license",)),
    _Fact("UPL-1.0", ("the universal permissive license upl version 1 0",)),
    _Fact("OFL-1.1", ("sil open font license version 1 1",)),
    _Fact("Unicode-3.0", ("unicode license v3",)),
    _Fact("BlueOak-1.0.0", ("blue oak model license version 1 0 0",)),
    _Fact("curl", ("the name of a copyright holder shall not be used in advertising", _ISC_OLD)),
)  # fmt: skip


def recognise_licenses(text: str) -> tuple[str, ...]:
    """The licences whose texts, or notices that stand for them, are in ``text``, by their SPDX ids."""
    words = f" {_NO_WORD.sub(' ', text[:MAX_TEXT].lower())} "
    found = dict.fromkeys(
        fact.license
        for fact in _FACTS
        if all(phrase in words for phrase in fact.has) and not any(phrase in words for phrase in fact.has_not)
    )
    return tuple(found)
