'''The trust policy as a file of TOML, read whole or refused with the line of what is wrong.

[[keys]]                            # a public key
name = "release"
pem = """
-----BEGIN PUBLIC KEY-----
…
-----END PUBLIC KEY-----
"""
from = 2026-01-01                   # counts from then, until then; revoked = …, reason = "…"
                                    # replaces = "old" makes it the same signer as the key "old" before it

[[roots]]                           # a Sigstore trust root, as trusted_root.json
name = "public good"
trusted-root = """{…}"""

[[identities]]                      # whom a root vouches for
name = "release workflow"
root = "public good"
issuer = "https://token.actions.githubusercontent.com"
subject = "https://github.com/acme/*/.github/workflows/release.yml@refs/tags/*"

[[authorities]]                     # certificate authorities of Notary Project signatures
name = "acme"
certificates = """-----BEGIN CERTIFICATE-----…"""
revocation = "hard"                 # without a current list nothing can be told; "soft": then it counts
revocation-lists = """-----BEGIN X509 CRL-----…"""

[[certificates]]                    # whoever has a certificate of an authority with such a subject
name = "build service"
authority = "acme"
subject = "C=DE, O=Acme, CN=build"

[[timestamp-authorities]]           # named by timestamped-by of keys and authorities
name = "tsa"
certificates = """…"""

[[builders]]                        # who may build
name = "github"
id = "https://github.com/acme/*"
owner = "platform team"

[[trust]]
name = "all that we build"
repositories = ["**"]               # patterns; of all rules, the most specific pattern decides
environments = ["prod"]             # none means every one
signers = ["release"]
need = 1                            # how many different signers must have signed
signed-as = ["upstream/**"]         # names that a signature may say besides the repository's own

[[trust.attestations]]
type = "https://slsa.dev/provenance/v1"
builder = ["https://github.com/acme/*"]
source = ["https://github.com/acme/*"]
branch = ["main"]
'''

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from lading.foundation.errors import Conflict, LadingError, Malformed, NotFound, OverLimit
from lading.foundation.instants import rfc3339
from lading.oci.digest import Digest
from lading.signing.attestation_demands import AttestationDemand
from lading.signing.certificates import CertificateAuthority, DistinguishedName, parse_certificate_authority
from lading.signing.keyless import SigstoreRoot, parse_root
from lading.signing.keys import MIN_RSA_BITS, WEAK_RSA_BITS, PublicKey, parse_public_key
from lading.signing.notary import NotaryTrust
from lading.signing.policy_reading import Place, PolicyText, Table
from lading.signing.revocation_lists import RevocationLists, parse_revocation_lists
from lading.signing.signers import TrustedCertificate, TrustedIdentity, TrustedKey, TrustedSigner, Window
from lading.signing.timestamps import TimestampAuthority, parse_timestamp_authority
from lading.signing.trust_policy import TrustedBuilder, TrustPolicy, TrustRule

MAX_POLICY_BYTES = 1 << 20
MAX_AGE_HOURS = 24 * 366 * 10
_WINDOW = ("from", "until", "revoked", "reason")
_TABLES: Mapping[str, tuple[str, ...]] = {
    "keys": ("name", "pem", "replaces", "timestamped-by", "allow-rsa-2048", *_WINDOW),
    "roots": ("name", "trusted-root"),
    "identities": ("name", "root", "issuer", "subject", *_WINDOW),
    "authorities": (
        *("name", "certificates", "signing-authority", "timestamped-by", "allow-rsa-2048"),
        *("revocation", "revocation-lists"),
    ),
    "certificates": ("name", "authority", "subject", *_WINDOW),
    "timestamp-authorities": ("name", "certificates"),
    "builders": ("name", "id", "owner", "from", "until"),
    "trust": (
        *("name", "repositories", "environments", "signers", "keys", "need", "signed-as", "from", "until"),
        "attestations",
    ),
}
_DEMAND = (
    *("type", "signers", "need", "builder", "source", "branch", "build-type", "materials"),
    *("max-age-hours", "fields"),
)
_Named = TypeVar("_Named")


def write_trust_policy(keys: Mapping[str, PublicKey]) -> str:
    """Write the policy that trusts any one of these keys, by name, for every repository."""
    parts = [
        f'[[keys]]\nname = "{name}"\npem = """\n{key.to_pem().decode()}"""\n' for name, key in keys.items()
    ]
    names = ", ".join(f'"{name}"' for name in keys)
    rule = f'[[trust]]\nname = "every repository"\nrepositories = ["**"]\nsigners = [{names}]\n'
    return "\n".join([*parts, rule])


