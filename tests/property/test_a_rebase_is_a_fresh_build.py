"""What a rebase makes is what a fresh build on the new base makes, for any bases and any build.

Bases are trees; builds are steps that are run on the old base for their layers, and on the new one for what
is to come out. A step that leaves nothing on the old base leaves no trace for a proof to find, so it is none;
and none takes back what an earlier one did, which would leave none of that either.
``LADING_REBASE_EXAMPLES=20000 pytest tests/property/test_a_rebase_is_a_fresh_build.py`` runs it for long.
"""

import os

import hypothesis.strategies as st
from hypothesis import HealthCheck, assume, event, given, settings

from lading.cataloging.layer_bindings import LayerBindings
from lading.image.file_list import FileKind
from lading.lineage.base_change import BaseChange
from lading.lineage.proof import Allowances, AppSide, PlatformProof, Side, prove
from lading.lineage.stack import Stack, stack_of
from lading.oci.digest import Digest
from tests.support import build_model
from tests.support.build_model import DIRECTORY, BuildError, Changes, Node, Step, Tree

EXAMPLES = int(os.environ.get("LADING_REBASE_EXAMPLES", "200"))
PATHS = ("a", "d", "d/x", "d/y", "d/e", "d/e/z", "opt", "opt/x", "opt/k/x")
_NOON = "2026-01-01T12:00:00Z"
_MODES = st.sampled_from([0o644, 0o755, 0o600, 0o4755])
_FILES = st.builds(Node, st.just(FileKind.FILE), st.sampled_from(["", "one", "two"]), _MODES)
_DIRECTORIES = st.builds(Node, st.just(FileKind.DIRECTORY), st.just(""), st.sampled_from([0o755, 0o700]))
_LINKS = st.builds(
    Node, st.just(FileKind.SYMBOLIC_LINK), st.sampled_from(["/d", "/opt", "/gone"]), st.just(0o777)
)
_NODES = st.one_of(_FILES, _FILES, _DIRECTORIES, _LINKS)
_STEPS = st.builds(
    Step,
    st.sampled_from(["copy", "write", "append", "remove", "empty", "mkdir", "chmod", "link"]),
    st.sampled_from(PATHS),
    st.sampled_from(["one", "two", "three", "/d"]),
    _MODES,
)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A base: what stands at some of the paths."""
    return whole(draw(st.dictionaries(st.sampled_from(PATHS), _NODES, max_size=6)))


@st.composite
def successors(draw: st.DrawFn, tree: Tree) -> Tree:
    """A base in which a few things are otherwise."""
    changed: dict[str, Node | None] = draw(
        st.dictionaries(st.sampled_from(PATHS), st.one_of(_NODES, st.none()), max_size=3)
    )
    left = {path: node for path, node in {**tree, **changed}.items() if node is not None}
    return whole(left)


def whole(tree: Tree) -> Tree:
    """Leave out what stands below something that is no directory, and put in the directories above."""
    made: Tree = {}
    for path, node in sorted(tree.items()):
        above = build_model.above_of(path)
        if all(made.get(each, DIRECTORY).kind is FileKind.DIRECTORY for each in above):
            made |= {each: DIRECTORY for each in above if each not in made}
            made[path] = node
    return made


def leaving_traces(tree: Tree, steps: list[Step]) -> tuple[list[Step], list[Changes]]:
    """The steps that can be done on a tree and change something there, and their layers."""
    done: list[Step] = []
    layers: list[Changes] = []
    written: set[str] = set()
    for step in steps:
        trial = dict(tree)
        try:
            for each in done:
                each.run(trial)
            changes = step.run(trial)
        except BuildError:
            continue
        takes_back = any(changes[path] is None for path in changes.keys() & written)
        if changes and not takes_back:
            written |= {each for path in changes for each in (path, *build_model.above_of(path))}
            done.append(step)
            layers.append(changes)
    return done, layers


def base(name: str, tree: Tree) -> tuple[Side, Stack]:
    files = build_model.listed(dict(tree), parents={})
    digest = Digest.of(f"{name} {sorted(tree.items())}".encode())
    config = {"os": "linux", "architecture": "amd64", "config": {}, "history": [{"created_by": "base"}]}
    return Side(name, digest, "linux/amd64", (digest,), config, None, ()), stack_of(
        [files], [LayerBindings()]
    )


def proof_of(old: Tree, new: Tree, steps: list[Step], layers: list[Changes]) -> PlatformProof:
    (old_side, old_stack), (new_side, new_stack) = base("the old base", old), base("the new base", new)
    built, files = dict(old), []
    for changes in layers:
        build_model.put(built, changes)
        files.append(build_model.listed(changes, parents=built))
    own = tuple(Digest.of(f"{number} {changes}".encode()) for number, changes in enumerate(layers))
    history = [{"created_by": each} for each in ("base", *(step.created_by for step in steps))]
    config = {**old_side.config, "history": history}
    image = Side("the image", Digest.of(b"app"), "linux/amd64", (*old_side.diff_ids, *own), config, None, ())
    app = AppSide(
        image, tuple(files), (LayerBindings(),) * len(files), tuple(step.created_by for step in steps)
    )
    change = BaseChange(old_stack, new_stack)
    return prove(
        app, old_side, new_side, change, allow=Allowances(), created="2026-01-01T00:00:00Z", note="n"
    )


def rebased(old: Tree, new: Tree, layers: list[Changes], proof: PlatformProof) -> Tree:
    """The layers of the build, with the directories that it wrote along, on the new base; then the fixes."""
    made, built = dict(new), dict(old)
    for changes in layers:
        build_model.put(built, changes)
        above = {
            each: built[each] for path in changes for each in build_model.above_of(path) if each in built
        }
        build_model.put(made, {**above, **changes})
    build_model.put(made, {fix.path: build_model.fixed(fix) for fix in proof.fixes})
    return made


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(st.data())
def test_whatever_is_proven_comes_out_as_a_build_on_the_new_base_does(data: st.DataObject) -> None:
    old = data.draw(trees(), "old base")
    new = data.draw(successors(old), "new base")
    steps, layers = leaving_traces(old, data.draw(st.lists(_STEPS, min_size=1, max_size=4), "steps"))
    assume(steps)
    proof = proof_of(old, new, steps, layers)
    event(str(proof.verdict))
    if not proof.verdict.allows:
        return
    try:
        built, _ = build_model.run(new, steps)
    except BuildError as error:
        raise AssertionError(f"proven, but a build stops: {error}; {proof.remarks}") from error
    assert rebased(old, new, layers, proof) == built, proof.remarks


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(st.data())
def test_a_base_that_changes_nowhere_near_the_build_is_never_refused(data: st.DataObject) -> None:
    """A proof that refuses everything would be safe, and of no use."""
    old = {**data.draw(trees(), "old base"), "usr": DIRECTORY, "usr/there": Node(FileKind.FILE)}
    new = {**old, "usr/new": data.draw(_FILES.filter(lambda node: node.mode != 0o4755))}
    steps, layers = leaving_traces(old, data.draw(st.lists(_STEPS, min_size=1, max_size=4), "steps"))
    assume(steps)
    proof = proof_of(old, new, steps, layers)
    assert proof.verdict.allows, proof.remarks
    assert rebased(old, new, layers, proof) == build_model.run(new, steps)[0]
