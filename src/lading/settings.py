"""Settings: one TOML file, overridden by environment variables, parsed once into one frozen value.

Pure: the caller hands in the file's text and the environment. Every key is declared here, with its meaning;
``lading serve --explain-settings`` and the reference documentation are made from these declarations.
``LADING_SERVER__PORT=8080`` overrides ``port`` of ``[server]``.
"""

import dataclasses
import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from lading.foundation.errors import Malformed

ENVIRONMENT_PREFIX = "LADING_"


def _setting(default: Any, meaning: str, *, secret: bool = False) -> Any:
    metadata = {"meaning": meaning, "secret": secret}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the server listens."""

    host: str = _setting("127.0.0.1", "address to listen on; 0.0.0.0 for every interface (then use TLS)")
    port: int = _setting(7780, "TCP port; 0 takes a free one")
    public_url: str = _setting("", "URL by which clients reach the server, when it stands behind a proxy")
    tls_certificate: str = _setting("", "PEM file of the certificate chain; TLS is on when both are set")
    tls_key: str = _setting("", "PEM file of the certificate's private key")


@dataclass(frozen=True, slots=True)
class DataSettings:
    """Where everything is kept."""

    folder: str = _setting("./var", "folder of the database, blobs and keys of a small installation")
    database_url: str = _setting(
        "", "postgresql://… for many machines; empty keeps SQLite in the folder", secret=True
    )
    jobs_url: str = _setting("", "database of the job engine; empty keeps SQLite in the folder", secret=True)
    blobs_url: str = _setting("", "s3://bucket/prefix, gs://… or az://…; empty keeps files in the folder")


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """The registry."""

    name: str = _setting("", "host[:port] by which images name this registry; empty takes the server's")
    aliases: tuple[str, ...] = _setting((), "further host[:port] names that mean this registry")
    anonymous_pull: bool = _setting(False, "whether pulling needs no sign-in")
    ci_issuers: str = _setting(
        "", "file that says which CI jobs are given tokens for the tokens of their platform"
    )
    manifest_mib: int = _setting(8, "MiB that a manifest may have, from 4 to 32")
    blob_gib: int = _setting(1024, "GiB that one blob may have")
    list_items: int = _setting(1000, "entries on a page of tags, referrers or repositories, at most")
    idle_seconds: int = _setting(120, "seconds that a client may send or take nothing within one body")
    upload_hours: int = _setting(24, "hours after which an upload that got no byte is thrown away")
    uploads: int = _setting(2000, "uploads that may be under way at once in one server")
    uploads_of_one: int = _setting(500, "uploads of one account that may be under way at once in one server")
    redirect_minutes: int = _setting(
        0, "minutes that a signed URL to the object store stays good for pulls; 0 sends blobs from here"
    )


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """Who may sign in, and with what."""

    directories: str = _setting(
        "", "file that says which OpenID providers and LDAP directories sign people in"
    )
    look_minutes: int = _setting(
        5, "minutes between two looks through LDAP directories for who has left; 0 never looks"
    )
    second_factor: str = _setting(
        "nobody", "who must have a second factor beside a password: nobody, administrators or everybody"
    )
    token_days: int = _setting(90, "days that a personal token may live at most")


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
    """Limits of the process that reads what others have packed."""

    workers: int = _setting(2, "images that are analysed at the same time")
    memory_mib: int = _setting(1536, "MiB of address space that one analysis may use")
    seconds: int = _setting(300, "seconds that the analysis of one layer may take")
    layer_gib: int = _setting(32, "GiB that one layer may unpack to")


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """The policy that every gate asks."""

    file: str = _setting("", "policy in force until one is put in its place by `lading policy set`")
    allowed_registries: tuple[str, ...] = _setting(
        (), "registries beside this one that images may come from, as host[:port]"
    )
    signed_by: tuple[str, ...] = _setting(
        (),
        "public keys as PEM files, or `server` for its own: a policy that none of them signed is not asked; "
        "empty asks for no signature",
    )
    gate_pushes: bool = _setting(True, "whether the policy is asked before an image is taken in")
    gate_pulls: bool = _setting(
        True, "whether rules that name the gate `pull` are asked before an image is handed out"
    )
    approved_bases: tuple[str, ...] = _setting(
        (), "patterns of repositories here that hold the bases to build on, such as base/*"
    )


@dataclass(frozen=True, slots=True)
class ApprovalSettings:
    """Who else has to agree."""

    quorums: Mapping[str, str] = _setting(
        {},
        "how many others have to agree, by kind (waiver, promotion, policy, break-glass, review) or by kind "
        "and environment (promotion:prod); one each, and none for a policy",
    )
    deadline_hours: int = _setting(168, "hours that something waits for others before it expires")
    break_glass_hours: int = _setting(8, "hours that a break-glass lasts at most")


@dataclass(frozen=True, slots=True)
class SigningSettings:
    """The key that the server signs with, and whose signatures count."""

    key_file: str = _setting(
        "", "private key to sign with, also as cosign makes it; empty makes signing.pem in the data folder"
    )
    key_passphrase: str = _setting("", "passphrase of the private key", secret=True)
    bundles: bool = _setting(
        True, "also sign as Sigstore bundles; false where others sign for tags only and verify with cosign 3"
    )
    trust_policy: str = _setting(
        "", "trust policy until `lading trust set`; empty trusts the server's own key for every repository"
    )
    keys: Mapping[str, str] = _setting(
        {}, "further keys by name: file:…, pkcs11:…, hashivault://…, awskms://…, gcpkms://… or azurekms://…"
    )
    certificates: Mapping[str, str] = _setting(
        {}, "PEM files of certificate chains by name of the key, for signatures of the Notary Project"
    )
    timestamp_url: str = _setting(
        "", "timestamp authority (RFC 3161) that stamps signatures; empty leaves it out"
    )


@dataclass(frozen=True, slots=True)
class AdmissionSettings:
    """The Kubernetes webhook."""

    port: int = _setting(0, "TLS port of the webhook; 0 leaves it off, -1 takes a free one")
    names: tuple[str, ...] = _setting(
        ("localhost", "127.0.0.1", "lading.lading.svc"),
        "host names and addresses that the webhook's certificate is made for",
    )
    tls_certificate: str = _setting(
        "", "PEM file of the certificate; without, one is made in the data folder"
    )
    tls_key: str = _setting("", "PEM file of the certificate's private key")
    default_environment: str = _setting("prod", "environment of a namespace that is not listed")
    namespaces: Mapping[str, str] = _setting({}, "environment of namespaces, by name or pattern (team-*)")


@dataclass(frozen=True, slots=True)
class InventorySettings:
    """What runs."""

    default_environment: str = _setting("prod", "environment of a host that is not listed")
    hosts: Mapping[str, str] = _setting({}, "environment of hosts, by name or pattern (build-*)")


@dataclass(frozen=True, slots=True)
class KeepingSettings:
    """How what is stored is kept, and what nobody needs is collected."""

    collect_hours: int = _setting(24, "hours between two collections of what nobody needs; 0: only on demand")
    retain_hours: int = _setting(24, "hours between two runs of retention; 0: only on demand")
    grace_hours: int = _setting(24, "hours that a blob nobody needs any more is kept")
    scrub_days: int = _setting(30, "days in which all content is read again and compared; 0: only on demand")
    scrub_mib: int = _setting(20, "MiB a second at which content is read again; 0: as fast as it goes")
    heal_from: str = _setting("", "http[s]://host[:port] of a registry that damaged blobs are taken from")
    heal_user: str = _setting("", "user at that registry")
    heal_password: str = _setting("", "password at that registry", secret=True)


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """Feeds of advisories."""

    subscribe: tuple[str, ...] = _setting((), "feeds that are fetched by themselves: osv/PyPI, epss, kev …")
    mirror: str = _setting(
        "", "URL under which all feeds lie by their names, instead of where they are public"
    )
    urls: Mapping[str, str] = _setting({}, "URL of a feed, by its name; http, https or file")
    every_hours: int = _setting(6, "hours between two looks at whether a feed has changed")
    max_age_hours: int = _setting(48, "hours after which a feed that was not seen again is called old")
    bundle_keys: tuple[str, ...] = _setting(
        (), "PEM files of public keys whose bundles are taken in, beside this installation's own"
    )


@dataclass(frozen=True, slots=True)
class PatchingSettings:
    """Moving a fleet to newer bases and packages."""

    mirror: str = _setting("", "folder of Debian package files to patch from; empty has none")
    goal_days: int = _setting(30, "days within which a campaign is to be over")
    team_days: Mapping[str, str] = _setting({}, "days that a team has promised instead, by its name")
    max_age: Mapping[str, str] = _setting(
        {}, "days after which an image is to be built again, by pattern of repositories"
    )
    rebuild_webhook: str = _setting(
        "", "URL that is told by POST which image to build again, and on which base; empty asks owners only"
    )
    rebuild_secret: str = _setting(
        "", "whsec_… (Standard Webhooks) by which those requests are signed", secret=True
    )
    sources: Mapping[str, str] = _setting(
        {}, "where Dockerfiles are, by pattern of repositories: github:owner/project:path/Dockerfile@main"
    )
    github_url: str = _setting("https://api.github.com", "URL of the GitHub API")
    github_token: str = _setting("", "token that may propose changes there", secret=True)
    gitlab_url: str = _setting("https://gitlab.com/api/v4", "URL of the GitLab API")
    gitlab_token: str = _setting("", "token that may propose changes there", secret=True)


@dataclass(frozen=True, slots=True)
class EventSettings:
    """Who may be told of what is done here."""

    allowed_hosts: tuple[str, ...] = _setting(
        (), "hosts that events may be sent to, also on this machine; empty: any but this and link-local ones"
    )
    plain_http: bool = _setting(False, "whether events may be sent without TLS to other machines")
    attempts: int = _setting(12, "tries, further and further apart, after which an event is a dead letter")


@dataclass(frozen=True, slots=True)
class UpstreamSettings:
    """Other registries that content is brought in from."""

    private_hosts: tuple[str, ...] = _setting(
        (), "hosts at private addresses that an upstream may send us to, for tokens or content"
    )
    idle_seconds: int = _setting(30, "seconds that an upstream may be silent before it is given up")


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is logged, and how."""

    level: str = _setting("info", "debug, info, warning or error")
    format: str = _setting("auto", "json, text, or auto: text on a terminal and json elsewhere")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set."""

    server: ServerSettings = field(default_factory=ServerSettings)
    data: DataSettings = field(default_factory=DataSettings)
    registry: RegistrySettings = field(default_factory=RegistrySettings)
    access: AccessSettings = field(default_factory=AccessSettings)
    analysis: AnalysisSettings = field(default_factory=AnalysisSettings)
    policy: PolicySettings = field(default_factory=PolicySettings)
    approvals: ApprovalSettings = field(default_factory=ApprovalSettings)
    signing: SigningSettings = field(default_factory=SigningSettings)
    admission: AdmissionSettings = field(default_factory=AdmissionSettings)
    inventory: InventorySettings = field(default_factory=InventorySettings)
    keeping: KeepingSettings = field(default_factory=KeepingSettings)
    feeds: FeedSettings = field(default_factory=FeedSettings)
    patching: PatchingSettings = field(default_factory=PatchingSettings)
    events: EventSettings = field(default_factory=EventSettings)
    upstreams: UpstreamSettings = field(default_factory=UpstreamSettings)
    log: LogSettings = field(default_factory=LogSettings)


@dataclass(frozen=True, slots=True)
class Explanation:
    """One setting, for people. ``value`` is masked where it may hold a password."""

    section: str
    name: str
    value: str
    source: str  # "default", "file" or the name of the environment variable
    meaning: str


@dataclass(frozen=True, slots=True)
class ParsedSettings:
    """The settings, and where each of them came from."""

    settings: Settings
    sources: Mapping[tuple[str, str], str]

    def iter_explanations(self) -> Iterator[Explanation]:
        """Every setting in the order of its declaration."""
        for section in dataclasses.fields(Settings):
            values = getattr(self.settings, section.name)
            for member in dataclasses.fields(values):
                value = getattr(values, member.name)
                masked = bool(member.metadata["secret"] and value)
                yield Explanation(
                    section=section.name,
                    name=member.name,
                    value="(set, not shown)" if masked else _toml(value),
                    source=self.sources.get((section.name, member.name), "default"),
                    meaning=member.metadata["meaning"],
                )


def parse_settings(text: str, file_name: str, environment: Mapping[str, str]) -> ParsedSettings:
    """Read the settings file's text (empty for no file) and the environment.

    Raises Malformed with the file and line, or the variable's name, of what is unknown or of a wrong type.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed("settings-invalid", f"{file_name}: {error}") from error
    given: dict[tuple[str, str], tuple[Any, str, str]] = {}
    for section, members in document.items():
        if not isinstance(members, dict):
            raise _unknown(f"{file_name}:{_line_of(text, '', section)}", section, _sections())
        for name, value in members.items():
            given[section, name] = (value, f"{file_name}:{_line_of(text, section, name)}", "file")
        if section not in _sections():
            raise _unknown(f"{file_name}:{_line_of(text, section, '')}", section, _sections())
    for variable, value in sorted(environment.items()):
        section, separator, name = variable.removeprefix(ENVIRONMENT_PREFIX).lower().partition("__")
        if variable.startswith(ENVIRONMENT_PREFIX) and separator:
            given[section, name] = (value, f"environment variable {variable}", variable)
    return _build(given)


