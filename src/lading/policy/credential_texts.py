"""Credentials in values that people write down: variables of builds and workloads, ConfigMaps.

Two signs count: the value has the form of a known credential, or the name says that it is one and the value
does not look like a placeholder, a path or a switch. A random-looking value without such a name is one where
it is long and has the entropy of a key. The value is looked at and never given back.
"""

import math
import re
from collections import Counter

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("private-key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY"),
        ("aws-access-key", r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Z0-9])"),
        ("github-token", r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,}"),
        ("gitlab-token", r"glpat-[A-Za-z0-9_-]{20,}"),
        ("slack-token", r"xox[abprs]-[A-Za-z0-9-]{10,}"),
        ("stripe-key", r"[rs]k_live_[A-Za-z0-9]{20,}"),
        ("google-api-key", r"AIza[A-Za-z0-9_-]{35}"),
        ("npm-token", r"npm_[A-Za-z0-9]{36}"),
        ("pypi-token", r"pypi-[A-Za-z0-9_-]{50,}"),
        ("sendgrid-key", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
        ("json-web-token", r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
        ("password-in-url", r"[a-z][a-z0-9+.-]*://[^\s/:@$\{\}]*:(?![$%{<*])[^\s/:@]{3,}@"),
        ("azure-storage-key", r"AccountKey=[A-Za-z0-9+/]{60,}={0,2}"),
    )
)
_NAME = re.compile(
    r"(?:^|[_.-])(?:password|passwd|passphrase|pwd|secret|secrets|token|apikey|api[_.-]?key|access[_.-]?key|"
    r"private[_.-]?key|credentials?|auth[_.-]?key|secret[_.-]?key|client[_.-]?secret)(?:[_.-]?(?:value|base64|[0-9]+))?\Z",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PLACEHOLDER = re.compile(
    r"\A(?:|true|false|yes|no|none|null|[0-9]{1,6}|x+|\*+|<.*>|\$.*|%.*%|\{\{.*|(?:/|\./|~/).*|[a-z]+://[^:@]*|"
    r".*(?:change.?me|example|placeholder|your[_-]|dummy|redacted|todo).*)\Z",
    re.IGNORECASE | re.DOTALL,
)
_RANDOM = re.compile(r"\A(?=[^\s]*[0-9])(?=[^\s]*[A-Za-z])[A-Za-z0-9+/_=-]{32,200}\Z")
# What looks random and opens nothing: digests, fingerprints of keys, UUIDs, versions, addresses.
_HARMLESS_NAME = re.compile(
    r"sha(?:1|224|256|384|512)?|md5|checksum|digest|hash|commit|revision|version|fingerprint|gpg|key_?id|uuid|path|url|"
    r"public|ldflags|cflags|flags|image|lang|opts|classpath",
    re.IGNORECASE,
)
_LEAST_ENTROPY = 4.2  # bits a character; English text in one word has about 3.5, base64 of a key 4.6 and more
MAX_LOOKED_AT = 16 << 10  # characters of one value


def credential_kind(name: str, value: str) -> str:
    """Say what kind of credential ``value`` under ``name`` is; empty where it is none."""
    text = value[:MAX_LOOKED_AT].strip()
    for kind, form in _FORMS:
        if form.search(text):
            return kind
    if names_credential(name):
        return "" if _PLACEHOLDER.match(text) else "named-credential"
    if _RANDOM.match(text) and not _HARMLESS_NAME.search(name) and not re.fullmatch(r"[0-9a-fA-F-]+", text):
        return "random-text" if _entropy(text) >= _LEAST_ENTROPY else ""
    return ""


def names_credential(name: str) -> bool:
    """Whether a name says that its value is a credential: ``DB_PASSWORD``, ``apiKey``."""
    return _NAME.search(_CAMEL.sub("_", name)) is not None


def _entropy(text: str) -> float:
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
