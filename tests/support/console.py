"""A console over records in memory, and a browser that speaks to it without a network."""

import asyncio
import hashlib
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from lading.access.second_factor import FactorRule
from lading.adapters.event_webhook import EventWebhooks
from lading.adapters.jobs_memory import MemoryJobs
from lading.adapters.passwords_argon2 import Argon2Passwords
from lading.adapters.replay_here import ReplayHere
from lading.adapters.shipped_policy import default_policy_text
from lading.console.app import console_app
from lading.console.asgi import AsgiApp
from lading.console.services import ConsoleServices, DirectoryServices
from lading.ports.records.people import User
from lading.ports.records.record_set import Records
from lading.registry.limits import DEFAULT_LIMITS
from lading.signing.trust_policy_file import parse_trust_policy
from lading.workflows.bindings_in_force import BindingsInForce
from lading.workflows.collect_garbage import JOB, CollectPorts
from lading.workflows.evidence_sources import EvidenceSources, RegistryNames
from lading.workflows.gate import GatePorts
from lading.workflows.hold_change import RUN_MIRROR
from lading.workflows.local_claims import LocalClaims
from lading.workflows.policy_in_force import PolicyTerms
from lading.workflows.retain import JOB as RETAIN
from lading.workflows.retain import RetainPorts
from lading.workflows.scrub_storage import JOB as SCRUB
from lading.workflows.scrub_storage import ScrubPorts
from lading.workflows.second_factors import FactorPorts
from lading.workflows.send_events import EventPorts
from lading.workflows.set_aside import HealPorts
from lading.workflows.verdicts_at_hand import VerdictsAtHand
from tests.support.registry import DrivenRegistry
from tests.support.remotes import SECRETS, Remotes, cache_ports, mirror_ports
from tests.support.sample_fleet import NOW, REGISTRY, Fleet

PASSWORD = "four words that rhyme"
_FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


@dataclass
class Clock:
    """A clock that is moved by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


@dataclass
class ConsoleUnderTest:
    """The application with what it stands on."""

    app: AsgiApp
    records: Records
    passwords: Argon2Passwords
    clock: Clock
    services: ConsoleServices

    def add_person(
        self, name: str, *, admin: bool = False, must_change: bool = False, disabled: bool = False
    ) -> None:
        user = User(
            name,
            self.passwords.encode(PASSWORD),
            self.clock(),
            admin=admin,
            must_change=must_change,
            disabled=disabled,
        )
        with self.records.write() as kept:
            kept.people.add_user(user)


def build_console(
    *,
    tls: bool = False,
    fleet: Fleet | None = None,
    jobs: MemoryJobs | None = None,
    directories: Callable[[Records], DirectoryServices] = lambda _records: DirectoryServices(),
    real_time: bool = False,
    factor_rule: FactorRule = FactorRule.NOBODY,
) -> ConsoleUnderTest:
    """Make a console that nobody has used yet, over empty records or over a fleet."""
    clock = Clock(datetime.now(UTC)) if real_time else Clock()
    jobs = jobs or MemoryJobs(dict.fromkeys((JOB, RETAIN, SCRUB, RUN_MIRROR), lambda _run: None), workers=1)
    registry = fleet.registry if fleet else DrivenRegistry()
    trust_policy = fleet.trust_policy if fleet else parse_trust_policy("")
    passwords = Argon2Passwords(memory_kib=8, iterations=1)
    tokens = itertools.count(1)
    sources = EvidenceSources(
        records=registry.records,
        blobs=registry.blobs,
        verdicts=VerdictsAtHand(
            registry.records,
            LocalClaims(registry.records, registry.blobs),
            trust_policy,
            registry.stamps,
        ),
        registries=RegistryNames(REGISTRY),
    )
    cache = cache_ports(
        registry.records, registry.blobs, Remotes(clock), DEFAULT_LIMITS, lambda *_pushed: None
    )
    services = ConsoleServices(
        gate=GatePorts(
            sources, PolicyTerms(default_policy_text()), lambda: f"id-{next(tokens):04d}", ReplayHere()
        ),
        jobs=jobs,
        retain=RetainPorts(registry.records, clock, lambda: jobs),
        scrub=ScrubPorts(
            HealPorts(registry.records, registry.blobs, clock), lambda: jobs, lambda _seconds: None
        ),
        events=EventPorts(
            registry.records,
            EventWebhooks(("127.0.0.1",)),
            clock,
            lambda: f"id-{next(tokens):04d}",
            f"https://{REGISTRY}",
        ),
        collect=CollectPorts(registry.records, registry.blobs, clock, lambda: jobs),
        mirrors=mirror_ports(cache, trust_policy, lambda: jobs),
        environment_of_host=lambda _host: "prod",
        passwords=passwords,
        bindings=BindingsInForce(registry.records),
        clock=clock,
        new_token=lambda: f"token-{next(tokens):08d}-" + "x" * 32,
        new_bytes=lambda count: hashlib.shake_128(str(next(tokens)).encode()).digest(count),
        factors=FactorPorts(SECRETS, factor_rule),
        address=f"http://{REGISTRY}",
        tls=tls,
        directories=directories(registry.records),
    )
    return ConsoleUnderTest(console_app(services), registry.records, passwords, clock, services)


@dataclass
class Browser:
    """Keeps cookies and follows nothing by itself."""

    console: ConsoleUnderTest
    scheme: str = "http"
    cookies: dict[str, str] = field(default_factory=dict)

    def request(
        self,
        method: str,
        path: str,
        *,
        form: dict[str, str] | None = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.console.app)
            base = f"{self.scheme}://console.example"
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                sent = {**({"cookie": self._cookie_line()} if self.cookies else {}), **(headers or {})}
                return await client.request(method, path, data=form, content=content, headers=sent)

        response = asyncio.run(ask())
        for line in response.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0]
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return response

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        return self.request("POST", path, form=form, headers=headers)

    def sign_in(self, name: str, password: str = PASSWORD, *, after: str = "/") -> httpx.Response:
        page = self.get("/sign-in")
        if page.status_code != 200:
            return page
        fields = {"form_token": form_token_in(page), "name": name, "password": password, "next": after}
        return self.post("/sign-in", fields)

    def _cookie_line(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


def form_token_in(page: httpx.Response) -> str:
    """The token in the first form of a page."""
    found = _FORM_TOKEN.search(page.text)
    assert found, page.text[:2000]
    return found.group(1)
