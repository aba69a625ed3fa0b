"""Where images stand, by their layers alone."""

import hashlib

from lading.access.ownership import Team
from lading.lineage.chain import chain_ids, trailing_steps
from lading.lineage.ownership import LayerKind, OwnedLayers, kind_of, route
from lading.lineage.placement import Declared, PlacedImage, is_below, lineage_of
from lading.oci.config import HistoryStep
from lading.oci.digest import Digest

L = [Digest.of(f"layer {number}".encode()) for number in range(6)]


def image(
    name: str, *layers: Digest, created: str = "", platform: str = "linux/amd64", **more: object
) -> PlacedImage:
    manifest = Digest.of(name.encode())
    return PlacedImage(manifest, platform, created, chain_ids(layers), **more)  # type: ignore[arg-type] # by name


DISTRO, COMPANY = image("distro", L[0]), image("company", L[0], L[1])
RUNTIME, APP = image("runtime", L[0], L[1], L[2]), image("app", L[0], L[1], L[2], L[3], L[4])


def test_chain_ids_are_those_of_the_specification() -> None:
    first, second = chain_ids(L[:2])
    assert first == L[0]
    assert second.hex == hashlib.sha256(f"{L[0]} {L[1]}".encode()).hexdigest()


def test_the_chain_of_an_application_is_found_at_any_depth_and_in_any_order() -> None:
    found = lineage_of(APP, [RUNTIME, DISTRO, APP, COMPANY], frozenset())
    assert [level.images for level in found.levels] == [
        (DISTRO.manifest,), (COMPANY.manifest,), (RUNTIME.manifest,), (APP.manifest,)
    ]  # fmt: skip
    assert [(level.bottom, level.top) for level in found.levels] == [(0, 1), (1, 2), (2, 3), (3, 5)]
    assert found.base is not None
    assert found.base.images == (RUNTIME.manifest,)


def test_another_platform_is_never_a_base() -> None:
    arm = image("arm", L[0], platform="linux/arm64")
    assert lineage_of(APP, [arm], frozenset()).base is None


def test_an_image_without_layers_is_nobodys_base() -> None:
    assert not is_below(image("scratch"), APP)
    assert lineage_of(image("scratch"), [DISTRO], frozenset()).base is None


def test_layers_that_are_equal_but_for_their_order_are_another_chain() -> None:
    assert not is_below(image("swapped", L[1], L[0]), APP)


def test_what_was_only_configured_stands_on_what_it_was_configured_from() -> None:
    plain = image("plain", L[0], trailing=("cmd",))
    labelled = image("labelled", L[0], trailing=("cmd", "label"))
    other = image("other", L[0], trailing=("user",))
    found = lineage_of(labelled, [plain, other], frozenset())
    assert found.base is not None
    assert found.base.images == (plain.manifest,)
    assert found.levels[-1].bottom == found.levels[-1].top == 1


def test_images_of_equal_layers_are_one_level_the_one_that_is_named_first() -> None:
    older, newer = image("older", L[0], created="2026-01-01"), image("newer", L[0], created="2026-02-01")
    app = image("app", L[0], L[1], declared_digest=str(newer.manifest))
    found = lineage_of(app, [older, newer], frozenset())
    assert found.levels[0].images == (newer.manifest, older.manifest)
    assert found.declared is Declared.TRUE


def test_a_base_that_is_only_claimed_is_not_believed() -> None:
    claimed = image("app", L[4], declared_digest=str(DISTRO.manifest))
    found = lineage_of(claimed, [], frozenset({str(DISTRO.manifest)}))
    assert found.declared is Declared.FALSE
    assert found.base is None


def test_a_base_that_is_not_here_can_be_neither_believed_nor_refuted() -> None:
    assert (
        lineage_of(image("a", L[0], declared_digest="sha256:x"), [], frozenset()).declared is Declared.UNKNOWN
    )
    assert lineage_of(image("a", L[0], declared_name="debian"), [], frozenset()).declared is Declared.UNKNOWN
    assert lineage_of(image("a", L[0]), [], frozenset()).declared is Declared.NOTHING


def test_each_finding_goes_to_who_owns_the_layer_that_brought_it() -> None:
    found = lineage_of(APP, [DISTRO, RUNTIME], frozenset())
    owners = [
        OwnedLayers(at, kind_of(found, at), level.bottom, level.top, "", Team("platform") if at < 2 else None)
        for at, level in enumerate(found.levels)
    ]
    assert [owner.kind for owner in owners] == [LayerKind.BASE, LayerKind.PLATFORM, LayerKind.APP]
    routed = route([(0, "libc"), (2, "python"), (4, "flask"), (3, "gunicorn")], found, owners)
    assert [each.findings for each in routed] == [("libc",), ("python",), ("flask", "gunicorn")]
    assert kind_of(lineage_of(APP, [], frozenset()), 0) is LayerKind.APP


def test_steps_after_the_last_layer_tell_configurations_apart() -> None:
    steps = [
        HistoryStep("ADD", "", "", False),
        HistoryStep("CMD", "", "", True),
        HistoryStep("USER", "", "", True),
    ]
    assert len(trailing_steps(steps)) == 2
    assert trailing_steps(steps)[:1] == trailing_steps(steps[:2])
    assert trailing_steps(steps[:1]) == ()
