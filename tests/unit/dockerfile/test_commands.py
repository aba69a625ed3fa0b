"""Commands in shell text, and what they install."""

import pytest

from lading.dockerfile.installs import leaves_caches, read_install
from lading.dockerfile.shell import iter_commands
from lading.dockerfile.stages import parse_dockerfile
from lading.policy.build_facts import read_build


def programs(text: str) -> list[str]:
    return [command.program for command in iter_commands(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a && b || c; d | e & f", ["a", "b", "c", "d", "e", "f"]),
        ("set -eux; if [ -x /y ]; then A=1 B=2 /usr/bin/x; fi", ["set", "[", "x"]),
        ("for f in a b; do rm $f; done", ["rm"]),
        ("echo 'a && b' \"c; d\"", ["echo"]),
        ("x $(y --z | w) `v`", ["x", "y", "w", "v"]),
        ("bash -ec 'curl a | sh'", ["bash", "curl", "sh"]),
        ("echo $((1 + 2))", ["echo"]),
        ("cat > /etc/x <<EOF", ["cat"]),
        ("a 2>&1 >/dev/null # b", ["a"]),
        ("env FOO=1 exec prog", ["prog"]),
        ("echo 'never closed", ["echo"]),
        ("", []),
    ],
)
def test_commands_are_found_between_the_operators_of_the_shell(text: str, expected: list[str]) -> None:
    assert programs(text) == expected


def test_sudo_is_stepped_over_and_remembered() -> None:
    [command] = iter_commands("sudo -E apt-get install x")
    assert (command.program, command.sudo) == ("apt-get", True)


@pytest.mark.parametrize(
    ("text", "manager", "installs", "unpinned", "confirmed"),
    [
        ("apt-get -y install curl=7 git", "apt", ("curl=7", "git"), ("git",), True),
        ("apt-get install -qqy -t stable curl", "apt", ("curl",), ("curl",), True),
        ("apt-get install curl", "apt", ("curl",), ("curl",), False),
        ("apk add --no-cache -t .deps gcc", "apk", ("gcc",), ("gcc",), True),
        ("yum -y install httpd-2.4.6", "dnf", ("httpd-2.4.6",), (), True),
        ("python3 -m pip install -r r.txt flask==3 x", "pip", ("flask==3", "x"), ("x",), True),
        ("npm install -g @scope/a@1 b@latest", "npm", ("@scope/a@1", "b@latest"), ("b@latest",), True),
        ("npm ci", "npm", (), (), True),
        ("gem install bundler -v 2.1", "gem", ("bundler",), (), True),
        ("go install example.com/x@v1.2.3", "go", ("example.com/x@v1.2.3",), (), True),
        ("pip install .", "pip", (), (), True),
        ("xargs -r apt-get install -y", "apt", (), (), True),
        ("make install", "", (), (), True),
    ],
)
def test_what_a_command_installs_is_told_from_its_words(
    text: str, manager: str, installs: tuple[str, ...], unpinned: tuple[str, ...], confirmed: bool
) -> None:
    [command] = iter_commands(text)
    install = read_install(command)
    got = (install.manager.value, install.packages, install.unpinned, install.confirmed)
    assert got == (manager, installs, unpinned, confirmed)


@pytest.mark.parametrize(
    ("text", "mounts", "left"),
    [
        ("apt-get update && apt-get install -y x", (), True),
        ("apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*", (), False),
        ("apt-get install -y x && apt-get clean", (), True),
        ("apt-get install -y x", ("/var/lib/apt",), False),
        ("apk add x", (), True),
        ("apk add --no-cache x", (), False),
        ("dnf install -y x && dnf clean all", (), False),
        ("pip install x", (), True),
        ("pip install --no-cache-dir x", (), False),
    ],
)
def test_caches_stay_unless_the_same_layer_takes_them_away(
    text: str, mounts: tuple[str, ...], left: bool
) -> None:
    run = list(iter_commands(text))
    first = next(command for command in run if read_install(command).action == "install")
    assert leaves_caches(read_install(first), first.words, run, mounts) is left


def test_commands_keep_their_lines_through_continuations_and_here_documents() -> None:
    text = "FROM a\nRUN set -e && \\\n  # why\n  curl x | \\\n  sh\nRUN <<EOF\necho a\nwget b\nEOF\n"
    facts = read_build(parse_dockerfile(text.encode(), "Dockerfile")).facts
    assert [(fact.program, fact.line) for fact in facts.commands] == [
        *(("set", 2), ("curl", 4), ("sh", 5)),
        *(("echo", 7), ("wget", 8)),
    ]
    assert [fact.program for fact in facts.commands if fact.fetched] == ["sh"]


def test_powershell_is_not_taken_for_a_shell() -> None:
    text = 'FROM a\nSHELL ["powershell", "-Command"]\nRUN Write-Host a; rm b\n'
    assert read_build(parse_dockerfile(text.encode(), "Dockerfile")).facts.commands == ()


def test_pipefail_of_the_shell_or_of_the_run_keeps_failures() -> None:
    text = "FROM a\nRUN curl x | tar x\nRUN set -o pipefail; curl x | tar x\n"
    text += 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN curl x | tar x\n'
    facts = read_build(parse_dockerfile(text.encode(), "Dockerfile")).facts
    assert [fact.line for fact in facts.commands if fact.piped] == [2]
