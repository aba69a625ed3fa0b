"""SLSA provenance (v1) of a build, from what CI systems tell every job in its environment.

Each system documents its variables; what is not there stays empty, and what must be there is named when it is
missing. A local build is provenance too: its builder is the person's machine, which a trust policy can tell
apart from one that others cannot touch.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339

Environment = Mapping[str, str]
GITHUB_WORKFLOW = "https://actions.github.io/buildtypes/workflow/v1"


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What one system says of a build, before it is written as provenance."""

    system: str
    builder: str
    build_type: str
    repository: str
    commit: str
    ref: str
    workflow: str
    invocation: str
    started_by: str
    internal: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CiSystem:
    """A system, how it is recognised, and how its variables are read."""

    name: str
    recognised_by: str  # a variable that is set in each of its jobs
    read: Callable[[Environment], BuildFacts]


def read_build(environment: Environment, local: BuildFacts) -> BuildFacts:
    """What the system that this runs in says; ``local`` where it runs in none. Raises Malformed."""
    found = next((system for system in CI_SYSTEMS if environment.get(system.recognised_by)), None)
    if found is None:
        return local
    facts = found.read(environment)
    for name in ("builder", "repository", "commit"):
        if not getattr(facts, name):
            raise Malformed(
                "build-facts-missing",
                f"{found.name} does not say the {name} of this job",
                hint="run it in a job that has checked out the source that it builds",
            )
    return facts


def provenance_predicate(
    facts: BuildFacts, bases: Sequence[tuple[str, str]], *, started: datetime | None, finished: datetime
) -> dict[str, Any]:
    """Write facts as an SLSA v1 predicate; ``bases`` are (reference, sha256 in hex) of images built upon."""
    source = f"git+{facts.repository}@{facts.ref}" if facts.ref else f"git+{facts.repository}"
    materials: list[dict[str, Any]] = []
    if facts.commit:
        materials.append({"uri": source, "digest": {"gitCommit": facts.commit}})
    materials += [{"uri": f"pkg:docker/{name}", "digest": {"sha256": hex_}} for name, hex_ in bases]
    internal = {"startedBy": facts.started_by, "system": facts.system, **facts.internal}
    github = facts.build_type == GITHUB_WORKFLOW
    return {
        "buildDefinition": {
            "buildType": facts.build_type,
            "externalParameters": {
                "workflow": {"ref": facts.ref, "repository": facts.repository, "path": facts.workflow}
            },
            "internalParameters": {"github": {"actor": facts.started_by, **facts.internal}}
            if github
            else {name: value for name, value in internal.items() if value},
            "resolvedDependencies": materials,
        },
        "runDetails": {
            "builder": {"id": facts.builder},
            "metadata": {
                "invocationId": facts.invocation,
                **({"startedOn": rfc3339(started)} if started is not None else {}),
                "finishedOn": rfc3339(finished),
            },
        },
    }


def _github(given: Environment) -> BuildFacts:
    """GitHub documentation, "Default environment variables"."""
    server = given.get("GITHUB_SERVER_URL", "https://github.com")
    repository = f"{server}/{given['GITHUB_REPOSITORY']}" if given.get("GITHUB_REPOSITORY") else ""
    workflow_ref = given.get("GITHUB_WORKFLOW_REF", "")
    file = workflow_ref.partition("@")[0].removeprefix(given.get("GITHUB_REPOSITORY", "") + "/")
    run = f"{repository}/actions/runs/{given.get('GITHUB_RUN_ID', '')}"
    return BuildFacts(
        "GitHub Actions",
        f"{server}/{workflow_ref}" if workflow_ref else "",
        GITHUB_WORKFLOW,
        repository,
        given.get("GITHUB_SHA", ""),
        given.get("GITHUB_REF", ""),
        file,
        f"{run}/attempts/{given.get('GITHUB_RUN_ATTEMPT', '1')}",
        given.get("GITHUB_ACTOR", ""),
        _present(
            given,
            event_name="GITHUB_EVENT_NAME",
            repository_id="GITHUB_REPOSITORY_ID",
            repository_owner_id="GITHUB_REPOSITORY_OWNER_ID",
            runner_environment="RUNNER_ENVIRONMENT",
        ),
    )


