"""What a rebase makes is what a build on the new base makes: file by file, as buildah builds and mounts it.

A few Dockerfiles on small bases made of this machine's own shell and dpkg; ``make check-rebase`` runs them
all, on two states of a real distribution that debootstrap fetches.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.rebase_lab import Lab, Recipe, Registry, differences
from tests.support.rebase_recipes import anywhere
from tests.support.small_roots import small_root

ALL = os.environ.get("LADING_CHECK_REBASE", "")
_FEW = frozenset(
    {"copies-a-file", "deletes-and-makes-again", "installs-a-package", "edits-what-the-base-changes"}
)
pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("buildah") is None, reason="buildah is not installed"),
    pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="building in a chroot needs root"),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Registry]]:
    folder = tmp_path_factory.mktemp("lab")
    made, registry = Lab(folder), Registry()
    make = _distribution if ALL == "distribution" else small_root
    for name, new in (("old", False), ("new", True)):
        tree = folder / f"tree-{name}"
        make(tree, new)
        _differ(tree, new)
        registry.push_layout(made.make_base(name, tree, "--env", f"STATE={name}"), "base", name)
        shutil.rmtree(tree)
    yield made, registry
    shutil.rmtree(folder, ignore_errors=True)


def _recipes() -> list[Recipe]:
    if shutil.which("dpkg-deb") is None:
        return []
    return [recipe for recipe in anywhere() if ALL or recipe.name in _FEW]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("recipe", _recipes(), ids=lambda recipe: recipe.name)
def test_a_rebase_is_what_a_build_on_the_new_base_is(lab: tuple[Lab, Registry], recipe: Recipe) -> None:
    made, registry = lab
    name, repository = recipe.name, f"app/{recipe.name}"
    registry.push_layout(made.build(recipe, "old", f"old-{name}"), repository, "1")
    done = registry.rebase(repository, "1", "new")
    refused = {str(one.rule) for proof in done.proofs for one in proof.remarks if one.weight == "refuses"}
    if not recipe.rebases:
        assert recipe.because in refused
        assert done.digest is None
        return
    assert refused == set()
    assert done.digest is not None
    made.build(recipe, "new", f"new-{name}")
    layout = made.folder / f"rebased-{name}"
    registry.write_layout(repository, done.digest, layout)
    assert differences(made.tree(f"oci:{layout}:it"), made.tree(f"localhost/new-{name}")) == []
    made.forget(f"old-{name}", f"new-{name}")


def _distribution(tree: Path, new: bool) -> None:
    """This machine's distribution as it was released, and as it is now."""
    release = dict(
        line.split("=", 1) for line in Path("/etc/os-release").read_text().split("\n") if "=" in line
    )
    suite = release["VERSION_CODENAME"].strip('"')
    subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=ca-certificates", suite, str(tree)], check=True
    )
    if new:
        shutil.copytree("/etc/apt/sources.list.d", tree / "etc/apt/sources.list.d", dirs_exist_ok=True)
        for asked in ("update", "-y dist-upgrade", "clean"):
            subprocess.run(["chroot", str(tree), "apt-get", *asked.split()], check=True)
    for path in ("var/lib/apt/lists", "var/cache/apt/archives"):
        shutil.rmtree(tree / path, ignore_errors=True)
        (tree / path).mkdir(parents=True)


def _differ(tree: Path, new: bool) -> None:
    """What the recipes of refusals are about."""
    (tree / "etc/changing").write_text("new\n" if new else "old\n")
    (tree / "opt/filling").mkdir(parents=True)
    (tree / "opt/filling/a").write_text("a")
    if new:
        (tree / "opt/filling/b").write_text("b")
        (tree / "opt/moving").symlink_to("/srv")
    else:
        (tree / "etc/going").write_text("x")
        (tree / "opt/interpreter-1").write_text("x")
        (tree / "opt/moving").mkdir()
