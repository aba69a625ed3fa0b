"""Provenance is read from both versions of SLSA, and written from what CI systems say."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.signing.attestation_demands import AttestationDemand
from lading.signing.ci_provenance import BuildFacts, provenance_predicate, read_build
from lading.signing.provenance import SLSA_V02, SLSA_V1, Provenance, provenance_of
from lading.signing.statement import Statement, build_statement, parse_statement
from lading.signing.text_pattern import TextPattern

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
IMAGE = Digest.of(b"an image")
COMMIT = "a" * 40
LOCAL = BuildFacts(
    "local", "urn:x", "urn:t", "https://example.org/r", COMMIT, "refs/heads/main", "", "", "ann"
)


def statement(predicate: Any, type_: str = SLSA_V1) -> Statement:
    return parse_statement(build_statement([("app", IMAGE)], type_, json.dumps(predicate).encode()))


def of(environment: dict[str, str]) -> Provenance:
    facts = read_build(environment, LOCAL)
    bases = [("docker.io/library/debian", "b" * 64)]
    return provenance_of(statement(provenance_predicate(facts, bases, started=None, finished=NOW)))


GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/app",
    "GITHUB_SHA": COMMIT,
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_WORKFLOW_REF": "acme/app/.github/workflows/release.yml@refs/heads/main",
    "GITHUB_RUN_ID": "42",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_ACTOR": "ann",
    "RUNNER_ENVIRONMENT": "github-hosted",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_PROJECT_URL": "https://gitlab.com/acme/app",
    "CI_RUNNER_ID": "7",
    "CI_COMMIT_SHA": COMMIT,
    "CI_COMMIT_BRANCH": "main",
    "CI_CONFIG_PATH": "ci/build.yml",
    "CI_JOB_URL": "https://gitlab.com/acme/app/-/jobs/9",
    "GITLAB_USER_LOGIN": "ann",
}
JENKINS = {
    "JENKINS_URL": "https://ci.acme.example/",
    "BUILD_URL": "https://ci.acme.example/job/app/5/",
    "JOB_NAME": "app",
    "GIT_URL": "https://git.acme.example/app.git",
    "GIT_COMMIT": COMMIT,
    "GIT_BRANCH": "origin/main",
    "BUILD_USER_ID": "ann",
}
BUILDKITE = {
    "BUILDKITE": "true",
    "BUILDKITE_ORGANIZATION_SLUG": "acme",
    "BUILDKITE_PIPELINE_SLUG": "app",
    "BUILDKITE_REPO": "https://git.acme.example/app.git",
    "BUILDKITE_COMMIT": COMMIT,
    "BUILDKITE_BRANCH": "main",
    "BUILDKITE_BUILD_URL": "https://buildkite.com/acme/app/builds/1",
    "BUILDKITE_JOB_ID": "j",
    "BUILDKITE_BUILD_CREATOR": "ann",
}


@pytest.mark.parametrize(
    ("environment", "builder", "source", "workflow"),
    [
        (
            GITHUB,
            "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main",
            "https://github.com/acme/app",
            ".github/workflows/release.yml",
        ),
        (GITLAB, "https://gitlab.com/acme/app/-/runners/7", "https://gitlab.com/acme/app", "ci/build.yml"),
        (JENKINS, "https://ci.acme.example", "https://git.acme.example/app", "app"),
        (BUILDKITE, "https://buildkite.com/acme/app", "https://git.acme.example/app", ""),
        ({}, "urn:x", "https://example.org/r", ""),
    ],
    ids=["GitHub", "GitLab", "Jenkins", "Buildkite", "local"],
)
def test_a_build_is_read_back_as_its_system_told_it(
    environment: dict[str, str], builder: str, source: str, workflow: str
) -> None:
    found = of(environment)
    assert (found.builder, found.source, found.workflow) == (builder, source, workflow)
    assert (found.commit, found.branch, found.started_by) == (COMMIT, "main", "ann")
    assert [base.uri for base in found.bases] == ["pkg:docker/docker.io/library/debian"]


def test_a_tag_is_no_branch() -> None:
    for environment in (
        {**GITHUB, "GITHUB_REF": "refs/tags/v1"},
        {**GITLAB, "CI_COMMIT_TAG": "v1"},
        {**JENKINS, "TAG_NAME": "v1"},
        {**BUILDKITE, "BUILDKITE_TAG": "v1"},
    ):
        found = of(environment)
        assert (found.ref, found.branch) == ("refs/tags/v1", "")


@pytest.mark.parametrize("name", ["GITHUB_SHA", "GITHUB_REPOSITORY", "GITHUB_WORKFLOW_REF"])
def test_a_job_that_does_not_say_what_it_builds_attests_nothing(name: str) -> None:
    with pytest.raises(Malformed, match="GitHub Actions does not say the"):
        read_build({key: value for key, value in GITHUB.items() if key != name}, LOCAL)


def test_v02_is_read_as_slsa_github_generator_and_buildkit_write_it() -> None:
    generator = {
        "builder": {"id": "https://github.com/slsa-framework/x@refs/tags/v1"},
        "buildType": "https://github.com/slsa-framework/slsa-github-generator/container@v1",
        "invocation": {
            "configSource": {
                "uri": "git+https://github.com/acme/app@refs/heads/main",
                "digest": {"sha1": COMMIT},
                "entryPoint": ".github/workflows/x.yml",
            },
            "environment": {"github_actor": "ann", "github_ref": "refs/heads/main"},
        },
        "metadata": {"buildInvocationID": "42-1"},
        "materials": [{"uri": "git+https://github.com/acme/app@refs/heads/main", "digest": {"sha1": COMMIT}}],
    }
    found = provenance_of(statement(generator, SLSA_V02))
    assert (found.source, found.commit, found.branch, found.started_by) == (
        "https://github.com/acme/app",
        COMMIT,
        "main",
        "ann",
    )
    buildkit = {
        "builder": {"id": "https://ci/run/1"},
        "buildType": "https://mobyproject.org/buildkit@v1",
        "materials": [{"uri": "pkg:docker/debian@12", "digest": {"sha256": "b" * 64}}],
        "invocation": {"configSource": {}},
        "metadata": {
            "https://mobyproject.org/buildkit@v1#metadata": {
                "vcs": {"source": "git+https://git.acme.example/app.git", "revision": COMMIT}
            }
        },
    }
    found = provenance_of(statement(buildkit, SLSA_V02))
    assert (found.source, found.commit) == ("https://git.acme.example/app", COMMIT)
    assert [base.uri for base in found.bases] == ["pkg:docker/debian@12"]


def test_a_repository_with_a_user_name_is_not_cut_at_it() -> None:
    predicate = provenance_predicate(LOCAL, [], started=NOW, finished=NOW)
    predicate["buildDefinition"]["externalParameters"] = {"source": "git+ssh://git@host.example/org/app.git"}
    found = provenance_of(statement(predicate))
    assert (found.source, found.ref) == ("ssh://git@host.example/org/app", "")


BAD_MATERIALS: list[Any] = [{}, [1], [{"digest": {"sha1": 1}}], [{"digest": 1}], [{}] * 10_001]


def with_materials(materials: Any) -> Any:
    definition = {"buildType": "t", "resolvedDependencies": materials}
    return {"buildDefinition": definition, "runDetails": {"builder": {"id": "b"}}}


@pytest.mark.parametrize(
    ("type_", "predicate"),
    [
        ("https://example.org/other", {}),
        (SLSA_V1, {}),
        (SLSA_V02, {}),
        (SLSA_V1, {"buildDefinition": [], "runDetails": 1}),
        (SLSA_V1, {"buildDefinition": {"buildType": 1}, "runDetails": {"builder": {"id": 1}}}),
        *((SLSA_V1, with_materials(each)) for each in BAD_MATERIALS),
    ],
)
def test_what_is_no_provenance(type_: str, predicate: Any) -> None:
    with pytest.raises(Malformed):
        provenance_of(statement(predicate, type_))


def test_a_predicate_that_is_no_object() -> None:
    raw = statement({}).raw.replace(b'"predicate":{}', b'"predicate":[]')
    with pytest.raises(Malformed, match="must be an object"):
        provenance_of(parse_statement(raw))


def pattern(text: str) -> tuple[TextPattern, ...]:
    return (TextPattern.parse(text),)


@pytest.mark.parametrize(
    ("demand", "refusal"),
    [
        ({"builders": pattern("urn:x")}, ""),
        ({"builders": pattern("urn:y")}, "the builder must be urn:y, and is urn:x"),
        ({"sources": pattern("https://example.org/*")}, ""),
        ({"sources": pattern("https://other/*")}, "the source repository must be https://other/*"),
        ({"branches": pattern("main")}, ""),
        ({"branches": pattern("release")}, "the branch must be release, and is main"),
        ({"build_types": pattern("urn:t")}, ""),
        ({"build_types": pattern("urn:u")}, "the build type must be urn:u"),
        ({"materials": pattern("git+https://example.org/*")}, ""),
        (
            {"materials": pattern("pkg:docker/*")},
            "the material git+https://example.org/r@",
        ),
        ({"max_age": timedelta(days=3)}, ""),
        ({"max_age": timedelta(hours=1)}, "it was signed more than 1 hours ago"),
        ({"fields": {"runDetails.builder.id": pattern("urn:*")[0]}}, ""),
        (
            {"fields": {"runDetails.builder.id": pattern("x")[0]}},
            "builder.id must be x, and is 'urn:x'",
        ),
        ({"fields": {"runDetails.builder.id.more": pattern("x")[0]}}, "and is not there"),
        ({"fields": {"runDetails.builder": pattern("x")[0]}}, "and is not a text"),
    ],
)
def test_what_is_demanded_of_provenance(demand: dict[str, Any], refusal: str) -> None:
    predicate = provenance_predicate(LOCAL, [], started=NOW, finished=NOW)
    asked = AttestationDemand(SLSA_V1, (), **demand)
    found = asked.refusal(statement(predicate), NOW - timedelta(hours=2), NOW)
    assert found.startswith(refusal) if refusal.startswith("the") else refusal in found
    assert bool(found) is bool(refusal)


def test_demands_that_nothing_can_answer() -> None:
    old = AttestationDemand(SLSA_V1, (), max_age=timedelta(days=3))
    assert "nothing proves when" in old.refusal(statement({}), None, NOW)
    assert "more than 3 days" in old.refusal(statement({}), NOW - timedelta(days=9), NOW)
    build = AttestationDemand("x", (), builders=pattern("urn:x"))
    assert "is no SLSA provenance" in build.refusal(statement({}, "x"), NOW, NOW)
    facts = BuildFacts("local", "urn:x", "urn:t", "https://example.org/r", "", "", "", "", "")
    unsaid = statement(provenance_predicate(facts, [], started=None, finished=NOW))
    branch = AttestationDemand(SLSA_V1, (), branches=pattern("main"))
    assert branch.refusal(unsaid, NOW, NOW) == "the branch must be main, and is not stated"
    materials = AttestationDemand(SLSA_V1, (), materials=pattern("*"))
    assert "it names no materials" in materials.refusal(unsaid, NOW, NOW)
    tested = AttestationDemand("x", (), fields={"passed": pattern("true")[0]})
    assert tested.refusal(statement({"passed": True}, "x"), NOW, NOW) == ""


def test_provenance_without_materials_has_none_and_with_too_many_is_none() -> None:
    predicate = provenance_predicate(LOCAL, [], started=None, finished=NOW)
    definition = predicate["buildDefinition"]
    for dependencies, good in ((None, True), ([], True), (1, False), ([{}] * 10_001, False)):
        changed = {**predicate, "buildDefinition": {**definition, "resolvedDependencies": dependencies}}
        if good:
            assert provenance_of(statement(changed)).materials == ()
            continue
        with pytest.raises(Malformed):
            provenance_of(statement(changed))