def _build(given: Mapping[tuple[str, str], tuple[Any, str, str]]) -> ParsedSettings:
    values: dict[str, dict[str, Any]] = {section: {} for section in _sections()}
    sources: dict[tuple[str, str], str] = {}
    for (section, name), (value, place, source) in given.items():
        if section not in values:
            raise _unknown(place, section, _sections())
        kinds = _kinds(section)
        if name not in kinds:
            raise _unknown(place, name, list(kinds))
        values[section][name] = _convert(value, kinds[name], place, name, from_text=source != "file")
        sources[section, name] = source
    sections = {section: get_type_hints(Settings)[section](**members) for section, members in values.items()}
    return ParsedSettings(Settings(**sections), sources)


def _convert(value: Any, kind: Any, place: str, name: str, *, from_text: bool) -> Any:
    if from_text:
        value = _from_text(value, kind, place, name)
    if kind == tuple[str, ...] and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if kind == Mapping[str, str] and isinstance(value, dict):
        if all(isinstance(item, str) for item in value.values()):
            return value
    elif type(value) is kind:
        return value
    raise Malformed("settings-invalid", f"{place}: {name} must be {_KIND_WORDS[kind]}, not {value!r}")


def _from_text(value: str, kind: Any, place: str, name: str) -> Any:
    if kind is int and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    if kind is bool and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if kind == tuple[str, ...]:
        return [item.strip() for item in value.split(",") if item.strip()]
    if kind == Mapping[str, str]:
        pairs = [item.partition("=") for item in value.split(",") if item.strip()]
        if not all(separator for _, separator, _ in pairs):
            raise Malformed("settings-invalid", f"{place}: {name} must be name=value,name=value")
        return {key.strip(): item.strip() for key, _, item in pairs}
    return value


_KIND_WORDS: Mapping[Any, str] = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    tuple[str, ...]: "a list of strings",
    Mapping[str, str]: "a table of strings",
}


def _sections() -> list[str]:
    return [section.name for section in dataclasses.fields(Settings)]


def _kinds(section: str) -> dict[str, Any]:
    return get_type_hints(get_type_hints(Settings)[section])


def _unknown(place: str, name: str, known: list[str]) -> Malformed:
    nearest = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"known here: {', '.join(known)}"
    return Malformed("settings-unknown-key", f"{place}: {name!r} is not a setting", hint=hint)


def _line_of(text: str, section: str, name: str) -> int:
    """The line (1 is the first) where a section's key, or the section itself, is written."""
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\s*([^\]]+?)\s*\]", line)
        if header:
            current = header.group(1)
            if current.split(".")[0] == section and (not name or current == f"{section}.{name}"):
                return number
        elif current == section and name and re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*[=.]", line):
            return number
    return 1


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'{key} = "{item}"' for key, item in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)
