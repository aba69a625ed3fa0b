"""Facts about programs against real programs: `make check-binaries`.

Downloads packages of this machine's Debian release, takes the programs away from their package
database, and reads their versions. What a program says must be what its package is called by. Takes minutes
and some hundred megabytes in bench/work, and fails when fewer facts are confirmed than before.
"""

import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from bench.images import WORK
from lading.cataloging.catalogers.program_version import parse_program
from lading.cataloging.program_facts import ALL_PROGRAM_FACTS
from lading.packages.package import Package

FOLDER = WORK / "binaries"
CONFIRMED = 88  # at least, on Debian 12
PACKAGES = """
apache2-bin bash bind9 busybox bzip2 chrony coturn cups curl dnsmasq-base dovecot-core dpkg dropbear-bin
dumb-init erlang-base exim4-daemon-light ffmpeg freeradius gawk gcc-12 git gpg haproxy hostapd jq keepalived
knot libarchive13 libavcodec59 libbz2-1.0 libc-ares2 libc6 libcairo2 libcap2 libcups2 libcurl4 libdb5.3
libdbus-1-3 libevent-2.1-7 libexpat1 libgcrypt20 libglib2.0-0 libgmp10 libgnutls30 libharfbuzz0b libheif1
libidn2-0 libjpeg62-turbo libkrb5-3 liblua5.4-0 liblz4-1 liblzma5 libmariadb3 libmodsecurity3 libnghttp2-14
libnode108 libpcap0.8 libpcre2-8-0 libpng16-16 libruby3.1 libsqlite3-0 libssh-4 libssh2-1 libssl3 libtiff6
libxml2 libzstd1 lighttpd lua5.4 mariadb-server-core memcached mosquitto musl nginx nsd
openssh-client openssh-server openssl openvpn perl-base php8.2-cli postfix postgresql-15
openjdk-17-jre-headless proftpd-core
python3.11-minimal qemu-system-x86 redis-tools rsync slapd socat squid stunnel4 sudo systemd tcpdump tini tor
unbound varnish vim-tiny vsftpd wget xz-utils zlib1g zstd
"""


def main() -> None:
    """Download, read, report."""
    confirmed: set[str] = set()
    for package in PACKAGES.split():
        archive = downloaded(package)
        if archive is None:
            print(f"{package}: cannot be downloaded")
            continue
        upstream = upstream_version(archive)
        for path, name, version in programs(archive):
            if comparable(version) == comparable(upstream):
                confirmed.add(name)
            else:
                print(f"{package} {upstream}: {path} is taken for {name} {version}")
    others = sorted({fact.name for fact in ALL_PROGRAM_FACTS} - confirmed)
    print(f"{len(confirmed)} of {len(ALL_PROGRAM_FACTS)} facts confirmed; not looked at: {', '.join(others)}")
    if len(confirmed) < CONFIRMED:
        sys.exit(f"fewer than the {CONFIRMED} of before")


def downloaded(package: str) -> Path | None:
    """The archive of a package, which is downloaded the first time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not list(FOLDER.glob(f"{package}_*.deb")):
        command = ["apt-get", "download", "--quiet", package]
        subprocess.run(command, cwd=FOLDER, capture_output=True, check=False)
    return next(FOLDER.glob(f"{package}_*.deb"), None)


def upstream_version(archive: Path) -> str:
    """The version without Debian's own parts."""
    version = archive.name.split("_")[1].replace("%3a", ":").rpartition(":")[2]
    return version.rpartition("-")[0] or version


def programs(archive: Path) -> Iterator[tuple[str, str, str]]:
    """What each program is taken for, as if it stood where it stands by itself."""
    command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as unpacking:
        assert unpacking.stdout is not None
        with tarfile.open(fileobj=unpacking.stdout, mode="r|") as files:
            for member in files:
                file = files.extractfile(member) if member.isreg() else None
                place = member.name.removeprefix("./")
                for found in parse_program(place, file.read()) if file else ():
                    if isinstance(found, Package):
                        yield place, found.name, found.version


def comparable(version: str) -> str:
    """Upstream's version, without what Debian says of how it was repacked."""
    plain = re.sub(r"[+~.](?:dfsg|ds|really|repack|git|deb).*|-stable", "", version)
    return plain.replace("-", ".")


if __name__ == "__main__":
    main()
