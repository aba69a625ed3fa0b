"""Say what is known of an image as a bill of materials."""

from dataclasses import replace

from lading.cataloging.analysis import ImageContents
from lading.cataloging.dependencies import Dependencies
from lading.oci.config import ImageConfig
from lading.oci.digest import Digest
from lading.sbom.document import Doubt, Occurrence, Sbom, System, make_sbom


def describe_image(
    name: str, manifest: Digest, config: ImageConfig, contents: ImageContents, dependencies: Dependencies
) -> Sbom:
    """The bill of materials of the image that has ``manifest``; ``contents`` are of the layers of ``config``.

    ``name`` is what people call it, without tag or digest: ``registry.example.org/team/app``.
    """
    distro = contents.distro
    packages = [replace(one.package, licenses=one.licenses) for one in dependencies.packages]
    return make_sbom(
        name,
        manifest,
        config,
        system=System(distro.id, distro.version_id, distro.name) if distro else None,
        installed=(
            (replace(one.package, licenses=one.licenses), Occurrence(one.path, one.layer))
            for one in contents.packages
        ),
        doubts=(
            Doubt(layer, doubt.path, f"{doubt.reason} ({doubt.cataloger})")
            for layer, doubt in contents.unreadable
        ),
        needs=(
            (packages[number], packages[other])
            for number, others in dependencies.needs.items()
            for other in others
        ),
    )
