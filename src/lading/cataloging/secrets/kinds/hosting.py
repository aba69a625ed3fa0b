"""Tokens of source hosting and of build services."""

from lading.cataloging.secrets.checks import has_crc_of_github, is_mixed, is_random_after
from lading.cataloging.secrets.kind import SecretKind
from lading.cataloging.secrets.kind import by_pattern as kind

_END = rb"(?![A-Za-z0-9_-])"
_START = rb"(?<![A-Za-z0-9_])"


def _github(name: str, title: str, prefix: bytes, rotate: str) -> SecretKind:
    pattern = _START + prefix + rb"[A-Za-z0-9]{36}" + _END
    return kind(
        name, title, rotate, (prefix,), pattern, check=has_crc_of_github, shown=len(prefix), in_programs=True
    )


def _gitlab(name: str, title: str, prefix: bytes) -> SecretKind:
    pattern = _START + prefix + rb"[A-Za-z0-9_-]{20,64}(?:\.[0-9a-z]{2}\.[0-9a-z]{9})?" + _END
    rotate = (
        "GitLab: revoke the token where it was made (User, project or group settings, Access tokens; CI/CD)"
    )
    return kind(
        name, title, rotate, (prefix,), pattern, check=is_random_after(len(prefix)), shown=len(prefix)
    )


