"""What a command installs: which package manager, which packages, which of them without a version.

Also whether what the package manager leaves behind (lists, caches) is taken away in the same layer, because
a later layer can hide files but not make the image smaller.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lading.dockerfile.shell import ShellCommand


class Manager(StrEnum):
    """A package manager."""

    APT = "apt"
    APK = "apk"
    DNF = "dnf"  # and yum, microdnf, tdnf, which take the same words
    ZYPPER = "zypper"
    PIP = "pip"
    NPM = "npm"
    GEM = "gem"
    GO = "go"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Install:
    """What one command does with a package manager. ``action`` is install, update, upgrade, or empty."""

    manager: Manager = Manager.NONE
    action: str = ""
    packages: tuple[str, ...] = ()
    unpinned: tuple[str, ...] = ()
    confirmed: bool = True  # whether it asks nobody
    lean: bool = True  # whether nothing comes along that is only recommended


_PROGRAMS = {
    **dict.fromkeys(("apt-get", "apt", "aptitude"), Manager.APT),
    "apk": Manager.APK,
    **dict.fromkeys(("dnf", "yum", "microdnf", "tdnf", "dnf5"), Manager.DNF),
    "zypper": Manager.ZYPPER,
    **dict.fromkeys(("pip", "pip2", "pip3"), Manager.PIP),
    **dict.fromkeys(("npm", "pnpm", "yarn"), Manager.NPM),
    "gem": Manager.GEM,
    "go": Manager.GO,
}
_INSTALL = {
    Manager.APT: ("install",),
    Manager.APK: ("add",),
    Manager.DNF: ("install", "localinstall", "groupinstall", "reinstall"),
    Manager.ZYPPER: ("install", "in"),
    Manager.PIP: ("install",),
    Manager.NPM: ("install", "i", "add"),
    Manager.GEM: ("install",),
    Manager.GO: ("install",),
}
_UPDATE = {
    Manager.APT: ("update",),
    Manager.APK: ("update",),
    Manager.DNF: ("makecache",),
    Manager.ZYPPER: ("refresh",),
}
_UPGRADE = {
    Manager.APT: ("upgrade", "dist-upgrade", "full-upgrade"),
    Manager.APK: ("upgrade",),
    Manager.DNF: ("update", "upgrade", "distro-sync"),
    Manager.ZYPPER: ("update", "up", "dist-upgrade", "dup", "patch"),
}
# Options that take the next word; without them that word would be taken for a package.
_VALUED = {
    Manager.APT: ("-t", "--target-release", "-o", "-c", "--option", "--config-file"),
    Manager.APK: ("-t", "--virtual", "-X", "--repository", "-p", "--root", "--arch", "--keys-dir"),
    Manager.DNF: (
        "-c",
        "--config",
        "--releasever",
        "--installroot",
        "-x",
        "--exclude",
        "--enablerepo",
        "--disablerepo",
    ),
    Manager.ZYPPER: ("-R", "--root", "-r", "--repo", "--from", "-t", "--type"),
    Manager.PIP: (
        *(
            "-r",
            "--requirement",
            "-c",
            "--constraint",
            "-i",
            "--index-url",
            "--extra-index-url",
            "-f",
            "--find-links",
        ),
        *("-t", "--target", "--prefix", "--root", "-e", "--editable", "--trusted-host", "--python"),
    ),
    Manager.NPM: ("--prefix", "--registry", "-C", "--cache"),
    Manager.GEM: ("-v", "--version", "-i", "--install-dir", "-n", "--bindir", "-s", "--source", "--platform"),
    Manager.GO: ("-ldflags", "-tags", "-o", "-gcflags", "-asmflags", "-mod"),
}
_YES = {
    Manager.APT: ("-y", "--yes", "--assume-yes", "-qq", "--force-yes"),
    Manager.DNF: ("-y", "--assumeyes", "--assume-yes"),
    Manager.ZYPPER: ("-n", "--non-interactive", "-y", "--no-confirm"),
}
_LEAN = {
    Manager.APT: ("--no-install-recommends",),
    Manager.DNF: (
        "--setopt=install_weak_deps=False",
        "--setopt=install_weak_deps=0",
        "--nodocs",
        "--setopt=tsflags=nodocs",
    ),
    Manager.ZYPPER: ("--no-recommends",),
}
_LEFT_BEHIND = {
    Manager.APT: ("/var/lib/apt/lists", "/var/lib/apt", "/var/cache/apt"),
    Manager.APK: ("/var/cache/apk", "/etc/apk/cache"),
    Manager.DNF: (
        "/var/cache/yum",
        "/var/cache/dnf",
        "/var/cache/libdnf5",
        "/var/cache/microdnf",
        "/var/cache/tdnf",
    ),
    Manager.ZYPPER: ("/var/cache/zypp",),
    Manager.PIP: ("/root/.cache", "/root/.cache/pip"),
    Manager.NPM: ("/root/.npm", "/usr/local/share/.cache", "/root/.local/share/pnpm"),
}


def read_install(command: ShellCommand) -> Install:
    """Tell what the command does with a package manager; nothing where it calls none."""
    program, words = command.program, command.words
    if program.startswith("python") and words[:2] == ("-m", "pip"):
        program, words = "pip", words[2:]
    elif program == "uv" and words[:1] == ("pip",):
        program, words = "pip", words[1:]
    elif program == "xargs":
        return _read_xargs(command)
    manager = _PROGRAMS.get(program, Manager.NONE)
    if manager is Manager.NONE:
        return Install()
    plain, options = _split(words, _VALUED.get(manager, ()))
    action, rest = _action(manager, program, plain)
    if action != "install":
        return Install(manager, action, confirmed=action != "upgrade" or _has(options, _YES.get(manager, ())))
    packages = tuple(word for word in rest if _is_package(manager, word))
    versioned = manager is Manager.GEM and _has(options, ("-v", "--version"))
    return Install(
        manager,
        action,
        packages,
        () if versioned else tuple(word for word in packages if not _is_pinned(manager, word)),
        confirmed=manager not in _YES or _has(options, _YES[manager]),
        lean=manager not in _LEAN or _has(options, _LEAN[manager]),
    )


def leaves_caches(
    install: Install, options: Sequence[str], run: Sequence[ShellCommand], mounts: Sequence[str]
) -> bool:
    """Whether what the package manager left behind stays in the layer.

    ``options`` are the words of the command, ``run`` are all commands of its layer, ``mounts`` the targets of
    cache and tmpfs mounts, which are no part of it.
    """
    manager = install.manager
    folders = _LEFT_BEHIND.get(manager, ())
    if not folders or install.action not in {"install", "update", "upgrade"}:
        return False
    if any(mount.rstrip("/") in folders for mount in mounts):
        return False
    if (manager is Manager.APK and "--no-cache" in options) or (
        manager is Manager.PIP and "--no-cache-dir" in options
    ):
        return False
    return not any(_cleans(manager, folders, command) for command in run)


def _cleans(manager: Manager, folders: Sequence[str], command: ShellCommand) -> bool:
    if command.program in {"rm", "find"}:
        return any(word.rstrip("/*").startswith(tuple(folders)) for word in command.words)
    if _PROGRAMS.get(command.program) is not manager:
        return False
    match manager:
        case Manager.DNF | Manager.ZYPPER:
            return "clean" in command.words or "cc" in command.words
        case Manager.NPM:
            return "cache" in command.words and bool({"clean", "clear", "prune"} & set(command.words))
        case Manager.PIP:
            return command.words[:2] == ("cache", "purge")
        case _:
            return False  # apt-get clean leaves the lists


def _read_xargs(command: ShellCommand) -> Install:
    for at, word in enumerate(command.words):
        if word in _PROGRAMS:
            inner = ShellCommand(word, command.words[at + 1 :], command.at, command.piped, command.sudo)
            return read_install(inner)
    return Install()


def _split(words: Sequence[str], valued: Sequence[str]) -> tuple[list[str], list[str]]:
    plain: list[str] = []
    options: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-") and word != "-":
            options.append(word)
            skip = word in valued
        else:
            plain.append(word)
    return plain, options


def _action(manager: Manager, program: str, plain: Sequence[str]) -> tuple[str, Sequence[str]]:
    if program == "yarn" and not plain:
        return "", ()
    if program == "yarn" and plain[0] == "global":
        plain = plain[1:]
    for action, words in (("install", _INSTALL), ("update", _UPDATE), ("upgrade", _UPGRADE)):
        if plain and plain[0] in words.get(manager, ()):
            return action, plain[1:]
    return "", ()


def _has(options: Sequence[str], wanted: Sequence[str]) -> bool:
    short = {option[1] for option in wanted if len(option) == 2}
    return any(
        option in wanted
        or (option[:1] == "-" and option[:2] != "--" and any(letter in short for letter in option[1:]))
        for option in options
    )


def _is_package(manager: Manager, word: str) -> bool:
    """Files, folders and addresses of one's own are no packages of a repository."""
    if manager is Manager.NPM and word.startswith("@"):
        return True
    return bool(word) and not word.startswith((".", "/", "$", "-", "(", "`", "<", "*"))


def _is_pinned(manager: Manager, word: str) -> bool:
    if (
        "$" in word
        or "://" in word
        or word.endswith((".deb", ".rpm", ".apk", ".whl", ".gz", ".zip", ".tgz", ".gem"))
    ):
        return True
    match manager:
        case Manager.APT | Manager.APK | Manager.ZYPPER:
            return "=" in word or "<" in word or "~" in word or word.startswith(("@", "."))
        case Manager.DNF:
            return any(part[:1].isdigit() for part in word.split("-")[1:])
        case Manager.PIP:
            return "==" in word or "@" in word
        case Manager.NPM | Manager.GO:
            version = word.rpartition("@")[2] if "@" in word[1:] else ""
            return version not in {"", "latest"}
        case Manager.GEM:
            return ":" in word
        case _:
            return True
