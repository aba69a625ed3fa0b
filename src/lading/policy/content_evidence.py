"""Evidence about an image's files: what they may do, and where they come from."""

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class PowerFacts:
    """What who gets into a container finds there, and may do. Lists hold paths, without a leading slash."""

    setuid: Annotated[tuple[str, ...], "Programs that run as their owner (setuid)."] = ()
    setgid: Annotated[tuple[str, ...], "Programs that run as their group (setgid)."] = ()
    capabilities: Annotated[tuple[str, ...], "Programs with file capabilities."] = ()
    world_writable: Annotated[
        tuple[str, ...], "Files that everybody may write, and such directories without a sticky bit."
    ] = ()
    shells: Annotated[tuple[str, ...], "Shells, and programs that are one (busybox)."] = ()
    package_managers: Annotated[tuple[str, ...], "Package managers."] = ()
    compilers: Annotated[tuple[str, ...], "Compilers, linkers and build tools."] = ()
    network_tools: Annotated[tuple[str, ...], "Tools to fetch, connect, listen and scan."] = ()
    ssh_servers: Annotated[tuple[str, ...], "Servers that let people in (sshd, telnetd)."] = ()
    password_users: Annotated[tuple[str, ...], "Users who can sign in by a password, or by none."] = ()
    root_users: Annotated[tuple[str, ...], "Users who are root by another name."] = ()
    entry_point_problem: Annotated[
        str, "Why what the image starts cannot start; empty where nothing speaks against it."
    ] = ""
    writes: Annotated[
        tuple[str, ...], "Directories that its program is known to write to and that no volume covers."
    ] = ()


@dataclass(frozen=True, slots=True)
class FilesFacts:
    """Where the image's files come from; those of packages against the digests in the packages' records."""

    verified: Annotated[int, "Files that are as their package installed them."] = 0
    unverified: Annotated[int, "Files of packages that could not be compared."] = 0
    changed: Annotated[
        tuple[str, ...], "Files that are not as their package installed them; no settings."
    ] = ()
    changed_settings: Annotated[tuple[str, ...], "Changed files that the package calls settings."] = ()
    unexplained: Annotated[
        tuple[str, ...], "Files that no package, package manager or copying build step accounts for."
    ] = ()
