"""Texts of licences, wrapped as people wrap them."""

import textwrap

import pytest

from lading.cataloging.catalogers.dpkg_copyright import read_copyright
from lading.packages.license_texts import recognise_licenses
from lading.packages.licenses import normalise

MIT = """
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files, to deal in the Software without restriction. The above copyright notice and this
permission notice shall be included in all copies or substantial portions of the Software.
"""
BSD_2 = """
Redistribution and use in source and binary forms, with or without modification, are permitted provided that:
1. Redistributions of source code must retain the above copyright notice.
2. Redistributions in binary form must reproduce the above copyright notice.
"""
BSD_3 = (
    BSD_2
    + "3. Neither the name of X nor the names of its contributors may be used to endorse or promote products."
)
GPL = """
This program is free software; you can redistribute it and/or modify it under the terms of the GNU General
Public License as published by the Free Software Foundation; either version 2 of the License,
or (at your option) any later version.
"""


@pytest.mark.parametrize(
    ("text", "licenses"),
    [(MIT, ("MIT",)), (BSD_2, ("BSD-2-Clause",)), (BSD_3, ("BSD-3-Clause",)), (GPL, ("GPL-2.0-or-later",)),
     ("Apache License\nVersion 2.0, January 2004\n", ("Apache-2.0",)),
     (MIT + GPL, ("MIT", "GPL-2.0-or-later")),
     ("All rights reserved.", ()), ("", ())],
)  # fmt: skip
def test_a_text_is_recognised_however_it_is_wrapped(text: str, licenses: tuple[str, ...]) -> None:
    assert recognise_licenses(text) == licenses
    assert recognise_licenses("\n".join(f" * {line}" for line in textwrap.wrap(text, 40))) == licenses


def test_a_text_without_end_costs_little() -> None:
    assert recognise_licenses("a " * 10_000_000) == ()


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("GPLv2+ and LGPLv2+", "GPL-2.0-or-later AND LGPL-2.0-or-later"),
        ("(GPLv2+ or MIT) and zlib", "(GPL-2.0-or-later OR MIT) AND Zlib"),
        ("GPL (>= 2)", "GPL-2.0-or-later"),
        ("GPL-2 | GPL-3", "GPL-2.0-only OR GPL-3.0-only"),
        ("MIT + file LICENSE", "MIT"),
        ("ASL 2.0", "Apache-2.0"),
        ("The Apache Software License, Version 2.0", "Apache-2.0"),
        ("http://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
        ("GPL-1+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("MIT, BSD-3-Clause", "MIT AND BSD-3-Clause"),
        ("GPL", ""),  # of which version, nobody knows
        ("BSD and MIT", ""),
        ("Public Domain", ""),
        ("(" * 500, ""),
    ],
)
def test_names_in_the_words_of_ecosystems_become_expressions(text: str, expression: str) -> None:
    assert normalise(text).expression == expression


def test_debians_copyright_files_are_read_in_both_forms() -> None:
    machine = (
        b"Format: https://example.org/1.0\n\nFiles: *\nLicense: GPL-2+\n text\n\nFiles: b\nLicense: Expat\n"
    )
    stated = read_copyright("usr/share/doc/tar/copyright", machine)
    assert stated is not None
    assert (stated.package, stated.licenses) == ("tar", ("GPL-2+", "Expat"))
    text = (
        b"It was downloaded from ...\n" + GPL.encode() + b"On Debian see /usr/share/common-licenses/GPL-2.\n"
    )
    stated = read_copyright("usr/share/doc/tar/copyright", text)
    assert stated is not None
    assert stated.licenses == ("GPL-2.0-or-later", "GPL-2")
    assert read_copyright("usr/share/doc/tar/copyright", b"\xff") is None
