"""Where signing without a key takes place."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class KeylessPlaces:
    """Who certifies, who says when, and where the identity token lies ("" for the environment)."""

    authority: str
    timestamps: str
    token_file: str = ""


def keyless_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of signing without a key, gathered into ``keyless``."""

    @functools.wraps(command)
    def gathered(*arguments: Any, **options: Any) -> Any:
        asked, authority = options.pop("keyless"), options.pop("authority")
        timestamps, token_file = options.pop("timestamps"), options.pop("token_file")
        places = None
        if asked:
            if not authority or not timestamps:
                raise click.UsageError("--keyless needs --authority and --timestamps")
            places = KeylessPlaces(authority, timestamps, token_file)
        return command(*arguments, keyless=places, **options)

    for option in reversed(
        (
            click.option("--keyless", is_flag=True, help="Sign here, without a key of the server."),
            click.option("--authority", default="", envvar="LADING_AUTHORITY", help="URL of a Fulcio."),
            click.option(
                "--timestamps", default="", envvar="LADING_TIMESTAMPS", help="URL of a timestamp authority."
            ),
            click.option(
                "--identity-token-file",
                "token_file",
                default="",
                help="Where the identity token lies; else SIGSTORE_ID_TOKEN, else what the CI system gives.",
            ),
        )
    ):
        gathered = option(gathered)
    return gathered
