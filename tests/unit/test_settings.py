"""Settings: what is set wins in order, and what is unknown is refused with its place."""

import pytest

from lading.foundation.errors import Malformed
from lading.settings import parse_settings


def test_nothing_set_gives_safe_defaults() -> None:
    settings = parse_settings("", "lading.toml", {}).settings
    assert settings.server.host == "127.0.0.1"
    assert settings.registry.anonymous_pull is False
    assert settings.admission.port == 0


def test_the_file_overrides_the_default_and_the_environment_overrides_the_file() -> None:
    parsed = parse_settings(
        '[server]\nport = 8000\nhost = "::1"\n', "lading.toml", {"LADING_SERVER__PORT": "9000"}
    )
    assert (parsed.settings.server.port, parsed.settings.server.host) == (9000, "::1")
    sources = {(each.section, each.name): each.source for each in parsed.iter_explanations()}
    assert sources["server", "port"] == "LADING_SERVER__PORT"
    assert sources["server", "host"] == "file"
    assert sources["data", "folder"] == "default"


@pytest.mark.parametrize(
    ("text", "place", "nearest"),
    [
        ("[server]\nhost = '::1'\nprot = 1\n", "lading.toml:3", "port"),
        ("\n[sever]\nport = 1\n", "lading.toml:2", "server"),
        ("port = 1\n", "lading.toml:1", ""),
        ("[log]\n\n[admission.namespaces]\na = 'dev'\n[admission]\nprt = 1", "lading.toml", ""),
    ],
)
def test_an_unknown_key_is_refused_with_its_line_and_the_nearest_name(
    text: str, place: str, nearest: str
) -> None:
    with pytest.raises(Malformed) as caught:
        parse_settings(text, "lading.toml", {})
    assert place in str(caught.value)
    assert nearest in str(caught.value)


def test_an_unknown_variable_is_refused_by_its_name() -> None:
    with pytest.raises(Malformed, match=r"LADING_SERVER__PROT.*did you mean 'port'"):
        parse_settings("", "lading.toml", {"LADING_SERVER__PROT": "1"})


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[server]\nport = "80"', "whole number"),
        ("[server]\nport = true", "whole number"),
        ("[registry]\nanonymous_pull = 1", "true or false"),
        ("[registry]\naliases = [1]", "list of strings"),
        ("[admission]\nnamespaces = {a = 1}", "table of strings"),
        ("[server\n", "lading.toml"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_what_it_must_be(text: str, word: str) -> None:
    with pytest.raises(Malformed, match=word):
        parse_settings(text, "lading.toml", {})


def test_lists_tables_numbers_and_switches_can_come_from_the_environment() -> None:
    settings = parse_settings(
        "",
        "lading.toml",
        {
            "LADING_REGISTRY__ALIASES": "a.example, b.example:5000",
            "LADING_ADMISSION__NAMESPACES": "team-a=dev,team-b=prod",
            "LADING_REGISTRY__ANONYMOUS_PULL": "true",
            "PATH": "/bin",
        },
    ).settings
    assert settings.registry.aliases == ("a.example", "b.example:5000")
    assert settings.admission.namespaces == {"team-a": "dev", "team-b": "prod"}
    assert settings.registry.anonymous_pull is True


def test_a_password_in_a_url_is_not_explained() -> None:
    parsed = parse_settings("[data]\ndatabase_url = 'postgresql://u:hunter2@h/d'\n", "f", {})
    assert not any("hunter2" in each.value for each in parsed.iter_explanations())