KINDS: tuple[SecretKind, ...] = (
    _github(
        "github-token", "GitHub personal access token", b"ghp_",
        "GitHub: Settings, Developer settings, Personal access tokens: delete it, then look at the security log",
    ),
    _github(
        "github-oauth-token", "GitHub OAuth token", b"gho_",
        "GitHub: Settings, Applications, Authorized OAuth Apps: revoke the application's access",
    ),
    _github(
        "github-user-token", "GitHub App user token", b"ghu_",
        "GitHub: Settings, Applications, Authorized GitHub Apps: revoke; it ends by itself after eight hours",
    ),
    _github(
        "github-server-token", "GitHub App installation token", b"ghs_",
        "GitHub: it ends by itself after an hour; renew the private key of the app that made it",
    ),
    _github(
        "github-refresh-token", "GitHub App refresh token", b"ghr_",
        "GitHub: Settings, Applications, Authorized GitHub Apps: revoke the application's access",
    ),
    kind(
        "github-fine-grained-token", "GitHub fine-grained token",
        "GitHub: Settings, Developer settings, Fine-grained tokens: delete it, then look at the security log",
        (b"github_pat_",), _START + rb"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}" + _END,
        check=is_random_after(11), shown=11, in_programs=True,
    ),
    _gitlab("gitlab-token", "GitLab personal access token", b"glpat-"),
    _gitlab("gitlab-deploy-token", "GitLab deploy token", b"gldt-"),
    _gitlab("gitlab-runner-token", "GitLab runner token", b"glrt-"),
    _gitlab("gitlab-trigger-token", "GitLab pipeline trigger token", b"glptt-"),
    _gitlab("gitlab-job-token", "GitLab CI job token", b"glcbt-"),
    _gitlab("gitlab-feed-token", "GitLab feed token", b"glft-"),
    _gitlab("gitlab-mail-token", "GitLab incoming mail token", b"glimt-"),
    _gitlab("gitlab-scim-token", "GitLab SCIM token", b"glsoat-"),
    _gitlab("gitlab-agent-token", "GitLab agent token", b"glagent-"),
    _gitlab("gitlab-oauth-secret", "GitLab OAuth application secret", b"gloas-"),
    _gitlab("gitlab-feature-token", "GitLab feature flag client token", b"glffct-"),
    kind(
        "gitlab-runner-registration", "GitLab runner registration token",
        "GitLab: reset the registration token of the project or group (Settings, CI/CD, Runners)",
        (b"GR1348941",), _START + rb"GR1348941[A-Za-z0-9_-]{20}" + _END, check=is_random_after(9), shown=9,
    ),
    kind(
        "bitbucket-app-password", "Bitbucket app password",
        "Bitbucket: Personal settings, App passwords: revoke it",
        (b"ATBB",), _START + rb"ATBB[A-Za-z0-9]{24}[A-F0-9]{8}" + _END, check=is_random_after(4), shown=4,
    ),
    kind(
        "atlassian-token", "Atlassian API token", "Atlassian: Account, Security, API tokens: revoke it",
        (b"ATATT3",), _START + rb"ATATT3[A-Za-z0-9_\-=]{100,250}=[A-F0-9]{8}" + rb"(?![A-Za-z0-9_])",
        check=is_random_after(6), shown=6,
    ),
    kind(
        "bitbucket-access-token", "Bitbucket repository access token",
        "Bitbucket: Repository settings, Access tokens: revoke it",
        (b"ATCTT3",), _START + rb"ATCTT3[A-Za-z0-9_\-=]{100,250}=[A-F0-9]{8}" + rb"(?![A-Za-z0-9_])",
        check=is_random_after(6), shown=6,
    ),
    kind(
        "circleci-token", "CircleCI personal token", "CircleCI: User settings, Personal API tokens: delete it",
        (b"CCIPAT_",), _START + rb"CCIPAT_[A-Za-z0-9]{22}_[a-f0-9]{40}" + _END, check=is_random_after(7), shown=7,
    ),
    kind(
        "circleci-project-token", "CircleCI project token", "CircleCI: Project settings, API permissions: delete it",
        (b"CCIPRJ_",), _START + rb"CCIPRJ_[A-Za-z0-9]{22}_[a-f0-9]{40}" + _END, check=is_random_after(7), shown=7,
    ),
    kind(
        "buildkite-token", "Buildkite API token", "Buildkite: Personal settings, API access tokens: revoke it",
        (b"bkua_",), _START + rb"bkua_[a-f0-9]{40}" + _END, check=is_random_after(5), shown=5,
    ),
    kind(
        "buildkite-agent-token", "Buildkite agent token", "Buildkite: Agents, Agent tokens: revoke it",
        (b"bkaj_", b"bkct_"), _START + rb"bk(?:aj|ct)_[A-Za-z0-9_-]{30,80}" + _END, check=is_random_after(5), shown=5,
    ),
    kind(
        "drone-token", "Drone or Harness token", "Harness: Profile, My API keys: delete the token",
        (b"pat.",), _START + rb"pat\.[A-Za-z0-9_-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}" + _END,
        check=is_random_after(4), shown=4,
    ),
    kind(
        "jenkins-token", "Jenkins API token", "Jenkins: the user's configuration page, API token: revoke it",
        (b"jenkins",),
        rb"jenkins[a-z_.\- ]{0,20}token[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?P<secret>11[a-f0-9]{32})(?![a-f0-9])",
        check=is_mixed, any_case=True, shown=2,
    ),
    kind(
        "travis-token", "Travis CI token", "Travis CI: Settings, API authentication: regenerate it",
        (b"travis",),
        rb"travis[a-z_.\- ]{0,20}token[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?P<secret>[A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])",
        check=is_mixed, any_case=True, weak=True,
    ),
    kind(
        "sonar-token", "SonarQube token", "SonarQube: My account, Security: revoke it",
        (b"squ_", b"sqp_", b"sqa_"), _START + rb"sq[upa]_[a-f0-9]{40}" + _END, check=is_random_after(4), shown=4,
    ),
    kind(
        "codecov-token", "Codecov upload token", "Codecov: the repository's settings: regenerate the upload token",
        (b"codecov_token",),
        rb"codecov_token[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
        rb"(?P<secret>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
        check=is_mixed, any_case=True,
    ),
    kind(
        "snyk-token", "Snyk token", "Snyk: Account settings, API token: revoke and regenerate",
        (b"snyk_token", b"snyk_api"),
        rb"snyk_(?:token|api(?:_key)?)[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
        rb"(?P<secret>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
        check=is_mixed, any_case=True,
    ),
)  # fmt: skip
