"""What goes with a manifest when it is deleted."""

from lading.adapters.sql.engine import open_memory
from lading.workflows.delete_manifest import delete_manifest
from tests.support.analyses import deb
from tests.support.fleet import keep_image
from tests.support.registry import NOON, ROOT


def test_an_image_is_known_as_long_as_a_repository_has_it() -> None:
    records = open_memory()
    image = keep_image(records, "app", deb("bash"), repository="a")
    keep_image(records, "app", deb("bash"), repository="b")

    def is_found() -> bool:
        with records.read() as view:
            called = view.contents.packages_called("bash")
            uses = view.contents.uses_of(known.number for known in called).page.items
            return [use.manifest for use in uses] == [image]

    delete_manifest(records, ROOT, "a", image, NOON)
    assert is_found()
    delete_manifest(records, ROOT, "b", image, NOON)
    assert not is_found()
    with records.read() as view:
        assert view.contents.image(image) is None
    records.close()
