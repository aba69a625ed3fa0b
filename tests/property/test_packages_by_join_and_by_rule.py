"""Packages of an image as the database joins them are those that applying its layers gives."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as some

from lading.adapters.sql.engine import open_memory
from lading.cataloging.analysis import LayerAnalysis, PackageSource
from lading.cataloging.distro import place_layer
from lading.cataloging.image_contents import combine
from tests.support.analyses import ANALYSER, AT, DEBIAN, deb, digest, image_record, layer, pypi

PATHS = ("a/packages", "a/b/packages", "c/packages")
PACKAGES = (deb("bash", distro=""), deb("libc6", distro=""), pypi("flask"), pypi("jinja2"))

sources = some.builds(
    PackageSource,
    path=some.sampled_from(PATHS),
    cataloger=some.just("any"),
    packages=some.lists(some.sampled_from(PACKAGES), max_size=3, unique=True).map(tuple),
)


@some.composite
def images(draw: some.DrawFn) -> list[LayerAnalysis]:
    """Up to six layers over three package databases; some stand in the image more than once."""
    distinct = [
        replace(
            layer(
                str(number),
                *draw(some.lists(sources, max_size=2, unique_by=lambda each: each.path)),
                placed_on="",
            ),
            whiteouts=tuple(draw(some.lists(some.sampled_from(("a", "a/b", *PATHS)), max_size=1))),
            opaque=tuple(draw(some.lists(some.sampled_from(("a", "c")), max_size=1))),
        )
        for number in range(draw(some.integers(1, 5)))
    ]
    return draw(some.lists(some.sampled_from(distinct), min_size=1, max_size=6))


@settings(deadline=None, max_examples=60)
@given(images())
def test_the_join_and_the_rule_agree_on_every_package_its_place_and_its_layer(
    analyses: Sequence[LayerAnalysis],
) -> None:
    contents = combine(analyses)
    record = image_record("one", analyses)
    records = open_memory()
    with records.write() as written:
        for analysis in analyses:
            written.contents.save_layer(place_layer(analysis, DEBIAN), {}, blob=digest("blob"))
        written.contents.save_image(record)
        written.contents.finish_image(record.manifest, contents, analyser=ANALYSER, at=AT)
        joined = written.contents.image_packages(record.manifest, limit=1000).items
        counted = written.contents.package_counts([record.manifest]).get(record.manifest, 0)
    records.close()
    assert set(joined) == set(contents.packages)
    assert len(joined) == len(set(joined)) == counted
