"""Compare a rebuild with the original, file by file, and explain the differences."""

from collections.abc import Iterator

from lading.access.verbs import Verb
from lading.image.rebuild import RebuildComparison, compare_files, compare_packages, visible_files
from lading.oci.digest import Digest
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.signing.claims import Subject


def check_rebuild(records: Records, caller: Caller, original: Subject, rebuilt: Subject) -> RebuildComparison:
    """Compare two images of this registry. Raises Forbidden, and NotFound ``layer-not-analysed``."""
    for subject in (original, rebuilt):
        caller.require(Verb.READ_EVIDENCE, subject.repository)
    with records.read() as kept:
        layers = [kept.contents.files_of(subject.digest) for subject in (original, rebuilt)]
        packages = [list(_packages(kept, subject.digest)) for subject in (original, rebuilt)]
        images = [kept.contents.image(subject.digest) for subject in (original, rebuilt)]
    diff_ids = [tuple(layer.diff_id for layer in image.layers) if image else () for image in images]
    changed = compare_packages(*packages)
    owned = {name: _markers(name) for name, _, _ in changed}
    before, after = (visible_files(each) for each in layers)
    files = compare_files(before, after, owned)
    return RebuildComparison(
        original.digest == rebuilt.digest, bool(diff_ids[0]) and diff_ids[0] == diff_ids[1], files, changed
    )


def _packages(kept: RecordSet, manifest: Digest) -> Iterator[tuple[str, str]]:
    after = ""
    while True:
        page = kept.contents.image_packages(manifest, after=after, limit=MAX_LIMIT)
        for installed in page.items:
            package = installed.package
            name = f"{package.namespace}/{package.name}" if package.namespace else package.name
            yield f"{package.type} {name}", package.version
        after = page.next
        if not after:
            return


def _markers(name: str) -> list[str]:
    """Texts that the paths of a package's files have: its own name as a folder or the beginning of a file."""
    bare = name.rpartition("/")[2].rpartition(" ")[2].lower()
    spellings = {bare, bare.replace("-", "_")}
    return [f"/{spelling}{end}" for spelling in spellings for end in ("/", "-", ".")]