def parse_trust_policy(text: str, file_name: str = "trust policy") -> TrustPolicy:
    """Read a trust policy; raise Malformed with file and line, or OverLimit."""
    if len(text) > MAX_POLICY_BYTES:
        raise OverLimit("trust-policy-too-large", f"{file_name} is larger than {MAX_POLICY_BYTES} bytes")
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Malformed("trust-policy-invalid", f"{file_name} is not TOML: {error}") from error
    whole = PolicyText(text, file_name)
    whole.refuse_unknown(document, tuple(_TABLES), Place("", 0))
    named = _Names(whole, document)
    rules = tuple(_rule(table, named) for table in whole.tables(document, "trust", _TABLES["trust"]))
    _refuse_ties(whole, rules)
    builders = _by_name(whole, document, "builders", _builder)
    return TrustPolicy(
        Digest.of(text.encode()),
        tuple(named.signers.values()),
        rules,
        tuple(builders.values()),
        tuple(named.authorities.values()),
        text,
    )


def revoke_in(text: str, signer: str, at: datetime, reason: str) -> str:
    """Write into a trust policy that a signer is revoked from a moment on; raise NotFound or Conflict."""
    document = tomllib.loads(text)
    whole = PolicyText(text, "trust policy")
    for kind in ("keys", "identities", "certificates"):
        for table in whole.tables(document, kind, _TABLES[kind]):
            if table.name() != signer:
                continue
            if table.has("revoked"):
                raise Conflict("signer-revoked", f"{signer!r} is revoked already", hint="lading trust show")
            lines = text.splitlines(keepends=True)
            head = whole.line(table.place)
            quoted = json.dumps(" ".join(reason.split()), ensure_ascii=False)
            lines[head:head] = [f"revoked = {rfc3339(at)}\n", f"reason = {quoted}\n"]
            return "".join(lines)
    raise NotFound("signer-unknown", f"the trust policy names no signer {signer[:160]!r}")


@dataclass(init=False, slots=True)
class _Names:
    """Everything that rules can name."""

    signers: dict[str, TrustedSigner] = field(default_factory=dict)
    authorities: dict[str, NotaryTrust] = field(default_factory=dict)

    def __init__(self, whole: PolicyText, document: Mapping[str, Any]) -> None:
        stampers = _by_name(whole, document, "timestamp-authorities", _timestamp_authority)
        roots = _by_name(whole, document, "roots", _root)
        self.authorities = _by_name(whole, document, "authorities", lambda table: _authority(table, stampers))
        self.signers = {}
        replaceable: dict[str, TrustedKey] = {}
        for kind, read in (
            ("keys", lambda table: _key(table, stampers, replaceable)),
            ("identities", lambda table: _identity(table, roots)),
            ("certificates", lambda table: _certificate(table, self.authorities)),
        ):
            found: dict[str, TrustedSigner] = _by_name(whole, document, kind, read)
            for at, name in enumerate(found):
                if name in self.signers:
                    whole.refuse(Place(kind, at), f"the signer {name!r} stands twice")
            self.signers |= found


def _by_name(
    whole: PolicyText, document: Mapping[str, Any], kind: str, read: Callable[[Table], _Named]
) -> dict[str, _Named]:
    found: dict[str, _Named] = {}
    for table in whole.tables(document, kind, _TABLES[kind]):
        name = table.name()
        if name in found:
            table.refuse(f"the name {name!r} stands twice among the {kind}")
        try:
            found[name] = read(table)
        except LadingError as error:
            if error.code == "trust-policy-invalid":  # says its line already
                raise
            table.refuse(f"{name!r}: {error.message}", error.hint)
    return found


def _key(
    table: Table, stampers: Mapping[str, TimestampAuthority], known: dict[str, TrustedKey]
) -> TrustedKey:
    """Read a key; ``known`` are the ones before it, which it may replace, and then it too."""
    pem = table.text("pem").strip().encode() + b"\n"
    weakest = WEAK_RSA_BITS if table.flag("allow-rsa-2048") else MIN_RSA_BITS
    key = parse_public_key(pem, min_rsa_bits=weakest)
    replaces = table.one_of("replaces", known).holder if table.has("replaces") else ""
    stamped_by = _chosen(table, "timestamped-by", stampers)
    made = known[table.name()] = TrustedKey(table.name(), key, _window(table), stamped_by, replaces)
    return made


def _root(table: Table) -> SigstoreRoot:
    return parse_root(table.name(), table.text("trusted-root"))


def _identity(table: Table, roots: Mapping[str, SigstoreRoot]) -> TrustedIdentity:
    return TrustedIdentity(
        table.name(),
        table.one_of("root", roots),
        table.pattern("issuer"),
        table.pattern("subject"),
        _window(table),
    )


def _timestamp_authority(table: Table) -> TimestampAuthority:
    return parse_timestamp_authority(table.name(), table.text("certificates"))


def _authority(table: Table, stampers: Mapping[str, TimestampAuthority]) -> NotaryTrust:
    weakest = WEAK_RSA_BITS if table.flag("allow-rsa-2048") else MIN_RSA_BITS
    authority: CertificateAuthority = parse_certificate_authority(
        table.name(), table.text("certificates"), min_rsa_bits=weakest
    )
    stamped_by = _chosen(table, "timestamped-by", stampers)
    return NotaryTrust(authority, stamped_by, table.flag("signing-authority"), _revocation(table))


