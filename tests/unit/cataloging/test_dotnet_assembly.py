"""What .NET assemblies say of themselves."""

import random
import struct
import time

import pytest

from lading.cataloging.catalogers.dotnet_assembly import CATALOGER, parse_assembly, recognises
from lading.cataloging.pe_version import read_version_strings
from lading.packages.package import Package
from tests.support.windows_programs import windows_program

SAID = {
    "CompanyName": "Newtonsoft",
    "FileVersion": "13.0.3.27908",
    "OriginalFilename": "Newtonsoft.Json.dll",
    "ProductVersion": "13.0.3+0a2e291c0d9c0c7675d445703e51750363a549ef",
}


def found(texts: dict[str, str], path: str = "app/Newtonsoft.Json.dll") -> list[tuple[str, str]]:
    packages = list(parse_assembly(path, windows_program(texts)))
    assert all(isinstance(each, Package) and each.type == "nuget" for each in packages)
    return [(each.name, each.version) for each in packages if isinstance(each, Package)]


@pytest.mark.parametrize("wide", [False, True])
def test_all_texts_are_read(wide: bool) -> None:
    assert read_version_strings(windows_program(SAID, wide=wide)) == SAID


def test_the_package_is_at_the_products_version_without_its_commit() -> None:
    assert found(SAID) == [("Newtonsoft.Json", "13.0.3")]
    assert found({**SAID, "ProductVersion": "Release build"}) == [("Newtonsoft.Json", "13.0.3.27908")]
    assert found({"ProductVersion": "2.0.0-beta.1"}, "app/Acme.dll") == [("Acme", "2.0.0-beta.1")]


@pytest.mark.parametrize(
    ("texts", "path"),
    [
        (SAID, "usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.5/Newtonsoft.Json.dll"),
        (SAID, "usr/lib/mono/gac/Newtonsoft.Json.dll"),
        (
            {**SAID, "OriginalFilename": "Newtonsoft.Json.resources.dll"},
            "app/de/Newtonsoft.Json.resources.dll",
        ),
        ({**SAID, "ProductVersion": "0.0.0.0", "FileVersion": "0.0.0.0"}, "app/policy.dll"),
        ({}, "app/x.dll"),
    ],
)
def test_the_runtimes_own_translations_and_what_says_no_version_are_left_out(
    texts: dict[str, str], path: str
) -> None:
    assert found(texts, path) == []


def test_only_programs_for_dotnet_are_read() -> None:
    assert recognises(windows_program(SAID), 0)
    assert not recognises(windows_program(SAID, managed=False), 0)
    assert not recognises(b"MZ" + bytes(100), 0)


def test_headers_that_lie_are_no_error_and_take_no_time() -> None:
    honest = windows_program(SAID)
    began = time.monotonic()
    for at in range(0, 0x400, 4):
        for number in (0, 0x7FFF_FFFF, 0xFFFF_FFFF):
            changed = bytearray(honest)
            struct.pack_into("<I", changed, at, number)
            assert recognises(bytes(changed[:8192]), 0) in (True, False)
            read_version_strings(bytes(changed))
    chance = random.Random(1)
    for _ in range(2000):
        changed = bytearray(honest)
        changed[chance.randrange(0x400, len(honest))] = chance.randrange(256)
        list(CATALOGER.parse("app/x.dll", bytes(changed)))
    for end in range(len(honest)):
        read_version_strings(honest[:end])
    assert time.monotonic() - began < 60
