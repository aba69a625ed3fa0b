"""What runs, and how it stands to the registry at the moment of asking."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lading.foundation.errors import Forbidden, Malformed, OverLimit
from lading.inventory.container import RunningContainer
from lading.inventory.standing import Flag
from lading.oci.digest import Digest
from lading.ports.records.inventory import Host
from lading.registry.caller import Caller
from lading.workflows.list_running import list_running
from lading.workflows.report_running import MAX_CONTAINERS, report_running
from tests.support.governed import GovernedRegistry, agent, person
from tests.support.registry import NOON, ROOT

ANN = person("ann", ("reader", "shop/**"))


@pytest.fixture
def governed() -> GovernedRegistry:
    return GovernedRegistry()


def container(name: str, reference: str, *digests: str, image_id: str = "") -> RunningContainer:
    return RunningContainer(
        host="h1",
        engine="docker",
        id=f"id-{name}",
        name=name,
        image_reference=reference,
        image_id=image_id or str(Digest.of(b"no config")),
        manifest_digests=digests,
        started_at="2026-03-01T00:00:00Z",
        labels={"a": "b"},
        privileged=False,
        user="",
    )


def pulled(name: str, reference: str, digest: Digest) -> RunningContainer:
    repository = reference.rpartition(":")[0] or reference
    return container(name, reference, f"{repository}@{digest}")


def report(governed: GovernedRegistry, *containers: RunningContainer) -> None:
    report_running(governed.registry.records, agent(), Host("h1", "0.1", NOON), containers)


def flags(
    governed: GovernedRegistry, caller: Caller = ROOT, environment: str = "prod"
) -> dict[str, set[Flag]]:
    page = list_running(governed.ports, caller, NOON, environment_of=lambda _host: environment)
    return {entry.seen.container.name: {remark.flag for remark in entry.standing} for entry in page.items}


def test_each_container_is_shown_as_it_stands(governed: GovernedRegistry) -> None:
    good, bad = governed.good_image(), governed.bad_image()
    pending = governed.push("shop/new", name="new")
    report(
        governed,
        pulled("good", "registry.example/shop/app:1.0", good),
        pulled("alias", "localhost:5000/shop/app:1.0", good),
        pulled("bad", "registry.example/lab/bad:1.0", bad),
        pulled("foreign", "docker.io/library/nginx:1", Digest.of(b"nginx")),
        pulled("gone", "registry.example/shop/app:0.9", Digest.of(b"deleted")),
        container("built", "app:dev"),
        pulled("new", "registry.example/shop/new:1.0", pending),
    )
    assert flags(governed) == {
        "good": {Flag.KNOWN},
        "alias": {Flag.KNOWN},
        "bad": {Flag.KNOWN, Flag.UNSIGNED, Flag.FAILED},
        "foreign": {Flag.UNKNOWN},
        "gone": {Flag.UNKNOWN},
        "built": {Flag.UNKNOWN},
        "new": {Flag.KNOWN, Flag.UNSIGNED, Flag.FAILED},
    }


def test_the_environment_of_the_host_decides_what_fails(governed: GovernedRegistry) -> None:
    bad = governed.bad_image()
    report(governed, pulled("bad", "registry.example/lab/bad:1.0", bad))
    assert flags(governed, environment="dev")["bad"] == {Flag.KNOWN, Flag.UNSIGNED}


def test_a_tag_that_moved_on_is_told(governed: GovernedRegistry) -> None:
    old = governed.good_image()
    report(
        governed,
        pulled("by-tag", "registry.example/shop/app:1.0", old),
        pulled("by-digest", f"registry.example/shop/app@{old}", old),
    )
    governed.good_image(name="newer")
    assert flags(governed) == {"by-tag": {Flag.KNOWN, Flag.MODIFIED_TAG}, "by-digest": {Flag.KNOWN}}


def test_standing_is_found_when_it_is_read(governed: GovernedRegistry) -> None:
    digest = governed.push()
    governed.import_feed()
    governed.analyse(digest)
    governed.add_sbom(digest)
    governed.own()
    report(governed, pulled("web", "registry.example/shop/app:1.0", digest))
    assert flags(governed)["web"] == {Flag.KNOWN, Flag.UNSIGNED, Flag.FAILED}
    governed.sign(digest)
    assert flags(governed)["web"] == {Flag.KNOWN}


def test_an_image_that_was_loaded_is_known_by_its_configuration(governed: GovernedRegistry) -> None:
    digest = governed.good_image()
    with governed.registry.records.read() as kept:
        record = kept.contents.image(digest)
    assert record is not None
    report(governed, container("loaded", "app:dev", image_id=str(record.config)))
    assert flags(governed)["loaded"] == {Flag.KNOWN}


def test_what_could_not_be_judged_is_not_shown_as_fine(governed: GovernedRegistry) -> None:
    digest = governed.good_image()
    with governed.registry.records.write() as kept:
        assert kept.contents.forget_image(digest)
    report(governed, pulled("web", "registry.example/shop/app:1.0", digest))
    shown = flags(governed)["web"]
    assert shown != {Flag.KNOWN}
    assert Flag.KNOWN in shown


def test_people_see_what_they_may_read(governed: GovernedRegistry) -> None:
    good, bad = governed.good_image(), governed.bad_image()
    report(
        governed,
        pulled("good", "registry.example/shop/app:1.0", good),
        pulled("bad", "registry.example/lab/bad:1.0", bad),
        container("built", "app:dev"),
    )
    assert set(flags(governed, ANN)) == {"good"}
    assert set(flags(governed, person("eve"))) == set()


def test_what_an_engine_says_cannot_break_the_list(governed: GovernedRegistry) -> None:
    report(
        governed,
        container("odd", "\x00 ://", "@@", "registry.example/x@sha256:zz", image_id="sha256:zz"),
        container("none", "", image_id="not a digest"),
    )
    assert flags(governed) == {"odd": {Flag.UNKNOWN}, "none": {Flag.UNKNOWN}}


def test_only_an_agent_reports_and_only_about_its_host(governed: GovernedRegistry) -> None:
    records, host = governed.registry.records, Host("h1", "0.1", NOON)
    with pytest.raises(Forbidden):
        report_running(records, ANN, host, [])
    with pytest.raises(Malformed):
        report_running(records, agent(), host, [replace(container("a", "b"), host="h2")])
    with pytest.raises(OverLimit):
        report_running(records, agent(), host, [container("a", "b")] * (MAX_CONTAINERS + 1))


def test_what_has_stopped_is_no_longer_listed(governed: GovernedRegistry) -> None:
    report(governed, container("a", "b"))
    later = Host("h1", "0.1", NOON + timedelta(minutes=1))
    report_running(governed.registry.records, agent(), later, [])
    assert flags(governed) == {}