def _revocation(table: Table) -> RevocationLists:
    """Hard where nothing is said of lists that are there: who holds lists wants them minded."""
    mode = table.text("revocation") if table.has("revocation") else "hard"
    if mode not in {"hard", "soft"}:
        table.refuse("revocation must be hard or soft", member="revocation")
    if table.has("revocation-lists"):
        return parse_revocation_lists(table.text("revocation-lists"), required=mode == "hard")
    if mode == "soft":
        table.refuse("soft needs revocation-lists", member="revocation")
    return RevocationLists(required=table.has("revocation"))


def _certificate(table: Table, authorities: Mapping[str, NotaryTrust]) -> TrustedCertificate:
    authority = table.one_of("authority", authorities).authority
    subject = DistinguishedName.parse(table.text("subject"))
    return TrustedCertificate(table.name(), authority, subject, _window(table))


def _builder(table: Table) -> TrustedBuilder:
    return TrustedBuilder(table.name(), table.pattern("id"), table.text("owner"), _window(table))


def _rule(table: Table, named: _Names) -> TrustRule:
    name = table.text("name")
    if table.has("keys") and table.has("signers"):
        table.refuse("write signers, which keys is another word for", member="keys")
    signers = _chosen(table, "keys" if table.has("keys") else "signers", named.signers)
    _refuse_twice(table, signers)
    demands = tuple(_demand(inner, named, signers) for inner in table.inner_tables("attestations", _DEMAND))
    types = [demand.type for demand in demands]
    if len(set(types)) != len(types):
        table.refuse("two attestations of one type are demanded; write one")
    need = table.number("need", 1 if signers else 0, least=0 if demands else 1, most=_holders(signers))
    repositories = table.repositories("repositories")
    if not repositories or not (signers or demands):
        table.refuse("a rule needs repositories, and signers or attestations")
    return TrustRule(
        name,
        repositories,
        signers,
        need,
        table.repositories("signed-as"),
        tuple(table.texts("environments")),
        _window(table),
        demands,
    )


def _demand(table: Table, named: _Names, signers: tuple[TrustedSigner, ...]) -> AttestationDemand:
    own = _chosen(table, "signers", named.signers) or signers
    if not own:
        table.refuse("it needs signers, because the rule has none")
    _refuse_twice(table, own)
    hours = table.number("max-age-hours", 0, least=0, most=MAX_AGE_HOURS)
    return AttestationDemand(
        table.text("type"),
        own,
        table.number("need", 1, least=1, most=_holders(own)),
        builders=table.patterns("builder"),
        sources=table.patterns("source"),
        branches=table.patterns("branch"),
        build_types=table.patterns("build-type"),
        materials=table.patterns("materials"),
        max_age=timedelta(hours=hours) if hours else None,
        fields=table.pattern_map("fields"),
    )


def _holders(signers: tuple[TrustedSigner, ...]) -> int:
    """How many different signers there are: a key and the one that replaces it are one."""
    return len({signer.holder for signer in signers})


def _window(table: Table) -> Window:
    start, end, revoked = (_moment(table, member) for member in ("from", "until", "revoked"))
    if start is not None and end is not None and end <= start:
        table.refuse("until must be after from", member="until")
    reason = table.text("reason") if table.has("reason") else ""
    if reason and revoked is None:
        table.refuse("a reason belongs to revoked", member="reason")
    return Window(start, end, revoked, reason)


def _moment(table: Table, member: str) -> datetime | None:
    value = table.raw(member)
    if value is None:
        return None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            table.refuse(f"{member} needs a time zone: 2026-01-31T12:00:00Z", member=member)
        return value.astimezone(UTC)
    if not isinstance(value, date):
        table.refuse(f"{member} must be a date or a moment, without quotes", member=member)
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def _chosen(table: Table, member: str, known: Mapping[str, _Named]) -> tuple[_Named, ...]:
    return tuple(table.named(name, known, member) for name in table.texts(member))


def _refuse_twice(table: Table, signers: tuple[TrustedSigner, ...]) -> None:
    if len({signer.id for signer in signers}) != len(signers):
        table.refuse("it names one signer twice, which would count as two")


def _refuse_ties(whole: PolicyText, rules: tuple[TrustRule, ...]) -> None:
    """Two rules with the same pattern would leave it to chance which of them decides."""
    seen: dict[tuple[str, str], TrustRule] = {}
    for at, rule in enumerate(rules):
        for pattern in rule.repositories:
            for environment in rule.environments or ("",):
                other = seen.setdefault((pattern.text, environment), rule)
                twice = rule.repositories.count(pattern) > 1
                if twice or (other is not rule and not _one_after_the_other(other.window, rule.window)):
                    whole.refuse(
                        Place("trust", at), f"the pattern {pattern.text!r} stands in {other.name!r} already"
                    )


def _one_after_the_other(first: Window, second: Window) -> bool:
    """Whether two windows never overlap, as for a rule that another takes over from."""
    ends = ((first.end, second.start), (second.end, first.start))
    return any(end is not None and start is not None and end <= start for end, start in ends)
