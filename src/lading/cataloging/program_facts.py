"""How well-known programs and libraries say which version they are.

Facts about the texts that their makers compile in. They were found by looking into programs of distributions
and of upstream projects; ``make check-binaries`` looks again.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

# A line at the margin is the name of a project, and a pattern for the whole names of its files ("{so}" is how
# a library's name goes on). Below stand patterns over the constants of such a file, the first that is found
# counts: "{v}", "{x.y.z}" and the group "v" are the version, "packed" is one without dots (20914: 2.9.14).
_TABLE = r"""
apache  httpd|apache2
    \0Apache/{v}
apt  apt|libapt-pkg{so}
    \0APT/{v}
bash  r?bash[0-9.-]*|static-bash
    @\(#\)Bash version {v}\(
berkeley-db  libdb{so}
    Berkeley DB {v}:
bind  named|libdns{so}
    \0BIND {v}
    \0libdns-{v}
busybox  busybox(?:[-.].*)?
    BusyBox v{v}
bzip2  bzip2|libbz2{so}
    \0{v}, [0-9]{1,2}-[A-Z][a-z]{2}-[0-9]{4}
c-ares  libcares{so}
    \0(?P<v>1\.[0-9]+\.[0-9]+)\0
cairo  libcairo{so}
    (?P<v>1\.[0-9]{1,2}\.[0-9]+)\0
caddy  caddy
    github\.com/caddyserver/caddy/v2\tv{v}
chrony  chronyd
    chronyd \(chrony\) version {v}
    \0(?P<v>[34]\.[0-9.]+)\0
consul  consul
    CONSUL_VERSION: {v}
coturn  turnserver
    \0Coturn-{v}
cups  libcups{so}
    CUPS/{v}
curl  curl|libcurl{so}
    \0curl/{v}
    \0libcurl/{v}
    CLIENT libcurl {v}
dbus  libdbus-1{so}
    libdbus {v}
    LIBDBUS_PRIVATE_{v}
dnsmasq  dnsmasq
    \0dnsmasq-(?P<v>[0-9]+\.[0-9.]+)
dovecot  dovecot
    Dovecot v{v}
dpkg  dpkg
    \0{x.y.z} \([a-z0-9]+\)
dropbear  dropbear(?:multi)?|dbclient
    SSH-2\.0-dropbear_{v}
dumb-init  dumb-init
    dumb-init v{v}
    \0(?P<v>1\.[0-9]\.[0-9]+)\n\0
envoy  envoy
    [0-9a-f]{40}/{v}/(?:Clean|Modified)/RELEASE
erlang  beam\.smp
    /erlang-{v}
    Erlang/OTP {v}
exim  exim[0-9]?
    Exim (?P<v>4\.[0-9.]+)
    \0(?P<v>4\.9[0-9](?:\.[0-9]+)?)\0
expat  libexpatw?{so}
    expat_{v}
ffmpeg  ffmpeg|ffprobe|lib(?:avcodec|avformat|avutil){so}
    FFmpeg version n?{v}
    %s version n?{v}
fluent-bit  fluent-bit
    Fluent Bit v{v}
    Fluent-Bit v{v}
freeradius  freeradius|radiusd
    FreeRADIUS Version {v}
gawk  gawk
    GNU Awk {v}
gcc  cc1(?:plus)?|(?:[a-z0-9_]+-)*(?:gcc|g\+\+|cpp)(?:-[0-9.]+)?
    \0GNU C.{0,30}version {v}
    /gcc-[0-9]+-{v}
    \0{x.y.z}\0
ghostscript  gs|libgs{so}
    /ghostscript/{v}/
git  git|git-remote-https?
    git/{v}\0
    git version {v}
glib  libg(?:io|lib)-2.0{so}
    <!-- GDBus {v}
    /glib-{v}
glibc  libc\.so\.6|libc-[0-9.]+\.so|ld-linux.*\.so\.[0-9]|ld-[0-9.]+\.so
    GNU C Library .{0,80}?version (?P<v>[0-9]+\.[0-9]+)
    \0glibc (?P<v>[0-9.]+)\0
gmp  libgmp{so}
    (?P<v>6\.[0-9]\.[0-9])\0
gnupg  gpg2?|gpg-agent
    OpenPGP server {v}
    \0(?P<v>2\.[0-9]\.[0-9]+)\0
gnutls  libgnutls{so}
    Enabled GnuTLS {v}
    \0(?P<v>3\.[0-9]+\.[0-9]+)\0
haproxy  haproxy.*
     version {v}[^ \0]{0,40}, released 20
harfbuzz  libharfbuzz{so}
    \0(?P<v>[0-9]{1,2}\.[0-9]\.[0-9])\0
hostapd  hostapd|wpa_supplicant
    (?:hostapd|wpa_supplicant) v(?P<v>[0-9.]+)
imagemagick  magick|convert|libMagickCore.*?{so}
    ImageMagick (?P<v>[67]\.[0-9.]+(?:-[0-9]+)?)
iperf3  iperf3|libiperf{so}
    iperf {v}
java  libjvm\.so
    \0(?P<v>[0-9]+(?:\.[0-9]+)*\+[0-9]+)(?:-[A-Za-z0-9~.-]+)?\0
jq  jq
    \0(?:jq-)?(?P<v>1\.[0-9](?:\.[0-9]+)?)\0
keepalived  keepalived
    Keepalived v{v}
knot  knotd
    Knot DNS {v}
kerberos  libkrb5{so}
    KRB5_BRAND: krb5-{v}
libarchive  bsdtar|libarchive{so}
    libarchive {v}
libcap  libcap{so}
    libcap-(?P<v>[0-9.]+[0-9])
libevent  libevent(?:_core)?{so}
    \0{v}-(?:stable|beta|alpha)
libgcrypt  libgcrypt{so}
    This is Libgcrypt {v}
libheif  libheif{so}
    \0(?P<v>1\.[0-9]+\.[0-9]+)\0
libidn2  libidn2{so}
    xn--(?P<v>2\.[0-9.]+)\0
    \0(?P<v>2\.[0-9]\.[0-9])\0
libjpeg-turbo  lib(?:turbo)?jpeg{so}
    libjpeg-turbo version {v}
libpcap  libpcap{so}
    libpcap version {v}
libpng  libpng[0-9]*{so}
    libpng version {v}
libssh  libssh{so}
    SSH-2\.0-libssh_{v}
    libssh_{v}
libssh2  libssh2{so}
    libssh2_{v}
libtiff  libtiff{so}
    LIBTIFF, Version {v}
libxml2  libxml2{so}
    \0libxml2-{v}
    (?<![0-9])(?P<packed>20[0-9]{3}|21[0-9]{3})(?:-GIT[^\0]{0,40})?\0
lighttpd  lighttpd
    lighttpd/{v}
lua  lua(?:jit)?[0-9.]*|liblua.*?{so}
    \$LuaVersion: Lua {v}
    Lua {v}
lz4  liblz4{so}
    \0(?P<v>1\.[0-9]+\.[0-9]+)\0
mariadb  mariadbd?|mysqld?|mariadb-dump|lib(?:mariadb|mysqlclient){so}
    (?P<v>1[0-9]\.[0-9]+\.[0-9]+)-MariaDB
    \0(?P<v>1[01]\.[0-9]+\.[0-9]+)\0
memcached  memcached
    memcached {v}
    \0(?P<v>1\.[456]\.[0-9]+)\0
modsecurity  libmodsecurity{so}
    ModSecurity v{v}
mosquitto  mosquitto
    mosquitto version {v}
    \0(?P<v>2\.0\.[0-9]+)\0
musl  ld-musl-.*\.so\.1|libc\.musl-.*\.so\.1|libc\.so
    \0(?P<v>1\.[0-9]\.[0-9]+)\0
mysql  mysqld?
    mysql-(?P<v>[589]\.[0-9]+\.[0-9]+)
    \0(?P<v>[589]\.[0-9]+\.[0-9]+)\0
nghttp2  libnghttp2{so}
    (?P<v>1\.[0-9]+\.[0-9]+)\0
nginx  nginx(?:-debug)?
    nginx version: nginx/{v}
    \0nginx/{v}
node  node(?:js)?|libnode{so}
    node\.js/v{v}
    /node-v{v}
nsd  nsd
    \0NSD {v}
openldap  slapd|libldap(?:_r)?{so}
    OpenLDAP: (?:slapd|libldap) {v}
    \$OpenLDAP:.{0,40}?{v}
openresty  nginx|openresty
    openresty/{v}
openssh  sshd?|ssh-(?:add|agent|keygen|keyscan)|sshd-session
    OpenSSH_(?P<v>[0-9]+\.[0-9]+(?:p[0-9]+)?)
openssl  openssl(?:[0-9.-].*)?|lib(?:ssl|crypto){so}
    OpenSSL (?P<v>[0-9]+\.[0-9]+\.[0-9]+[a-z]{0,2}(?:-[a-z]+[0-9]*)?) {1,2}[0-9]{1,2} [A-Z][a-z]{2} 20
openvpn  openvpn
    OpenVPN {v} [a-z0-9_]+-
pcre  libpcre{so}
    \0(?P<v>8\.[0-9]{1,2}) [0-9]{4}-[0-9]{2}-[0-9]{2}
pcre2  libpcre2-(?:8|16|32|posix){so}
    \0(?P<v>10\.[0-9]{1,2}) [0-9]{4}-[0-9]{2}-[0-9]{2}
perl  perl[0-9.]*|libperl{so}
    /perl5?/(?P<v>5\.[0-9]+\.[0-9]+)
    \0v(?P<v>5\.[0-9]+\.[0-9]+)\0
php  php[0-9.]*|php-(?:fpm|cgi)[0-9.]*|libphp[0-9.]*{so}
    X-Powered-By: PHP/{v}
postfix  master|postconf|libpostfix.*{so}
    mail_version={v}
    \0Postfix.{0,20}?{v}
postgresql  postgres|psql|pg_dump
    \(PostgreSQL\) (?P<v>[0-9]+(?:\.[0-9]+)*)
    PostgreSQL {v}
powerdns  pdns_(?:server|recursor)
    PowerDNS Authoritative Server {v}
    \0(?P<v>4\.[0-9]\.[0-9]+)\0
proftpd  proftpd
    ProFTPD (?P<v>1\.[0-9]\.[0-9]+[a-z]?)
    \0(?P<v>1\.3\.[0-9]+[a-z]?)\0
python  python[0-9.]*|libpython[0-9]\.[0-9]+[a-z]*{so}
    \0(?P<v>[23]\.[0-9]{1,2}\.[0-9]+(?:(?:a|b|rc)[0-9]+)?)\+?\0
qemu  qemu-.*
    QEMU (?:emulator )?version {v}
    \0{x.y.z} \(Debian
rabbitmq-c  librabbitmq{so}
    \0(?P<v>0\.[0-9]+\.[0-9]+)\0
redis  redis-(?:server|cli|sentinel|benchmark|check-.*)
    (?P<v>[2-8]\.[0-9]\.[0-9]{1,2}?)(?:[a-z][A-Za-z0-9.-]*?)?-?1[0-9]{9}0{9}\0
rsync  rsync
    rsync +version {v}
    \0(?P<v>3\.[0-9]\.[0-9]+)\0
ruby  ruby[0-9.]*|libruby[0-9.]*{so}
    \0ruby {x.y.z}
rust  rustc|librustc_driver{so}
    /rustc-(?P<v>1\.[0-9]+\.[0-9]+)
    (?P<v>1\.[0-9]{2}\.[0-9]) \([0-9a-f]{9} 20
samba  libsamba-util|libsmbclient{so}
    SAMBA_(?P<v>4\.[0-9]+\.[0-9]+)
socat  socat[0-9]?
    socat version {v}
    \0(?P<v>1\.[78]\.[0-9.]+)\0
sqlite  sqlite3|libsqlite3{so}
    \0(?P<v>3\.[0-9]{1,2}\.[0-9]+)\0
    (?P<v>3\.[0-9]{1,2}\.[0-9])\0
squid  squid
    squid/{v}
    Squid Cache: Version {v}
strongswan  libstrongswan|libcharon{so}
    strongSwan {v}
    \0(?P<v>5\.[0-9]+\.[0-9]+)\0
stunnel  stunnel[0-9]?
    stunnel {v}
sudo  sudo|sudoers\.so|visudo
    Sudo version (?P<v>1\.[0-9.]+(?:p[0-9]+)?)
    \0(?P<v>1\.[89]\.[0-9]+(?:p[0-9]+)?)\0
systemd  systemd|libsystemd{so}
    systemd (?P<v>2[0-9]{2}(?:\.[0-9]+)?)
    \0(?P<v>2[0-9]{2}\.[0-9]+)-
tcpdump  tcpdump
    %s version (?P<v>4\.[0-9]+\.[0-9]+)
tini  (?:docker-init|tini(?:-static)?(?:-[a-z0-9]+)?)
    tini (?:version )?v?(?P<v>0\.[0-9]+\.[0-9]+)
tor  tor
    \0Tor (?P<v>0\.[0-9.]+[0-9])
    \0(?P<v>0\.4\.[0-9]+\.[0-9]+)\0
traefik  traefik
    traefik/v?(?P<v>[23]\.[0-9]+\.[0-9]+)
unbound  unbound
    unbound {v}
    \0(?P<v>1\.[0-9]+\.[0-9])\0
unzip  unzip(?:sfx)?
    UnZip (?P<v>[56]\.[0-9]+)
valkey  valkey-(?:server|cli|sentinel)
    (?P<v>[789]\.[0-9]\.[0-9]{1,2}?)(?:[a-z][A-Za-z0-9.-]*?)?-?1[0-9]{9}0{9}\0
varnish  varnishd|libvarnishapi{so}
    varnish-{v}
vault  vault
    hashicorp/vault/sdk/version.{0,80}?{x.y.z}
    Vault v{x.y.z}
vim  vim?(?:\..+)?
    VIM - Vi IMproved (?P<v>[789]\.[0-9])
vsftpd  vsftpd
    vsftpd: version {v}
    \(vsFTPd {v}
wget  wget
    GNU Wget {v}
    [Ww]get/{v}
    \0(?P<v>1\.2[0-9](?:\.[0-9]+)?)\0
xz  xz|liblzma{so}
    xz \(XZ Utils\) {v}
    \0(?P<v>5\.[0-9]\.[0-9]+(?:alpha|beta)?)\0
zabbix  zabbix_(?:agentd|server|proxy)
    Zabbix (?:agent|server|proxy).{0,40}?{x.y.z}
    \0(?P<v>[4-7]\.[0-9]\.[0-9]+)\0
zeromq  libzmq{so}
    ZeroMQ {v}
zlib  libz{so}|minigzip
    (?:deflate|inflate) (?P<v>1\.[0-9.]+[0-9])(?:\.f-[a-z0-9-]+)? Copyright
zstd  zstd|libzstd{so}
    \0v(?P<v>1\.[0-9]\.[0-9]+)\0Zstandard
    (?P<v>1\.[45]\.[0-9]+)\0
"""
_ENDINGS = {
    "{so}": r"(?:-[A-Za-z0-9_.]+)?\.so(?:\.[0-9.]+)?",
    "{v}": r"(?P<v>[0-9]+(?:\.[0-9]+)+)",
    "{x.y.z}": r"(?P<v>[0-9]+\.[0-9]+\.[0-9]+)",
}


@dataclass(frozen=True, slots=True)
class ProgramFact:
    """``name`` is that of the project, as packages of the purl type ``generic`` have it."""

    name: str
    files: str
    constants: tuple[bytes, ...]

    def version_in(self, constants: bytes) -> str:
        """The version that a program's constants name; empty where they name none."""
        for pattern in self.constants:
            found = _compiled(pattern).search(constants)
            if found is None:
                continue
            groups = found.groupdict()
            if groups.get("packed"):
                number = int(groups["packed"])
                return f"{number // 10000}.{number // 100 % 100}.{number % 100}"
            return groups["v"].decode("ascii").rstrip(".")
        return ""


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    """Compile a pattern when it is first needed: few layers have many of these programs."""
    return re.compile(pattern, re.DOTALL)


def _read(table: str) -> tuple[ProgramFact, ...]:
    for short, pattern in _ENDINGS.items():
        table = table.replace(short, pattern)
    facts: list[tuple[str, str, list[str]]] = []
    for line in table.strip("\n").split("\n"):
        if line.startswith(" "):
            facts[-1][2].append(line.strip())
        else:
            name, _, files = line.partition("  ")
            facts.append((name, files, []))
    return tuple(
        ProgramFact(name, files, tuple(text.encode("ascii") for text in constants))
        for name, files, constants in facts
    )


ALL_PROGRAM_FACTS = _read(_TABLE)
_ANY_FILE = re.compile("|".join(f"(?:{fact.files})" for fact in ALL_PROGRAM_FACTS))


@lru_cache(maxsize=4096)
def facts_about(file_name: str) -> tuple[ProgramFact, ...]:
    """The facts about files of this name: none for nearly all."""
    if _ANY_FILE.fullmatch(file_name) is None:
        return ()
    return tuple(fact for fact in ALL_PROGRAM_FACTS if re.fullmatch(fact.files, file_name))
