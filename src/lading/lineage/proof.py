"""The proof that a base may be put in another's place under an application, or the reasons why not.

For one platform:

1. The application stands on the old base by its layers, and the new base is a successor of that: the same
   distribution release, platform and variant, and no older package.
2. Files (``file_rules``).
3. Package databases and accounts (``package_rules``, ``apk_rules``).
4. Libraries, interpreters, links (``libraries``).
5. Configuration (``config_merge``).
6. Generated caches (``package_rules``).

Nothing is carried out here. A proof is a function of digests and of the rules' version; it comes with all
that the new image needs: its config, and the entries of the one small layer that sets right what was merged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lading.cataloging.analysis import Distro
from lading.cataloging.layer_bindings import LayerBindings
from lading.image.file_list import FileList
from lading.lineage.apk_rules import check_apk_packages
from lading.lineage.app_layers import AppLayers, Over, app_layers
from lading.lineage.base_change import BaseChange
from lading.lineage.config_merge import ConfigSides, environment_of, merge_config
from lading.lineage.file_rules import FileWork, check_files
from lading.lineage.fixups import Fix
from lading.lineage.libraries import (
    Libraries,
    check_base_programs,
    check_interpreters,
    check_programs,
    check_scripts_and_links,
)
from lading.lineage.package_rules import MERGEABLE, check_packages, merge_files
from lading.lineage.remarks import Findings, Remark, Rule, Verdict, verdict_of
from lading.oci.digest import Digest
from lading.packages.all_version_schemes import SCHEME_OF_TYPE
from lading.packages.package import Package

RULES = "2"  # goes up whenever a proof may come out differently


# What tells a variant for debugging from one for production.
_VARIANTS = (("bin/sh", "a shell"), ("usr/bin/dpkg", "dpkg"), ("sbin/apk", "apk"), ("usr/bin/rpm", "rpm"))


@dataclass(frozen=True, slots=True)
class Side:
    """An image for one platform. ``system`` are packages of its operating system; ``unreadable`` says why its
    layers are not wholly known, empty where they are."""

    name: str
    manifest: Digest
    platform: str
    diff_ids: tuple[Digest, ...]
    config: Mapping[str, Any]
    distro: Distro | None
    system: tuple[Package, ...]
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class Allowances:
    """What the asker lets pass, which is refused otherwise."""

    other_release: bool = False
    older_packages: bool = False
    other_variant: bool = False


@dataclass(frozen=True, slots=True)
class AppSide:
    """The application, and what its layers above the old base hold."""

    side: Side
    files: tuple[FileList, ...]
    bindings: tuple[LayerBindings, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlatformProof:
    """What was found for one platform, and what the new image is to be."""

    platform: str
    app: Digest
    old_base: Digest
    new_base: Digest
    verdict: Verdict
    remarks: tuple[Remark, ...]
    fixes: tuple[Fix, ...]
    config: Mapping[str, Any]  # without diff ids: they follow from the layer of fixes
    files: int  # paths that the application writes or deletes
    programs: int  # of the application, whose libraries were looked up


def prove(
    app: AppSide, old: Side, new: Side, change: BaseChange, *, allow: Allowances, created: str, note: str
) -> PlatformProof:
    """Prove by the numbered steps above."""
    findings = Findings()
    work = FileWork(findings)
    # Step 1.
    _check_chain(app.side, old, new, findings)
    _check_successor(old, new, change, allow, findings)
    layers = app_layers(app.files, app.bindings, app.steps)
    files, programs = 0, 0
    if not any(side.unreadable for side in (app.side, old, new)):
        files, programs = _check_contents(layers, app, change, work)
    # Step 5.
    sides = ConfigSides(old.config, app.side.config, new.config)
    fixes = tuple(work.fixes[path] for path in sorted(work.fixes))
    config = merge_config(sides, created=created, note=note, fixed=bool(fixes), findings=findings)
    _check_user(config, Over(layers, change.new), work)
    remarks = findings.remarks
    return PlatformProof(
        platform=app.side.platform,
        app=app.side.manifest,
        old_base=old.manifest,
        new_base=new.manifest,
        verdict=verdict_of(remarks),
        remarks=remarks,
        fixes=fixes,
        config=config,
        files=files,
        programs=programs,
    )


def _check_contents(layers: AppLayers, app: AppSide, change: BaseChange, work: FileWork) -> tuple[int, int]:
    findings = work.findings
    for layer in app.bindings:
        for path, why in layer.refused.items():
            findings.unknown(Rule.READABLE, path, why)
    before, after = Over(layers, change.old), Over(layers, change.new)
    # Steps 2, 3 and 6.
    files = check_files(change, layers, MERGEABLE, work)
    merge_files(before, after, work)
    check_packages(before, after, work)
    check_apk_packages(before, after, work)
    # Step 4.
    environment = environment_of(app.side.config)
    old_libraries, new_libraries = Libraries(before, environment), Libraries(after, environment)
    programs = check_programs(old_libraries, new_libraries, findings)
    check_base_programs(new_libraries, findings)
    check_scripts_and_links(before, after, environment, findings)
    check_interpreters(*change.interpreters, findings)
    return files, programs


def _check_chain(app: Side, old: Side, new: Side, findings: Findings) -> None:
    for side in (app, old, new):
        if side.unreadable:
            findings.unknown(Rule.READABLE, "", f"{side.name} is not wholly known: {side.unreadable}")
    if not old.diff_ids or app.diff_ids[: len(old.diff_ids)] != old.diff_ids:
        findings.refuse(Rule.CHAIN, "", f"the layers of {app.name} do not begin with those of {old.name}")
    if not (app.platform == old.platform == new.platform):
        findings.refuse(
            Rule.CHAIN,
            "",
            f"{app.name} is for {app.platform}, and the bases for {old.platform} and {new.platform}",
        )
    if new.diff_ids == old.diff_ids:
        findings.note(Rule.CHAIN, "", "both bases have the same layers; only the configuration can differ")


def _check_successor(old: Side, new: Side, change: BaseChange, allow: Allowances, findings: Findings) -> None:
    if old.distro is None or new.distro is None:
        if old.distro is not new.distro:
            findings.refuse(Rule.SUCCESSOR, "", "only one of the bases says which system it is")
    elif old.distro.key != new.distro.key:
        text = f"the old base is {old.distro.name}, and the new one {new.distro.name}"
        (findings.note if allow.other_release else findings.refuse)(Rule.SUCCESSOR, "", text)
    for path, what in _VARIANTS:
        had, has = _stands(change, path, old=True), _stands(change, path, old=False)
        if had != has:
            text = f"{'only the old' if had else 'only the new'} base has {what}: they are different variants"
            (findings.note if allow.other_variant else findings.refuse)(Rule.VARIANT, path, text)
    for text in _downgrades(old.system, new.system):
        (findings.note if allow.older_packages else findings.refuse)(Rule.DOWNGRADE, "", text)


def _stands(change: BaseChange, path: str, *, old: bool) -> bool:
    nothing = AppLayers({}, {}, frozenset(), frozenset(), (), (), ())
    return Over(nothing, change.old if old else change.new).real_path(path) is not None


def _downgrades(old: tuple[Package, ...], new: tuple[Package, ...]) -> list[str]:
    """Packages that the new base has in an older version only."""
    before: dict[tuple[str, str, str], list[Package]] = {}
    for package in old:
        before.setdefault((package.type, package.name, package.arch), []).append(package)
    found: list[str] = []
    for package in new:
        scheme = SCHEME_OF_TYPE.get(package.type)
        earlier = before.get((package.type, package.name, package.arch))
        if scheme is None or earlier is None or len(earlier) > 1:
            continue
        was, is_ = scheme.key(earlier[0].version), scheme.key(package.version)
        if was is not None and is_ is not None and is_ < was:
            found.append(
                f"the new base has {package.name} {package.version}, older than {earlier[0].version}"
            )
    return found


def _check_user(config: Mapping[str, Any], over: Over, work: FileWork) -> None:
    """A user who is named has to be in the accounts of the result."""
    name = str((config.get("config") or {}).get("User") or "").partition(":")[0]
    if not name or name.isdigit() or name == "root":
        return
    fixed = work.fixes.get("etc/passwd")
    content = fixed.content if fixed is not None else over.kept("etc/passwd")
    if content is None or name not in _names(content):
        work.findings.refuse(
            Rule.ACCOUNTS, "etc/passwd", f"the image starts as {name}, who is not in the new base"
        )


def _names(content: bytes) -> set[str]:
    return {line.partition(b":")[0].decode("utf-8", "surrogateescape") for line in content.split(b"\n")}
