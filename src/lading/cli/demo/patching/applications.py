"""The fleet: bases over bases, and applications of the kinds that make patching hard."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

TAG = "1.0"
COMPANY, PYTHON, NODE = "company/base", "runtime/python", "runtime/node"


class Expected(StrEnum):
    """What a campaign has to find for an image."""

    REBASE = "rebase"
    PATCH = "patch"
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Recipe:
    """An image: a Dockerfile after its FROM line, the files beside it, and what is to become of it.

    ``answer`` is a command in the container; empty for one that answers over HTTP.
    """

    repository: str
    base: str
    steps: str
    files: Mapping[str, str] = field(default_factory=dict)
    expected: tuple[Expected, ...] = (Expected.REBASE,)  # one of them
    every_platform: bool = False
    answer: tuple[str, ...] = ()
    kind: str = ""
    is_base: bool = False


_INSTALL = (
    "RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends {}"
    " && rm -rf /var/lib/apt/lists/*"
)

_PYTHON_APP = """\
import hashlib, http.server, json, os, pwd, ssl, sys
NAME = "{name}"
def answer():
    context = ssl.create_default_context()
    return {{
        "app": NAME, "python": sys.version_info[:2], "user": pwd.getpwuid(os.getuid()).pw_name,
        "digest": hashlib.sha256(NAME.encode()).hexdigest(), "authorities": len(context.get_ca_certs()) > 100,
        "files": sorted(os.listdir("/srv")), "home": os.environ.get("APP_HOME"),
    }}
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(answer()).encode()
        self.send_response(200); self.end_headers(); self.wfile.write(body)
    def log_message(self, *said): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
"""
_NODE_APP = """\
const crypto = require("crypto"), fs = require("fs"), http = require("http");
const name = "{name}";
http.createServer((_, reply) => reply.end(JSON.stringify({{
  app: name, node: process.versions.node.split(".")[0], files: fs.readdirSync("/srv").sort(),
  digest: crypto.createHash("sha256").update(name).digest("hex"),
  roots: require("tls").rootCertificates.length > 100,
}}))).listen(Number(process.env.PORT), "127.0.0.1");
"""
_SHELL_APP = (
    'echo "app {name}"; echo {name} | openssl dgst -sha256; cat /etc/company-release; ls /srv; id -un\n'
)


def bases(*, runtimes: bool) -> tuple[Recipe, ...]:
    """What applications stand on, the lowest first; the first one stands on the distribution."""
    company = (
        "COPY company-release /etc/company-release\nCOPY company-ca.crt /usr/local/share/company/notice.txt\n"
        "ENV APP_HOME=/srv\nWORKDIR /srv"
    )
    files = {"company-release": "company base 1.0\n", "company-ca.crt": "ask platform@example.org\n"}
    base = Recipe(COMPANY, "", company, files, every_platform=True, is_base=True)
    if not runtimes:
        return (base,)
    return (
        base,
        Recipe(PYTHON, COMPANY, _INSTALL.format("python3"), is_base=True),
        Recipe(NODE, COMPANY, _INSTALL.format("nodejs"), is_base=True),
    )


def applications(number: int, affected: str, *, runtimes: bool) -> tuple[Recipe, ...]:
    """So many applications, of every kind some; ``affected`` is a package to install, if there is any."""
    if not runtimes:
        return _without_runtimes(number)
    shares: tuple[tuple[Callable[[str], Recipe], int], ...] = (
        (_plain_python, 82), (_plain_node, 60), (_shell, 15), (_with_user_and_jq, 12), (_with_sqlite, 8),
        (_own_configuration, 6), (_own_program, 4), (_every_platform, 8),
        (lambda name: _with_affected(name, affected) if affected else _plain_python(name), 5),
    )  # fmt: skip
    counts = [max(1, round(share * number / 200)) for _, share in shares]
    counts[0] += number - sum(counts)
    made = (
        make(f"apps/{number:03}")
        for number, make in enumerate(
            (make for (make, _), count in zip(shares, counts, strict=True) for _ in range(count)), start=1
        )
    )
    return tuple(made)


def _without_runtimes(number: int) -> tuple[Recipe, ...]:
    makes: tuple[Callable[[str], Recipe], ...] = (
        _shell, _every_platform, lambda name: _overwriting(_shell(name)),
        lambda name: _hiding_a_program(_shell(name)),
    )  # fmt: skip
    return tuple(makes[at % len(makes)](f"apps/{at:03}") for at in range(number))


def samples(fleet: tuple[Recipe, ...], of_each: int) -> Iterator[Recipe]:
    """Some of each kind, to run."""
    seen: dict[str, int] = {}
    for recipe in fleet:
        seen[recipe.kind] = seen.get(recipe.kind, 0) + 1
        if seen[recipe.kind] <= of_each:
            yield recipe


def _plain_python(name: str) -> Recipe:
    return _python(name, "", "copies a Python program")


def _python(name: str, steps: str, kind: str) -> Recipe:
    run = 'COPY app.py /srv/app.py\nCMD ["python3", "/srv/app.py"]'
    return Recipe(
        name, PYTHON, f"{steps}\n{run}".strip(), {"app.py": _PYTHON_APP.format(name=name)}, kind=kind
    )


def _plain_node(name: str) -> Recipe:
    steps = 'COPY app.js /srv/app.js\nUSER nobody\nCMD ["node", "/srv/app.js"]'
    return Recipe(name, NODE, steps, {"app.js": _NODE_APP.format(name=name)}, kind="copies a Node program")


def _shell(name: str) -> Recipe:
    steps = 'COPY answer.sh /srv/answer.sh\nUSER www-data\nCMD ["sleep", "infinity"]'
    files = {"answer.sh": _SHELL_APP.format(name=name)}
    return Recipe(name, COMPANY, steps, files, answer=("sh", "/srv/answer.sh"), kind="a shell script")


def _with_user_and_jq(name: str) -> Recipe:
    steps = f"{_INSTALL.format('jq')}\nRUN useradd --system --uid 991 --no-create-home app\nUSER app"
    return _python(name, steps, "installs jq and adds a user")


def _with_sqlite(name: str) -> Recipe:
    return _python(name, _INSTALL.format("sqlite3"), "installs sqlite3")


def _own_configuration(name: str) -> Recipe:
    return _overwriting(_plain_python(name))


def _overwriting(recipe: Recipe) -> Recipe:
    steps = "COPY motd /etc/motd\nRUN rm -rf /usr/share/doc/apt /usr/share/doc/tzdata"
    files = {**recipe.files, "motd": f"this is {recipe.repository}\n"}
    kind = "overwrites and deletes files of the base"
    return replace(recipe, steps=f"{steps}\n{recipe.steps}", files=files, kind=kind)


def _own_program(name: str) -> Recipe:
    return _hiding_a_program(_plain_python(name))


def _hiding_a_program(recipe: Recipe) -> Recipe:
    steps = "COPY openssl /usr/bin/openssl\nRUN chmod 0755 /usr/bin/openssl"
    files = {**recipe.files, "openssl": f"#!/bin/sh\necho {recipe.repository} has no openssl\n"}
    kind = "overwrites a program that the flaw is in"
    steps = f"{steps}\n{recipe.steps}"
    return replace(recipe, steps=steps, files=files, kind=kind, expected=(Expected.REBUILD,))


def _every_platform(name: str) -> Recipe:
    return replace(_shell(name), kind="a shell script for two platforms", every_platform=True)


def _with_affected(name: str, package: str) -> Recipe:
    kind = f"installs {package} itself"
    return replace(_python(name, _INSTALL.format(package), kind), expected=(Expected.PATCH, Expected.REBUILD))
