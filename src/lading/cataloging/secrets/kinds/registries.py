"""Tokens of package and image registries."""

import re

from lading.cataloging.secrets.checks import (
    has_crc_of_github,
    is_basic_login,
    is_mixed,
    is_placeholder,
    is_random_after,
)
from lading.cataloging.secrets.kind import SecretKind
from lading.cataloging.secrets.kind import by_pattern as kind

_START, _END = rb"(?<![A-Za-z0-9_])", rb"(?![A-Za-z0-9_-])"


def _is_npm_auth(value: bytes) -> bool:
    return not is_placeholder(value) and is_mixed(value)


KINDS: tuple[SecretKind, ...] = (
    kind("lading-token", "Lading personal token", "Lading: lading tokens revoke, then look at what it did in the audit log", (b"ldp_",), _START + rb"ldp_[A-Za-z0-9]{49}" + _END, check=has_crc_of_github, shown=4, in_programs=True),
    kind("npm-token", "npm access token", "npm: Access tokens: delete it, look at what was published", (b"npm_",), _START + rb"npm_[A-Za-z0-9]{36}" + _END, check=has_crc_of_github, shown=4, in_programs=True),
    kind("npmrc-token", "token of a package registry in .npmrc", "the registry that .npmrc names: revoke the token", (b"_authToken", b"_password", b"_auth"), rb"_(?:authToken|password|auth)\s?=\s?\"?(?P<secret>(?!npm_)[A-Za-z0-9+/=_.-]{16,1000})", check=_is_npm_auth, paths=re.compile(r"(?:^|/)\.?(?:npmrc|yarnrc(?:\.yml)?)\Z")),
    kind("pypi-token", "PyPI upload token", "PyPI: Account settings, API tokens: remove it, look at what was released", (b"pypi-AgE",), _START + rb"pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[A-Za-z0-9_-]{50,1000}", check=is_random_after(20), shown=5, in_programs=True),
    kind("rubygems-key", "RubyGems API key", "RubyGems: Settings, API keys: delete it", (b"rubygems_",), _START + rb"rubygems_[a-f0-9]{48}" + _END, check=is_random_after(9), shown=9),
    kind("crates-token", "crates.io token", "crates.io: Account settings, API tokens: revoke it", (b"cio",), _START + rb"cio[A-Za-z0-9]{32}" + _END, check=is_random_after(3, 3.8), shown=3, weak=True),
    kind("nuget-key", "NuGet API key", "NuGet: API keys: delete it", (b"oy2",), _START + rb"oy2[a-z0-9]{43}" + _END, check=is_random_after(3), shown=3),
    kind("hex-key", "Hex.pm key", "Hex: Dashboard, Keys: revoke it", (b"hex_api_key",), rb"hex_api_key[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?P<secret>[a-f0-9]{32})(?![a-f0-9])", check=is_mixed, any_case=True),
    kind("docker-hub-token", "Docker Hub token", "Docker Hub: Account settings, Personal access tokens: delete it", (b"dckr_pat_", b"dckr_oat_"), _START + rb"dckr_[po]at_[A-Za-z0-9_-]{27,32}" + _END, check=is_random_after(9), shown=9, in_programs=True),
    kind("docker-login", "login of an image registry", "the registry that the file names: change the password or revoke the token", (b'"auth"',), rb"\"auth\"\s{0,4}:\s{0,4}\"(?P<secret>[A-Za-z0-9+/]{8,2000}={0,2})\"", check=is_basic_login),
    kind("jfrog-key", "JFrog API key", "JFrog: User profile: revoke the API key", (b"AKCp",), _START + rb"AKCp[A-Za-z0-9]{69}" + _END, check=is_random_after(4), shown=4),
    kind("jfrog-token", "JFrog reference token", "JFrog: Access tokens: revoke it", (b"cmVmdGtuO",), _START + rb"cmVmdGtuO[A-Za-z0-9]{50,64}" + _END, check=is_random_after(9), shown=9),
    kind("cloudsmith-key", "Cloudsmith key", "Cloudsmith: API settings: refresh the key", (b"cloudsmith",), rb"cloudsmith[a-z_.\- ]{0,20}key[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?P<secret>[a-f0-9]{40})(?![a-f0-9])", check=is_mixed, any_case=True),
    kind("packagist-token", "Packagist token", "Packagist: Profile, API tokens: regenerate it", (b"packagist_",), _START + rb"packagist_(?:ack|ors|oat|uut)_[a-f0-9]{60,90}" + _END, check=is_random_after(14), shown=10),
    kind("quay-token", "Quay robot token", "Quay: Robot accounts: regenerate the token", (b"quay",), rb"quay[a-z_.\- ]{0,20}(?:token|password)[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?P<secret>[A-Z0-9]{64})(?![A-Z0-9])", check=is_mixed, any_case=True),
    kind("clojars-token", "Clojars deploy token", "Clojars: Deploy tokens: disable it", (b"CLOJARS_",), _START + rb"CLOJARS_[a-f0-9]{60}" + _END, check=is_random_after(8), shown=8),
    kind("maven-password", "password in Maven settings", "the repository that settings.xml names: change the password", (b"<password>",), rb"<server>(?:(?!</server>)[\s\S]){0,600}<password>(?P<secret>[^<{$\s]{6,200})</password>", check=lambda value: not is_placeholder(value), weak=True, back=256),
    kind("jetbrains-token", "JetBrains permanent token", "JetBrains: Profile, Authentication: delete it", (b"perm:",), _START + rb"perm:[A-Za-z0-9=+/]{10,80}\.[A-Za-z0-9=+/]{6,40}\.[A-Za-z0-9]{30,50}" + _END, check=is_random_after(5), shown=5),
)  # fmt: skip
