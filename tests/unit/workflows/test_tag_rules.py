"""Rules on tags where they count: at pushes and deletions."""

import json

import pytest

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Conflict, Forbidden, NotFound
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.registry.caller import BoundRights, Caller
from lading.registry.tag_pattern import TagPattern
from lading.registry.tag_rules import TagRuleKind
from lading.workflows.attach_claim import push_bytes
from lading.workflows.delete_manifest import delete_manifest, delete_tag
from lading.workflows.show_tags import show_tag_history, show_tags
from lading.workflows.tag_rules import NewTagRule, add_tag_rule, list_tag_rules, remove_tag_rule
from tests.support.registry import NOON, ROOT, DrivenRegistry

ANN = Caller(Principal(PrincipalKind.PERSON, "ann"), BoundRights(NO_BINDINGS))


def make(registry: DrivenRegistry, kind: str, repositories: str, tags: str = "*") -> str:
    asked = NewTagRule(TagRuleKind(kind), RepositoryPattern.parse(repositories), TagPattern.parse(tags))
    return add_tag_rule(registry.records, ROOT, asked, NOON, rule_id=f"{kind}-1").id


def push_signatures(registry: DrivenRegistry, subject: Digest, *signatures: bytes) -> Digest:
    """As cosign does: one layer for each signature, under a tag made of the digest."""
    layers = [
        {
            "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
            "digest": str(push_bytes(registry.ports, ROOT, "team/app", content, NOON)),
            "size": len(content),
        }
        for content in signatures
    ]
    config = push_bytes(registry.ports, ROOT, "team/app", b"{}", NOON)
    raw = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": {"mediaType": media_types.OCI_CONFIG, "digest": str(config), "size": 2},
            "layers": layers,
        }
    ).encode()
    return registry.push_manifest("team/app", raw, tags=(f"sha256-{subject.hex}.sig",))


def test_a_push_outside_the_pattern_leaves_nothing_behind() -> None:
    registry = DrivenRegistry()
    make(registry, "naming", "team/**", "{semver}")
    with pytest.raises(Forbidden) as refused:
        registry.push_image("team/app", tags=("latest",))
    assert refused.value.code == "tag-name-refused"
    with registry.records.read() as kept:
        assert kept.registry.manifests("team/app").items == ()
    registry.push_image("team/app", tags=("1.0.0",))


def test_a_fixed_tag_stays_also_after_it_was_deleted() -> None:
    registry = DrivenRegistry()
    first = registry.push_image("team/app", name="one", tags=("1.0.0", "edge"))
    make(registry, "fixed", "team/**", "{semver}")
    registry.push_image("team/app", name="one", tags=("1.0.0",))
    registry.push_image("team/app", name="two", tags=("edge",))
    with pytest.raises(Conflict) as refused:
        registry.push_image("team/app", name="two", tags=("1.0.0",))
    assert refused.value.code == "tag-fixed"
    delete_tag(registry.records, ROOT, "team/app", "1.0.0", NOON)
    with pytest.raises(Conflict):
        registry.push_image("team/app", name="two", tags=("1.0.0",))
    delete_manifest(registry.records, ROOT, "team/app", first, NOON)
    with pytest.raises(Conflict):
        registry.push_image("team/app", name="two", tags=("1.0.0",))
    assert registry.push_image("team/app", name="one", tags=("1.0.0",)) == first


def test_signatures_are_added_to_a_fixed_and_kept_image_and_never_taken_away() -> None:
    registry = DrivenRegistry()
    image = registry.push_image("team/app", tags=("1.0.0",))
    make(registry, "fixed", "**")
    make(registry, "kept", "**", "{semver}")
    push_signatures(registry, image, b"first")
    push_signatures(registry, image, b"first", b"second")
    with pytest.raises(Conflict):
        push_signatures(registry, image, b"second")
    for deletion in (f"sha256-{image.hex}.sig", "1.0.0"):
        with pytest.raises(Conflict) as refused:
            delete_tag(registry.records, ROOT, "team/app", deletion, NOON)
        assert refused.value.code == "artifact-kept"


def test_a_referrer_may_be_added_to_a_kept_image_and_is_kept_with_it() -> None:
    registry = DrivenRegistry()
    image = registry.push_image("team/app", tags=("1.0.0",))
    make(registry, "fixed", "**")
    make(registry, "kept", "**", "{semver}")
    empty = push_bytes(registry.ports, ROOT, "team/app", b"{}", NOON)
    raw = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "artifactType": "application/vnd.example.signature",
            "config": {"mediaType": media_types.OCI_EMPTY, "digest": str(empty), "size": 2},
            "layers": [],
            "subject": {"mediaType": media_types.OCI_MANIFEST, "digest": str(image), "size": 1},
        }
    ).encode()
    referrer = registry.push_manifest("team/app", raw)
    for digest in (referrer, image):
        with pytest.raises(Conflict) as refused:
            delete_manifest(registry.records, ROOT, "team/app", digest, NOON)
        assert refused.value.code == "artifact-kept"


def test_when_the_rule_is_gone_so_is_the_protection_and_both_are_in_the_log() -> None:
    registry = DrivenRegistry()
    image = registry.push_image("team/app", tags=("1.0.0",))
    rule = make(registry, "kept", "**")
    remove_tag_rule(registry.records, ROOT, rule, NOON)
    delete_manifest(registry.records, ROOT, "team/app", image, NOON)
    with registry.records.read() as kept:
        told = [entry.event.action for entry in kept.audit.page(newest_first=False).items]
    assert told[-3:] == ["tag-rule.add", "tag-rule.remove", "manifest.delete"]
    with pytest.raises(NotFound):
        remove_tag_rule(registry.records, ROOT, rule, NOON)


def test_only_administrators_set_rules() -> None:
    registry = DrivenRegistry()
    asked = NewTagRule(TagRuleKind.FIXED, RepositoryPattern.parse("**"), TagPattern.parse("*"))
    with pytest.raises(Forbidden):
        add_tag_rule(registry.records, ANN, asked, NOON, rule_id="x")
    assert list_tag_rules(registry.records, ANN) == ()


def test_tags_are_shown_with_what_protects_them_and_their_history() -> None:
    registry = DrivenRegistry()
    first = registry.push_image("team/app", name="one", tags=("1.0.0", "edge"))
    second = registry.push_image("team/app", name="two", tags=("edge",))
    make(registry, "fixed", "team/**", "{semver}")
    make(registry, "naming", "team/**", "{semver}, edge")
    shown = show_tags(registry.records, ROOT, "team/app", after="", limit=10)
    assert shown.pattern == "{semver}, edge"
    assert [(each.tag.name, each.fixed_by is not None) for each in shown.page.items] == [
        ("1.0.0", True),
        ("edge", False),
    ]
    moves = show_tag_history(registry.records, ROOT, "team/app", "edge", after="", limit=10).items
    assert [(move.before, move.after) for move in moves] == [(first, second), (None, first)]
    for repository in ("nowhere", "team/app"):
        with pytest.raises(NotFound):
            show_tags(registry.records, ANN, repository, after="", limit=10)
    with pytest.raises(NotFound):
        show_tag_history(registry.records, ROOT, "team/app", "never", after="", limit=10)
