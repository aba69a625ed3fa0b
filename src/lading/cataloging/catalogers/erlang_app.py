"""Applications of Erlang and Elixir, as they are installed: ``ebin/*.app`` (erlang.org, app(4)).

Those that come with Erlang/OTP or Elixir are of purl's type ``otp``; all others are taken for packages of
Hex, where nearly all come from and advisories are published.
"""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, named, read_text, reporting

NAME = "erlang-app"
_NAME = re.compile(r"\{\s*application\s*,\s*'?(?P<name>[a-z][A-Za-z0-9_@]*)'?\s*,")
_VERSION = re.compile(r'\{\s*vsn\s*,\s*"(?P<version>[^"\n]+)"\s*\}')
_COMES_WITH = frozenset(
    {
        "asn1",
        "common_test",
        "compiler",
        "crypto",
        "debugger",
        "dialyzer",
        "diameter",
        "edoc",
        "eldap",
        "erl_docgen",
        "erl_interface",
        "et",
        "eunit",
        "ftp",
        "inets",
        "jinterface",
        "kernel",
        "megaco",
        "mnesia",
        "observer",
        "odbc",
        "os_mon",
        "parsetools",
        "public_key",
        "reltool",
        "runtime_tools",
        "sasl",
        "snmp",
        "ssh",
        "ssl",
        "stdlib",
        "syntax_tools",
        "tftp",
        "tools",
        "wx",
        "xmerl",
        "elixir",
        "eex",
        "ex_unit",
        "iex",
        "logger",
        "mix",
    }
)


def _read_application(_path: str, content: bytes) -> Iterator[Found]:
    text = re.sub(r"%[^\n]*", "", read_text(content))
    name, version = _NAME.search(text), _VERSION.search(text)
    if name is None:
        raise NotUnderstood("it does not name an application")
    if version:  # one that is about to be built may have none yet
        kind = "otp" if name["name"] in _COMES_WITH else "hex"
        yield from named(kind, name["name"], version["version"])


CATALOGER = Cataloger(
    name=NAME, reads=("**/ebin/*.app",), parse=reporting(NAME, _read_application), max_bytes=4 << 20
)
