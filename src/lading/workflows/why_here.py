"""Why a package is in an image: what needs it, and what it needs itself.

What packages ask for is kept with every layer; it is answered when somebody asks, out of all that is in the
image. An image that the caller may not see is not found.
"""

from dataclasses import dataclass

from lading.cataloging.analysis import ImageContents, InstalledPackage
from lading.cataloging.dependencies import Dependencies, chains_to, dependencies_of
from lading.cataloging.image_contents import combine
from lading.cataloging.layer_bindings import LayerBindings
from lading.foundation.errors import NotFound
from lading.oci.digest import Digest
from lading.ports.records.contents import AnalysisState, ImageRecord
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.workflows.show_image import find_image

MOST_CHAINS = 10
MOST_PACKAGES = 50  # of one name
MOST_LISTED = 200  # neighbours of one package


@dataclass(frozen=True, slots=True)
class WhyHere:
    """One package. ``chains`` lead to it from what nothing needs, shortest first, it being the last of each.

    ``is_root`` is set where nothing needs it: somebody wanted it itself, or nobody says. ``is_known`` is not
    set where no package of its kind says what it needs, so that nothing can be told. ``shipped_by`` is the
    package of the system that it came with. ``unanswered`` are needs of its own that nothing here answers.
    """

    package: InstalledPackage
    is_known: bool
    is_root: bool
    chains: tuple[tuple[InstalledPackage, ...], ...]
    shipped_by: InstalledPackage | None
    needed_by: tuple[InstalledPackage, ...]
    needs: tuple[InstalledPackage, ...]
    unanswered: tuple[str, ...]


def dependencies_in(kept: RecordSet, image: ImageRecord, contents: ImageContents) -> Dependencies:
    """Answer what the packages of an analysed image ask for."""
    bindings = [
        kept.contents.layer_bindings(layer.diff_id, image.analysis.analyser) or LayerBindings()
        for layer in image.layers
    ]
    return dependencies_of(
        contents, [layer.asked for layer in bindings], [layer.records for layer in bindings]
    )


def why_here(
    records: Records, caller: Caller, repository: str, reference: str, name: str
) -> tuple[Digest, tuple[WhyHere, ...]]:
    """Tell of each package of a name why it is in an image. Raises NotFound ``image-unknown`` and others."""
    digest = find_image(records, caller, repository, reference)
    with records.read() as kept:
        image = kept.contents.image(digest)
        if image is None or image.analysis.state is not AnalysisState.DONE:
            raise NotFound(
                "image-not-analysed",
                f"{repository}@{digest} is no image that was analysed",
                hint="`lading image` shows how far its analysis is",
            )
        contents = combine(kept.contents.layers_of(digest))
        dependencies = dependencies_in(kept, image, contents)
    return digest, explain(dependencies, name)


def explain(dependencies: Dependencies, name: str) -> tuple[WhyHere, ...]:
    """Tell of each package of a name. Raises NotFound ``package-unknown``."""
    found = [number for number, each in enumerate(dependencies.packages) if name in _names(each)]
    if not found:
        raise NotFound(
            "package-unknown",
            f"no package of the image is called {name!r}",
            hint="names are as `lading image --all` writes them",
        )
    kinds = {
        dependencies.packages[number].package.type
        for number in (*dependencies.needs, *dependencies.unanswered)
    }
    return tuple(_explain(dependencies, number, kinds) for number in found[:MOST_PACKAGES])


def _explain(dependencies: Dependencies, number: int, kinds: set[str]) -> WhyHere:
    packages = dependencies.packages

    def those(numbers: tuple[int, ...]) -> tuple[InstalledPackage, ...]:
        return tuple(packages[each] for each in numbers[:MOST_LISTED])

    needed_by = dependencies.needed_by.get(number, ())
    owner = dependencies.shipped_by.get(number)
    return WhyHere(
        package=packages[number],
        is_known=packages[number].package.type in kinds,
        is_root=not dependencies.reasons_for(number),
        chains=tuple(map(those, chains_to(dependencies, number, limit=MOST_CHAINS))),
        shipped_by=None if owner is None else packages[owner],
        needed_by=those(needed_by),
        needs=those(dependencies.needs.get(number, ())),
        unanswered=dependencies.unanswered.get(number, ())[:MOST_LISTED],
    )


def _names(installed: InstalledPackage) -> tuple[str, ...]:
    package = installed.package
    return package.name, f"{package.namespace}/{package.name}", f"{package.namespace}:{package.name}"
