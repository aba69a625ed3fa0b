"""Passwords and keys in files that programs keep them in, and in addresses."""

import re

from lading.cataloging.secrets.checks import is_database_login, is_jwt, is_mixed, is_placeholder, is_random
from lading.cataloging.secrets.kind import FoundSecret, SecretKind, Window, literal_marks
from lading.cataloging.secrets.kind import by_pattern as kind

_SETTINGS = re.compile(
    r"(?:^|/)(?:\.env(?:\.[\w.-]+)?|[\w.-]*\.env|[\w.-]*\.(?:properties|ini|cfg|conf|toml)|\.pgpass|wp-config\.php"
    r"|(?:application|appsettings|settings|secrets?|credentials?|config|values|docker-compose|compose)[\w.-]*"
    r"\.(?:ya?ml|json))\Z",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(
    rb"(?:^|[\n\r])[ \t]{0,40}[\"']?(?:export )?([A-Za-z0-9_.-]{0,60}"
    rb"(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)[A-Za-z0-9_.-]{0,20})[\"']?"
    rb"[ \t]{0,3}[:=][ \t]{0,3}([\"']?)(?P<secret>[^\s\"'#,;{}<>$%\\]{12,200})\2",
    re.IGNORECASE,
)
_NOT_VALUES = re.compile(
    rb"(?:file|path|url|name|type|field|header|class|expir|ttl|policy|length|env|ref)\Z|^/|^https?:",
    re.IGNORECASE,
)


def _find_assigned(window: Window) -> FoundSecret | None:
    """A value that looks made by chance, assigned to a name that says secret, in a file of settings."""
    start = max(window.content.rfind(b"\n", 0, window.mark), 0)
    match = _ASSIGNED.match(window.content, start) or _ASSIGNED.match(b"\n" + window.content[start:])
    if match is None or _NOT_VALUES.search(match[1]) or _NOT_VALUES.search(match["secret"]):
        return None
    value = match["secret"]
    if not is_mixed(value) or is_placeholder(value):
        return None
    shift = 0 if match.string is window.content else start - 1
    name = match[1].decode("ascii", "replace")
    return FoundSecret(
        "assigned-secret",
        match.start("secret") + shift,
        match.end("secret") + shift,
        f"{name} = … ({len(value)} characters)",
    )


def _address(name: str, title: str, schemes: tuple[bytes, ...], *, weak: bool = False) -> SecretKind:
    """A password in a URL: ``scheme://user:password@host``."""
    expression = (
        rb"(?:" + b"|".join(map(re.escape, schemes)) + rb")://[^\s:/@\"'<>|\\]{0,80}:[^\s:/@\"'<>|\\]{1,200}@"
    )
    pattern = (
        rb"(?:"
        + b"|".join(map(re.escape, schemes))
        + rb")://[^\s:/@\"'<>|\\]{0,80}:(?P<secret>[^\s:/@\"'<>|\\]{1,200})@"
        rb"(?!localhost|127\.|example|host\b|hostname|server\b|[$%{<\[])[A-Za-z0-9_.\-\[]"
    )
    rotate = f"change the password of the {title} that the address names, and look at its log"
    return kind(
        name,
        f"password in an address of {title}",
        rotate,
        (),
        pattern,
        check=is_database_login,
        weak=weak,
        expression=expression,
    )


KINDS: tuple[SecretKind, ...] = (
    _address("url-postgresql", "PostgreSQL", (b"postgresql", b"postgres", b"cockroachdb"), weak=True),
    _address("url-mysql", "MySQL", (b"mysql", b"mariadb", b"mysql2"), weak=True),
    _address("url-mongodb", "MongoDB", (b"mongodb", b"mongodb+srv"), weak=True),
    _address("url-redis", "Redis", (b"redis", b"rediss", b"valkey"), weak=True),
    _address("url-amqp", "a message broker", (b"amqp", b"amqps", b"stomp", b"mqtt", b"mqtts", b"nats"), weak=True),
    _address("url-sqlserver", "SQL Server", (b"sqlserver", b"mssql"), weak=True),
    _address("url-ldap", "a directory", (b"ldap", b"ldaps"), weak=True),
    _address("url-mail", "a mail server", (b"smtp", b"smtps", b"imap", b"imaps"), weak=True),
    _address("url-file-server", "a file server", (b"ftp", b"ftps", b"sftp", b"smb"), weak=True),
    _address("url-clickhouse", "ClickHouse", (b"clickhouse",), weak=True),
    _address("url-web", "a web server", (b"https", b"http"), weak=True),
    kind("sqlserver-connection-string", "password of a SQL Server connection", "change the password of the login that the string names", (b"Password=", b"Pwd="), rb"(?:Server|Data Source)=[^\n\"']{3,200};(?:[^\n\"']{0,200};)?(?:Password|Pwd)=(?P<secret>[^;\s\"'{}$]{4,128})", check=is_database_login, any_case=True, weak=True, back=256),
    kind("netrc-password", "password in .netrc", "the machine that the entry names: change the password", (b"machine ",), rb"machine\s+\S{3,200}\s+login\s+\S{1,100}\s+password\s+(?P<secret>\S{3,200})", check=is_database_login, weak=True),
    kind("pgpass-password", "password in .pgpass", "change the password of the PostgreSQL role that the line names", (b":5432:",), rb"(?:^|\n)[^\s:#]{1,200}:5432:[^\s:]{1,64}:[^\s:]{1,64}:(?P<secret>[^\s:]{3,200})(?=\r?\n|\Z)", check=is_database_login, back=200),
    kind("kubeconfig-key", "client key in a kubeconfig", "the cluster: take the user's rights away, and renew the certificate", (b"client-key-data",), rb"client-key-data\"?\s{0,3}:\s{0,3}\"?(?P<secret>LS0tLS1CRUdJTi[A-Za-z0-9+/]{100,4000}={0,2})", shown=0),
    kind("kubernetes-token", "Kubernetes service account token", "Kubernetes: delete the secret or the service account that the token names", (b"eyJ",), rb"(?<![A-Za-z0-9_])eyJ[A-Za-z0-9_-]{20,2000}\.eyJpc3MiOiJrdWJlcm5ldGVzL3[A-Za-z0-9_-]{50,3000}\.[A-Za-z0-9_-]{80,700}", check=is_jwt, shown=3),
    kind("password-hash", "password digest of a system user", "change the password; the digest can be guessed at without end", (b":$1$", b":$5$", b":$6$", b":$y$", b":$7$", b":$2b$", b":$2y$", b":$2a$", b":$gy$", b":$argon2"), rb"(?:^|[\n])[a-z_][a-z0-9_.-]{0,31}(?P<secret>:\$(?:1|5|6|7|y|gy|2[aby]|argon2id?)\$[^\s:]{20,200})(?=:|\r?\n|\Z)", check=lambda value: not is_placeholder(value[4:10]), weak=True, back=36),
    kind("htpasswd-digest", "password digest of a web server", "change the password of this user of the web server", (b":$apr1$", b":{SHA}"), rb"(?:^|[\n])[\w.@-]{1,64}:(?P<secret>\$apr1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|\{SHA\}[A-Za-z0-9+/]{27}=)(?=\r?\n|\Z)", weak=True, back=70),
    kind("mysql-password", "password in my.cnf", "change the password of the MySQL user", (b"password",), rb"\[client\][^\[]{0,400}?\npassword\s?=\s?[\"']?(?P<secret>[^\s\"']{4,100})", check=is_database_login, any_case=True, weak=True, paths=re.compile(r"my[\w.-]*\.cnf\Z"), back=256),
    kind("basic-authorization", "Basic authorization header", "the service that it is sent to: change the password", (b"authorization: basic ", b'authorization": "basic '), rb"authorization\"?:\s?\"?basic (?P<secret>[A-Za-z0-9+/]{12,400}={0,2})", check=lambda value: is_random(value, 3.3), any_case=True, weak=True),
    kind("bearer-authorization", "Bearer authorization header", "the service that it is sent to: revoke the token", (b"authorization: bearer ", b'authorization": "bearer '), rb"authorization\"?:\s?\"?bearer (?P<secret>[A-Za-z0-9_.\-+/=]{20,2000})", check=is_mixed, any_case=True, weak=True),
    kind("jwt", "JSON Web Token", "the service that issued it: end the session, or renew the signing key if it does not expire", (b"eyJ",), rb"(?<![A-Za-z0-9_])eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,3000}\.[A-Za-z0-9_-]{20,700}", check=is_jwt, shown=3, weak=True),
    SecretKind(
        "assigned-secret", "secret in a file of settings", "whatever the setting opens: set a new one",
        literal_marks(
            b"password", b"passwd", b"secret", b"token", b"api_key", b"api-key", b"apikey", b"access_key",
            b"private_key", any_case=True,
        ),
        _find_assigned, weak=True, paths=_SETTINGS,
    ),
)  # fmt: skip
