"""The management API over records in memory, and a client that speaks to it without a network."""

import asyncio
import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from lading.adapters.bundle_zip import open_bundle, writing_bundle
from lading.adapters.event_webhook import EventWebhooks
from lading.adapters.feed_download import FeedDownloads
from lading.adapters.feed_files import open_feed_file
from lading.adapters.jobs_memory import MemoryJobs
from lading.adapters.keys_file import FileSigner
from lading.ports.records.people import RoleBinding, User
from lading.registry.limits import DEFAULT_LIMITS
from lading.server.asgi import AsgiApp
from lading.server.management.app import management_app
from lading.server.management.services import FeedServices, ManagementServices
from lading.workflows.bindings_in_force import BindingsInForce
from lading.workflows.collect_garbage import JOB, CollectPorts
from lading.workflows.fetch_feeds import Subscriptions
from lading.workflows.hold_change import RUN_MIRROR
from lading.workflows.retain import JOB as RETAIN
from lading.workflows.retain import RetainPorts
from lading.workflows.scrub_storage import JOB as SCRUB
from lading.workflows.scrub_storage import ScrubPorts
from lading.workflows.second_factors import FactorPorts
from lading.workflows.send_events import EventPorts
from lading.workflows.set_aside import HealPorts
from lading.workflows.sign_image import SigningPorts
from lading.workflows.trust_in_force import REEVALUATE
from tests.support.accounts import QUICK, account_ports
from tests.support.governed import KEY, NAME, GovernedRegistry
from tests.support.registry import NOON
from tests.support.remotes import SECRETS, Remotes, cache_ports, mirror_ports

PASSWORD = "four words that rhyme"


@dataclass
class Api:
    """The application, what it stands on, and a clock that is moved by hand."""

    governed: GovernedRegistry = field(default_factory=GovernedRegistry)
    now: datetime = NOON
    jobs: MemoryJobs = field(
        default_factory=lambda: MemoryJobs(
            dict.fromkeys((REEVALUATE, JOB, RETAIN, SCRUB, RUN_MIRROR), lambda _arguments: None), workers=1
        )
    )
    feed_urls: dict[str, str] = field(default_factory=dict)
    feed_folder: Path = Path("feeds-are-not-fetched-here")
    _tokens: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        registry = self.governed.registry
        self.remotes = Remotes(lambda: self.now)
        assert isinstance(KEY.private, ec.EllipticCurvePrivateKey)
        cache = cache_ports(
            registry.records, registry.blobs, self.remotes, DEFAULT_LIMITS, registry.ports.on_pushed
        )
        services = ManagementServices(
            records=registry.records,
            blobs=registry.blobs,
            jobs=self.jobs,
            retain=RetainPorts(registry.records, lambda: self.now, lambda: self.jobs),
            scrub=ScrubPorts(
                HealPorts(registry.records, registry.blobs, lambda: self.now),
                lambda: self.jobs,
                lambda _seconds: None,
            ),
            collect=CollectPorts(registry.records, registry.blobs, lambda: self.now, lambda: self.jobs),
            accounts=replace(account_ports(registry.records), factors=FactorPorts(SECRETS)),
            signing=SigningPorts(registry.ports, FileSigner(KEY.name, KEY.private), NAME),
            gate=self.governed.ports,
            environment_of_host=lambda _host: "prod",
            bindings=BindingsInForce(registry.records),
            feeds=FeedServices(
                Subscriptions(("kev", "osv/PyPI"), self.feed_urls, "", timedelta(hours=6)),
                timedelta(hours=48),
                FeedDownloads(self.feed_folder),
                lambda fetched: open_feed_file(Path(fetched.file)),
                (),
                writing_bundle,
                open_bundle,
            ),
            events=EventPorts(
                registry.records,
                EventWebhooks(("127.0.0.1",)),
                lambda: self.now,
                lambda: f"id-{next(self._tokens)}",
                "http://api.example",
            ),
            cache=cache,
            mirrors=mirror_ports(cache, self.governed.shipped_trust, lambda: self.jobs),
            secrets=SECRETS,
            open_feed=open_feed_file,
            clock=lambda: self.now,
            new_token=lambda: f"token-{next(self._tokens):08d}-" + "x" * 32,
            new_id=lambda: "id",
            registry=NAME,
        )
        self.app_services = services
        self.app: AsgiApp = management_app(services)

    def add_person(self, name: str, *roles: tuple[str, str], admin: bool = False) -> None:
        """Somebody with roles on patterns: ``add_person("ann", ("reader", "shop/**"))``."""
        with self.governed.registry.records.write() as kept:
            kept.people.add_user(User(name, QUICK.encode(PASSWORD), NOON, admin=admin))
            for role, pattern in roles:
                kept.people.bind(RoleBinding(f"person:{name}", role, pattern))

    def ask(
        self,
        method: str,
        path: str,
        *,
        who: str = "",
        token: str = "",
        json: Any = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request, as a person by their password, by a token, or as nobody."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://api.example") as client:
                auth = httpx.BasicAuth(who, PASSWORD) if who else None
                return await client.request(
                    method, f"/api/v1{path}", json=json, content=content, headers=sent, auth=auth
                )

        return asyncio.run(send())

    def move_clock(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


def code_of(answer: httpx.Response) -> str:
    """The stable code of a refusal."""
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["code"])
