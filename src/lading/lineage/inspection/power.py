"""What who gets into a container finds there, and may do."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from lading.image.file_list import FileEntry, FileKind
from lading.lineage.inspection.accounts import read_accounts
from lading.lineage.inspection.capabilities import describe_capabilities
from lading.lineage.inspection.entry_point import find_entry_point, path_through_links
from lading.lineage.inspection.facts import FileFact, Power, listed
from lading.lineage.stack import Stack
from lading.oci.config import ImageConfig

_SETUID, _SETGID, _STICKY, _WORLD_WRITE = 0o4000, 0o2000, 0o1000, 0o002
_PROGRAMS = re.compile(
    r"(?:usr/(?:local/)?)?s?bin/([^/]+)\Z|opt/[^/]+/bin/([^/]+)\Z|usr/libexec/(?:gcc/.*/)?([^/]+)\Z"
)

_SHELLS = re.compile(r"(?:ba|da|a|z|k|mk|c|tc|fi|ya|pdk)?sh|busybox|toybox|pwsh|rbash|static-sh")
_PACKAGE_MANAGERS = re.compile(
    r"apt|apt-get|aptitude|dpkg|apk|rpm|yum|dnf5?|microdnf|tdnf|zypper|pacman|opkg|snap|flatpak|brew|nix(?:-env)?"
    r"|pip[0-9.]*|pipx|uv|poetry|conda|mamba|npm|npx|yarn|pnpm|corepack|gem|bundle|composer|cargo|cpan|luarocks|mvn|gradle"
)
_COMPILERS = re.compile(
    r"(?:[a-z0-9_]+-linux-(?:gnu|musl)[a-z0-9]*-)?(?:gcc|g\+\+|cc|c\+\+|clang(?:\+\+)?|cpp|ld(?:\.bfd|\.gold|\.lld)?|as|tcc)"
    r"(?:-[0-9.]+)?|cc1(?:plus)?|rustc|go|javac|ghc|ocamlopt|gfortran|nasm|yasm|make|cmake|ninja"
)
_NETWORK_TOOLS = re.compile(
    r"nc|ncat|netcat|nc\.(?:traditional|openbsd)|socat|nmap|tcpdump|tshark|telnet|ftp|tftp|wget|curl|ssh|scp|sftp|rsync"
    r"|dig|nslookup|host|traceroute|ping|ip|ifconfig|iptables|nft|arp|hping3|masscan|proxychains4?|tor"
)
_SSH_SERVERS = re.compile(r"sshd|dropbear|tinysshd|in\.telnetd|telnetd|rlogind|rshd")

# Where programs that many images start are known to write while they run, by the name of the program.
_WRITES: Mapping[str, tuple[str, ...]] = {
    "nginx": ("var/cache/nginx", "run", "var/log/nginx"),
    "httpd": ("usr/local/apache2/logs", "run"),
    "apache2": ("run/apache2", "var/log/apache2", "var/lock/apache2"),
    "apache2-foreground": ("run/apache2", "var/lock/apache2"),
    "postgres": ("var/lib/postgresql/data", "run/postgresql"),
    "mysqld": ("var/lib/mysql", "run/mysqld", "tmp"),
    "mariadbd": ("var/lib/mysql", "run/mysqld", "tmp"),
    "mongod": ("data/db", "tmp"),
    "redis-server": ("data",),
    "valkey-server": ("data",),
    "memcached": (),
    "haproxy": ("run",),
    "java": ("tmp",),  # hsperfdata, temporary files of the standard library
    "catalina.sh": ("usr/local/tomcat/work", "usr/local/tomcat/temp", "usr/local/tomcat/logs"),
    "php-fpm": ("run", "tmp"),
    "gunicorn": ("tmp",),  # a file by which workers show that they live
    "uwsgi": ("tmp",),
    "rabbitmq-server": ("var/lib/rabbitmq", "var/log/rabbitmq"),
    "traefik": (),
    "caddy": ("data", "config"),
}


def power_of(stack: Stack, config: ImageConfig) -> Power:
    """Find it in the visible files and in the configuration."""
    setuid: list[FileFact] = []
    setgid: list[FileFact] = []
    capable: list[FileFact] = []
    writable: list[FileFact] = []
    tools: dict[re.Pattern[str], list[FileFact]] = {
        kind: [] for kind in (_SHELLS, _PACKAGE_MANAGERS, _COMPILERS, _NETWORK_TOOLS, _SSH_SERVERS)
    }
    for path, entry in stack.tree.items():
        layer = stack.layer_of[path]
        if entry.kind is FileKind.FILE and entry.mode & 0o111:
            owner = f"of user {entry.uid}, mode {entry.mode:04o}"
            if entry.mode & _SETUID:
                setuid.append(FileFact(path, layer, owner))
            if entry.mode & _SETGID:
                setgid.append(FileFact(path, layer, f"of group {entry.gid}, mode {entry.mode:04o}"))
        if entry.capabilities:
            capable.append(FileFact(path, layer, describe_capabilities(entry.capabilities)))
        if _is_world_writable(entry):
            writable.append(FileFact(path, layer, f"{entry.kind}, mode {entry.mode:04o}"))
        name = _program_name(path, entry, stack)
        if name:
            for kind, found in tools.items():
                if kind.fullmatch(name):
                    found.append(FileFact(path, layer, entry.link))
    entry_point = find_entry_point(stack, config)
    return Power(
        setuid=listed(setuid),
        setgid=listed(setgid),
        capabilities=listed(capable),
        world_writable=listed(writable),
        shells=listed(tools[_SHELLS]),
        package_managers=listed(tools[_PACKAGE_MANAGERS]),
        compilers=listed(tools[_COMPILERS]),
        network_tools=listed(tools[_NETWORK_TOOLS]),
        ssh_servers=listed(tools[_SSH_SERVERS]),
        accounts=read_accounts(stack.kept("etc/passwd") or b"", stack.kept("etc/shadow") or b""),
        entry_point=entry_point,
        writes=_writes(config, (entry_point.program, entry_point.path) if entry_point else ()),
    )


def _is_world_writable(entry: FileEntry) -> bool:
    if entry.kind is FileKind.DIRECTORY:
        return bool(entry.mode & _WORLD_WRITE) and not entry.mode & _STICKY
    return entry.kind is FileKind.FILE and bool(entry.mode & _WORLD_WRITE)


def _program_name(path: str, entry: FileEntry, stack: Stack) -> str:
    """The name by which a program can be called; empty for other files, and for links to nothing."""
    name = _called(path)
    if not name:
        return ""
    if entry.kind is FileKind.SYMBOLIC_LINK:
        target = path_through_links(stack, path)
        if target is None or not stack.tree[target].mode & 0o111:
            return ""
    elif entry.kind is not FileKind.FILE or not entry.mode & 0o111:
        return ""
    return name


@lru_cache(maxsize=1 << 15)  # images share most of their paths
def _called(path: str) -> str:
    """The name of what stands where programs are; empty elsewhere."""
    match = _PROGRAMS.match(path)
    return next(name for name in match.groups() if name) if match else ""


def _writes(config: ImageConfig, programs: Sequence[str]) -> tuple[str, ...]:
    """Directories that the program is known to write to and that no volume covers."""
    names = [program.rpartition("/")[2] for program in programs]
    names += [word.rpartition("/")[2] for word in (*config.entrypoint[1:3], *config.cmd[:2])]
    volumes = [volume.strip("/") for volume in config.volumes]
    for name in names:
        if name in _WRITES:
            return tuple(
                path
                for path in _WRITES[name]
                if not any(f"{path}/".startswith(f"{each}/") for each in volumes)
            )
    return ()


def _is_covered(path: str, volumes: Sequence[str]) -> bool:
    return any(f"{path}/".startswith(f"{volume}/") for volume in volumes)
