"""Package versions with the flaws that they are known to have, and known not to have.

Each label was taken from the maker's own word, not from the feed record that a decoder reads: a tracker's
page, a release note, an advisory's text. Where a feed and the label disagree, one of them is wrong, and the
gate says which package it is.
"""

from dataclasses import dataclass

from lading.packages.package import Package


def deb(name: str, version: str, source: str, release: str = "12", system: str = "debian") -> Package:
    return Package("deb", system, name, version, "amd64", f"{system}-{release}", source, version)


def apk(name: str, version: str, source: str, release: str) -> Package:
    return Package("apk", "alpine", name, version, "x86_64", f"alpine-{release}", source, version)


def rpm(name: str, version: str, source: str, distro: str) -> Package:
    return Package("rpm", distro.partition("-")[0], name, version, "x86_64", distro, source, version)


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of one package version. ``why`` is where a reader may check it."""

    package: Package
    has: tuple[str, ...]
    has_not: tuple[str, ...] = ()
    why: str = ""


LABELS: tuple[Label, ...] = (
    Label(
        deb("libwebp7", "1.2.4-0.2", "libwebp"),
        ("CVE-2023-4863",),
        why="DSA-5497-1 fixes it in 1.2.4-0.2+deb12u1",
    ),
    Label(
        deb("libwebp7", "1.2.4-0.2+deb12u1", "libwebp"),
        (),
        ("CVE-2023-4863",),
        why="DSA-5497-1; upstream's fix is 1.3.2, so upstream's range would call it affected",
    ),
    Label(
        deb("libwebp-doc", "1.2.4-0.2", "libwebp"),
        (),
        ("CVE-2023-4863",),
        why="documentation holds none of the code",
    ),
    Label(
        deb("curl", "7.88.1-10+deb12u3", "curl"),
        ("CVE-2023-38545", "CVE-2023-38546"),
        why="DSA-5523-1 fixes both in 7.88.1-10+deb12u4",
    ),
    Label(deb("libcurl4", "7.88.1-10+deb12u4", "curl"), (), ("CVE-2023-38545",), why="DSA-5523-1"),
    Label(
        deb("liblzma5", "5.4.1-0.2", "xz-utils"),
        (),
        ("CVE-2024-3094",),
        why="the backdoor is in 5.6.0 and 5.6.1 only",
    ),
    Label(Package("pypi", "", "jinja2", "2.10"), ("CVE-2019-10906",), why="release notes of Jinja 2.10.1"),
    Label(Package("pypi", "", "Jinja2", "2.10.1"), (), ("CVE-2019-10906",), why="likewise"),
    Label(
        Package("pypi", "", "pyyaml", "5.3"),
        ("CVE-2020-14343", "CVE-2020-1747"),
        why="fixed in 5.4 and 5.3.1",
    ),
    Label(Package("pypi", "", "PyYAML", "5.4"), (), ("CVE-2020-14343", "CVE-2020-1747"), why="likewise"),
    Label(Package("pypi", "", "requests", "2.19.1"), ("CVE-2018-18074",), why="fixed in 2.20.0"),
    Label(Package("pypi", "", "requests", "2.20.0"), (), ("CVE-2018-18074",), why="likewise"),
    Label(Package("npm", "", "lodash", "4.17.15"), ("CVE-2020-8203",), why="fixed in 4.17.19"),
    Label(Package("npm", "", "lodash", "4.17.21"), (), ("CVE-2020-8203", "CVE-2021-23337"), why="likewise"),
    Label(Package("npm", "", "minimist", "1.2.5"), ("CVE-2021-44906",), why="fixed in 1.2.6"),
    Label(Package("npm", "", "minimist", "1.2.6"), (), ("CVE-2021-44906",), why="likewise"),
    Label(
        Package("maven", "org.apache.logging.log4j", "log4j-core", "2.14.1"),
        ("CVE-2021-44228",),
        why="logging.apache.org/security",
    ),
    Label(
        Package("maven", "org.apache.logging.log4j", "log4j-core", "2.17.1"),
        (),
        ("CVE-2021-44228", "CVE-2021-45046", "CVE-2021-44832"),
        why="likewise",
    ),
    Label(
        Package("golang", "golang.org/x", "net", "v0.16.0"), ("CVE-2023-39325",), why="GO-2023-2102: v0.17.0"
    ),
    Label(Package("golang", "golang.org/x", "net", "v0.17.0"), (), ("CVE-2023-39325",), why="likewise"),
    Label(
        Package("cargo", "", "time", "0.1.45"), ("CVE-2020-26235",), why="RUSTSEC-2020-0071: fixed in 0.2.23"
    ),
    Label(Package("cargo", "", "time", "0.2.23"), (), ("CVE-2020-26235",), why="likewise"),
    Label(Package("gem", "", "rack", "2.2.3"), ("CVE-2022-30123",), why="fixed in 2.2.3.1"),
    Label(Package("gem", "", "rack", "2.2.3.1"), (), ("CVE-2022-30123",), why="likewise"),
    Label(
        apk("libcrypto3", "3.1.2-r0", "openssl", "3.18"),
        ("CVE-2023-5363",),
        why="Alpine: 3.1.4-r0 has the fix",
    ),
    Label(apk("libssl3", "3.1.4-r0", "openssl", "3.18"), (), ("CVE-2023-5363",), why="likewise"),
    Label(apk("curl", "8.3.0-r0", "curl", "3.18"), ("CVE-2023-38545",), why="Alpine: 8.4.0-r0 has the fix"),
    Label(apk("libcurl", "8.4.0-r0", "curl", "3.18"), (), ("CVE-2023-38545",), why="likewise"),
    Label(
        rpm("libwebp", "1.2.0-6.el9_1", "libwebp", "almalinux-9"),
        ("CVE-2023-4863",),
        why="ALSA-2023:5214 fixes it in 1.2.0-7.el9_2",
    ),
    Label(
        rpm("libwebp", "1.2.0-7.el9_2", "libwebp", "almalinux-9"),
        (),
        ("CVE-2023-4863",),
        why="ALSA-2023:5214",
    ),
)
