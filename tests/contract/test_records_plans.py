"""No question reads a whole table: what it costs grows with the answer, not with what is kept."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from lading.adapters.sql.engine import open_memory
from lading.adapters.sql.record_set import SqlRecordSet
from lading.adapters.sql.tables import METADATA
from lading.oci.digest import Digest
from lading.packages.package_name import names_of
from lading.ports.records.audit import AuditFilter
from tests.support.analyses import ANALYSER, deb, digest, layer, pypi
from tests.support.fleet import keep_image, run_image

BASH, NOWHERE = deb("bash"), digest("nowhere")
QUESTIONS: dict[str, Callable[[SqlRecordSet, Digest], object]] = {
    "entries of an actor": lambda view, _: view.audit.page(wanted=AuditFilter(actor="person:ann")),
    "entries of an action": lambda view, _: view.audit.page(wanted=AuditFilter(action="manifest.push")),
    "a repository": lambda view, _: view.registry.repository("app"),
    "repositories by prefix": lambda view, _: view.registry.repositories(prefix="app", after="app"),
    "a manifest": lambda view, image: view.registry.manifest("app", image),
    "a manifest anywhere": lambda view, image: view.registry.manifest_anywhere(image),
    "manifests": lambda view, image: view.registry.manifests("app", after=str(image)),
    "missing manifests": lambda view, image: view.registry.missing_manifests("app", [image]),
    "indexes of a manifest": lambda view, image: view.registry.indexes_of("app", image),
    "manifests with a blob": lambda view, _: view.registry.manifests_with_blob("app", NOWHERE),
    "referrers": lambda view, image: view.registry.referrers("app", image, artifact_types=("a/b",)),
    "a tag": lambda view, _: view.registry.tag("app", "v1"),
    "tags": lambda view, _: view.registry.tags("app", after="v0"),
    "tags of a manifest": lambda view, image: view.registry.tags_of("app", image),
    "history of a tag": lambda view, _: view.registry.tag_history("app", "v1", after="9"),
    "a blob": lambda view, _: view.registry.blob("app", NOWHERE),
    "repositories with a blob": lambda view, _: view.registry.repositories_with_blob(NOWHERE),
    "blobs first seen": lambda view, _: view.registry.blobs_first_seen([NOWHERE]),
    "images": lambda view, _: view.registry.images(after="9"),
    "images of a repository": lambda view, _: view.registry.images(repository="app"),
    "missing layers": lambda view, _: view.contents.missing_layers([NOWHERE], ANALYSER),
    "a layer": lambda view, _: view.contents.layer(layer("app").diff_id, ANALYSER),
    "layers of an image": lambda view, image: view.contents.layers_of(image),
    "an image": lambda view, image: view.contents.image(image),
    "images with layer": lambda view, _: view.contents.images_with_layer(NOWHERE),
    "images by config": lambda view, _: view.contents.images_by_config(NOWHERE),
    "packages of an image": lambda view, image: view.contents.image_packages(image),
    "numbers of packages": lambda view, image: view.contents.package_counts([image]),
    "packages by name": lambda view, _: view.contents.find_packages(name_prefix="ba"),
    "images with a package": lambda view, _: view.contents.uses_of(
        known.number for known in view.contents.packages_called("bash", package_type="deb")
    ),
    "advisories by name": lambda view, _: view.advisories.named("CVE-1"),
    "advisories for packages": lambda view, _: view.advisories.candidates([BASH]),
    "exploited flaws": lambda view, _: view.advisories.known_exploited(["CVE-1"]),
    "packages to match": lambda view, _: view.matches.packages_to_match(),
    "packages by advisory name": lambda view, _: view.matches.packages_named(names_of(BASH)),
    "matches of a package": lambda view, _: view.matches.matches_of([BASH]),
    "findings of an image": lambda view, image: view.matches.image_findings(image),
    "numbers of findings": lambda view, image: view.matches.finding_counts([image]),
    "images with a flaw": lambda view, _: view.matches.packages_with(["CVE-1"]),
    "containers of a host": lambda view, _: view.inventory.running(host="h1"),
    "containers that run": lambda view, _: view.inventory.running(after=""),
    "containers of an image": lambda view, image: view.inventory.running_image(str(image)),
}


class Fleet:
    """Records with something in them, and the plans of the questions that are put to them."""

    def __init__(self) -> None:
        self.records = open_memory()
        self.image = keep_image(self.records, "app", BASH, pypi("flask"), repository="app", tag="v1")
        run_image(self.records, self.image)
        self.scans: list[str] = []
        sa.event.listen(self.records.engine, "before_cursor_execute", self._explain)

    def _explain(
        self, _connection: sa.Connection, cursor: Any, statement: str, parameters: Any, *_rest: object
    ) -> None:
        if not statement.startswith("SELECT"):
            return
        for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters):
            operation, _, rest = str(row[3]).partition(" ")
            ordered = " USING " in rest
            if operation == "SCAN" and rest.split(" ")[0] in METADATA.tables and not ordered:
                self.scans.append(f"{row[3]}: {statement}")


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    made = Fleet()
    yield made
    made.records.close()


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered_by_indexes(fleet: Fleet, question: str) -> None:
    fleet.scans.clear()
    with fleet.records.read() as view:
        QUESTIONS[question](view, fleet.image)
    assert fleet.scans == []


def test_a_question_without_an_index_would_be_seen(fleet: Fleet) -> None:
    fleet.scans.clear()
    with fleet.records.engine.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM package WHERE version = '1'")
    assert len(fleet.scans) == 1
