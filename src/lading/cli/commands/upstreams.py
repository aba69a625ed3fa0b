"""`lading upstream` and `lading cache`: other registries, and what is brought in from them."""

import sys

import click

from lading.api import upstreams as api
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.options import output_option
from lading.cli.output import Facts, Line, Listing, Output
from lading.foundation.errors import Malformed


@click.group("upstream")
def upstream() -> None:
    """Other registries that content is brought in from."""


@upstream.command("set")
@click.argument("name")
@click.argument("url")
@click.option("--user", default="", help="Who we are there.")
@click.option("--password-stdin", is_flag=True, help="Read the password or token from standard input.")
@click.option("--fresh", "fresh_seconds", type=click.IntRange(10), default=600, show_default=True,
              help="Seconds for which what it said of a tag is taken for true.")  # fmt: skip
@click.option("--requests-per-hour", type=click.IntRange(1), default=1000, show_default=True,
              help="Requests about manifests and tags; blobs do not count.")  # fmt: skip
@output_option
def set_upstream(
    name: str,
    url: str,
    user: str,
    password_stdin: bool,
    fresh_seconds: int,
    requests_per_hour: int,
    output: Output,
) -> None:
    """Name a registry, or change what is known of it. Docker Hub is https://registry-1.docker.io.

    Without --password-stdin, the password that is kept stays.
    """
    password = _password() if password_stdin else None
    ask = api.UpstreamAsk(
        url=url,
        user=user,
        password=password,
        fresh_seconds=fresh_seconds,
        requests_per_hour=requests_per_hour,
    )
    with connected() as client:
        made = client.put(f"upstreams/{name}", api.UpstreamMade, ask)
    output.show(made, Line(f"{made.name} is {made.url}"))


@upstream.command("list")
@output_option
def list_upstreams(output: Output) -> None:
    """List upstreams, and how each of them answers."""
    with connected() as client:
        page = client.get("upstreams", PageOf[api.UpstreamLine])
    rows = [
        (
            each.name,
            each.url,
            each.user,
            _state(each),
            f"{each.spent} of {each.requests_per_hour}",
            each.answered_at[:19],
            each.failure,
        )
        for each in page.items
    ]
    columns = ("upstream", "url", "user", "state", "requests this hour", "answered last", "failure")
    output.show(page, Listing(columns, rows, empty="no upstreams: `lading upstream set NAME URL`"))


@upstream.command("try")
@click.argument("name")
@click.argument("repository")
@click.option("--tag", default="latest", show_default=True)
@output_option
def try_(name: str, repository: str, tag: str, output: Output) -> None:
    """Ask an upstream for a tag of REPOSITORY, at once, and say what came of it."""
    with connected() as client:
        tried = client.post(
            f"upstreams/{name}/try", api.UpstreamTried, api.UpstreamTrial(repository=repository, tag=tag)
        )
    output.show(tried, Line(f"{repository}:{tag} is {tried.answer}: {tried.digest or tried.said}"))


@upstream.command("remove")
@click.argument("name")
def remove_upstream(name: str) -> None:
    """Forget an upstream, and its password. Its caches have to be removed first."""
    with connected() as client:
        client.delete(f"upstreams/{name}")
    click.echo(f"removed {name}")


@click.group("cache")
def cache() -> None:
    """Repositories that stand for those of an upstream, and are filled by pulls."""


@cache.command("add")
@click.argument("prefix")
@click.option("--upstream", required=True, help="A name of `lading upstream list`.")
@click.option("--from", "remote_prefix", default="", help="What stands there for PREFIX: library.")
@click.option("--for", "namespace", default="", help="What containerd calls the upstream: docker.io.")
@output_option
def add_cache(prefix: str, upstream: str, remote_prefix: str, namespace: str, output: Output) -> None:
    """Let PREFIX/… be what the upstream has under the same name.

    With `lading cache add hub --upstream hub`, pulling hub/library/debian:12 pulls library/debian:12 there.
    """
    ask = api.CacheAsk(prefix=prefix, upstream=upstream, remote_prefix=remote_prefix, namespace=namespace)
    with connected() as client:
        made = client.put("caches", api.CacheLine, ask)
    output.show(
        made,
        Facts(
            (
                ("cache", f"{made.prefix}/…"),
                ("upstream", f"{made.upstream} {made.remote_prefix}".strip()),
                ("for", made.namespace),
            )
        ),
    )


@cache.command("list")
@output_option
def list_caches(output: Output) -> None:
    """List caches."""
    with connected() as client:
        page = client.get("caches", PageOf[api.CacheLine])
    rows = [
        (each.prefix, each.upstream, each.remote_prefix, each.namespace, each.made_by) for each in page.items
    ]
    columns = ("cache", "upstream", "from", "for", "made by")
    output.show(page, Listing(columns, rows, empty="no caches: `lading cache add PREFIX --upstream NAME`"))


@cache.command("tags")
@click.argument("prefix")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--after", default="", help="Where the page before ended.")
@output_option
def tags(prefix: str, limit: int, after: str, output: Output) -> None:
    """List what is held of the tags of a cache, and what is stale."""
    with connected() as client:
        page = client.get("caches/tags", PageOf[api.CachedTagLine], prefix=prefix, limit=limit, after=after)
    rows = [
        (f"{each.repository}:{each.tag}", each.digest[:19], each.checked_at[:19], each.stale)
        for each in page.items
    ]
    output.show(page, Listing(("tag", "digest", "asked last", "stale"), rows, empty="nothing was pulled yet"))


@cache.command("remove")
@click.argument("prefix")
def remove_cache(prefix: str) -> None:
    """Unbind PREFIX. What is held stays, in repositories that one can push to."""
    with connected() as client:
        client.delete("caches", prefix=prefix)
    click.echo(f"removed {prefix}")


def _state(line: api.UpstreamLine) -> str:
    if line.held_until:
        return f"not asked until {line.held_until[:19]}"
    if line.failed_at > line.answered_at:
        return "does not help"
    return "answers" if line.answered_at else "not asked yet"


def _password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Malformed("upstream-password-missing", "there is no password on standard input")
    return password
