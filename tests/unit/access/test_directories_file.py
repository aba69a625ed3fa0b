"""The file of directories: what it says, and where it is wrong."""

import pytest

from lading.access.directories_file import parse_directories, secret_files
from lading.access.ldap import GroupSearch
from lading.foundation.errors import Malformed

OPENID = """
[[openid]]
name = "corp"
url = "https://login.example.com"
client_id = "lading"
"""
LDAP = """
[[ldap]]
name = "ad"
url = "ldap://dc1.example.com"
base = "dc=example,dc=com"
"""


def test_what_is_left_out_is_safe() -> None:
    directories = parse_directories(OPENID + LDAP, "d.toml")
    (provider,), (directory,) = directories.openid, directories.ldap
    assert (provider.label, provider.algorithms, provider.newcomers) == ("corp", ("RS256",), True)
    assert (directory.tls, directory.start_tls, directory.port) == (False, True, 389)
    assert directory.group_search is GroupSearch.MEMBERS
    assert directory.groups.makes_administrator(["any"]) is None


def test_secrets_are_in_files_of_their_own_and_in_no_text() -> None:
    text = OPENID + 'client_secret_file = "corp.secret"\n' + LDAP + 'bind_password_file = "ad.secret"\n'
    assert secret_files(text, "d.toml") == ("corp.secret", "ad.secret")
    directories = parse_directories(text, "d.toml", {"corp.secret": "one", "ad.secret": "two"})
    assert (directories.openid[0].client_secret, directories.ldap[0].bind_password) == ("one", "two")
    assert "one" not in repr(directories.openid)
    assert "two" not in repr(directories.ldap)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[openid]", "d.toml"),
        ("[[saml]]", "'saml' is not known here"),
        ("openid = 3", "[[openid]]"),
        (OPENID + "secret = 'x'", "openid 1: 'secret' is not known here"),
        (OPENID.replace("https", "http"), "must begin with https://"),
        (OPENID.replace("corp", "Corp/x"), "cannot be a directory's name"),
        (OPENID.replace('client_id = "lading"', ""), "client_id must be a text"),
        (OPENID + 'algorithms = ["HS256"]', "'HS256' is no algorithm"),
        (OPENID + 'algorithms = ["none"]', "'none' is no algorithm"),
        (OPENID + "algorithms = []", "no algorithm"),
        (OPENID + 'scopes = ["profile"]', "openid among them"),
        (OPENID + "newcomers = 1", "true or false"),
        (OPENID + 'groups = ["dev"]', "table of texts"),
        (OPENID + OPENID, "same name"),
        (OPENID + OPENID.replace("corp", "more"), "same client of the same provider"),
        (OPENID + LDAP.replace('"ad"', '"corp"'), "same name"),
        (LDAP.replace("ldap://", "http://"), "ldaps://host"),
        (LDAP.replace("ldap://", "ldap:///"), "ldaps://host"),
        (LDAP + "start_tls = false", "in clear"),
        (LDAP.replace("ldap://", "ldaps://") + "start_tls = true", "takes no start_tls"),
        (LDAP + 'group_search = "guess"', "group_search is one of"),
        (LDAP + "seconds = 0", "from 1 to 60"),
        (LDAP + "seconds = true", "from 1 to 60"),
        (LDAP + 'name_attribute = "uid\\n"', "name_attribute must be a text"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, says: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_directories(text, "d.toml")
    assert says in refused.value.message
    assert refused.value.message.startswith("d.toml")