def _gitlab(given: Environment) -> BuildFacts:
    """GitLab documentation, "Predefined CI/CD variables reference"."""
    project, runner = given.get("CI_PROJECT_URL", ""), given.get("CI_RUNNER_ID", "")
    tag, branch = given.get("CI_COMMIT_TAG", ""), given.get("CI_COMMIT_BRANCH", "")
    ref = f"refs/tags/{tag}" if tag else f"refs/heads/{branch or given.get('CI_COMMIT_REF_NAME', '')}"
    return BuildFacts(
        "GitLab CI",
        f"{project}/-/runners/{runner}" if project and runner else "",
        "urn:lading:build:gitlab-ci:v1",
        project,
        given.get("CI_COMMIT_SHA", ""),
        ref,
        given.get("CI_CONFIG_PATH", ".gitlab-ci.yml"),
        given.get("CI_JOB_URL", ""),
        given.get("GITLAB_USER_LOGIN", ""),
        _present(given, pipeline="CI_PIPELINE_URL", source="CI_PIPELINE_SOURCE", job="CI_JOB_NAME"),
    )


def _jenkins(given: Environment) -> BuildFacts:
    """Jenkins handbook, "Using environment variables", and the Git plugin's."""
    branch = given.get("BRANCH_NAME", "") or given.get("GIT_BRANCH", "").removeprefix("origin/")
    tag = given.get("TAG_NAME", "")
    return BuildFacts(
        "Jenkins",
        given.get("JENKINS_URL", "").rstrip("/"),
        "urn:lading:build:jenkins:v1",
        given.get("GIT_URL", "").removesuffix(".git"),
        given.get("GIT_COMMIT", ""),
        f"refs/tags/{tag}" if tag else f"refs/heads/{branch}" if branch else "",
        given.get("JOB_NAME", ""),
        given.get("BUILD_URL", ""),
        given.get("BUILD_USER_ID", "") or given.get("CHANGE_AUTHOR", ""),
        _present(given, node="NODE_NAME", number="BUILD_NUMBER"),
    )


def _buildkite(given: Environment) -> BuildFacts:
    """Buildkite documentation, "Environment variables"."""
    tag, branch = given.get("BUILDKITE_TAG", ""), given.get("BUILDKITE_BRANCH", "")
    place = (given.get("BUILDKITE_ORGANIZATION_SLUG", ""), given.get("BUILDKITE_PIPELINE_SLUG", ""))
    return BuildFacts(
        "Buildkite",
        f"https://buildkite.com/{place[0]}/{place[1]}" if all(place) else "",
        "urn:lading:build:buildkite:v1",
        given.get("BUILDKITE_REPO", "").removesuffix(".git"),
        given.get("BUILDKITE_COMMIT", ""),
        f"refs/tags/{tag}" if tag else f"refs/heads/{branch}" if branch else "",
        given.get("BUILDKITE_LABEL", ""),
        f"{given.get('BUILDKITE_BUILD_URL', '')}#{given.get('BUILDKITE_JOB_ID', '')}",
        given.get("BUILDKITE_BUILD_CREATOR_EMAIL", "") or given.get("BUILDKITE_BUILD_CREATOR", ""),
        _present(given, source="BUILDKITE_SOURCE", agent="BUILDKITE_AGENT_NAME"),
    )


def _present(given: Environment, **names: str) -> Mapping[str, str]:
    return {name: given[variable] for name, variable in names.items() if given.get(variable)}


CI_SYSTEMS = (
    CiSystem("GitHub Actions", "GITHUB_ACTIONS", _github),
    CiSystem("GitLab CI", "GITLAB_CI", _gitlab),
    CiSystem("Buildkite", "BUILDKITE", _buildkite),
    CiSystem("Jenkins", "JENKINS_URL", _jenkins),
)
