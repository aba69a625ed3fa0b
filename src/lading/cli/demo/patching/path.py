"""From two states of a distribution to a fleet of which nothing old runs any more, step by step."""

import contextlib
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lading.cli.demo.patching.applications import TAG, Recipe, applications, bases, samples
from lading.cli.demo.patching.building import DISTRIBUTION, NEW, OLD, Builder
from lading.cli.demo.patching.engine import Engine
from lading.cli.demo.patching.pipeline import Pipeline
from lading.cli.demo.patching.states import States
from lading.cli.demo.server import DemoServer, demo_server, server_log
from lading.cli.demo.walk import StepFailed, Walk, free_port, require, until

_ANALYSIS_SECONDS = 900.0
_ANSWER_SECONDS = 60.0
_ROUNDS = 60  # of a campaign, long after which it is to be over
_HOST = "node-1"


@dataclass(frozen=True, slots=True)
class Running:
    """A container of a sample, what it answered, and which version of the flawed package is in it."""

    recipe: Recipe
    port: int
    answer: str
    version: str


@dataclass(slots=True)
class PatchPath:
    """All that is under way."""

    server: DemoServer
    walk: Walk
    engine: Engine
    states: States
    folder: Path
    number: int
    of_each: int = 2  # kinds of images, that run
    fleet: tuple[Recipe, ...] = ()
    campaign: str = ""
    running: dict[str, Running] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    agent: Walk | None = None

    @property
    def builder(self) -> Builder:
        """What builds."""
        return Builder(self.server, self.engine, self.states, self.folder)

    def build_fleet(self) -> str:
        """Build bases, the lowest first, then every application."""
        self.engine.docker("login", self.server.registry, "-u", "admin", "-p", self.server.password)
        said = [self.builder.distribution(OLD)]
        for recipe in bases(runtimes=self.states.runtimes):
            self.builder.build(recipe)
            said.append(f"{recipe.repository}:{TAG}")
        self.fleet = applications(self.number, self.states.affected, runtimes=self.states.runtimes)
        self.builder.build_all(self.fleet)
        kinds = Counter(recipe.kind for recipe in self.fleet)
        return "\n".join([*said, *(f"{number:3} {kind}" for kind, number in kinds.items())])

    def look_inside(self) -> str:
        """Wait until the server has looked into all images, and read one chain."""
        self._wait_for_analysis()
        name = f"{self.fleet[0].repository}:{TAG}"
        levels = self.walk.lading_json("base", "show", name)["images"][0]["levels"]
        chain = [level["places"][0]["repository"] for level in levels]
        require(chain[0] == DISTRIBUTION, f"the chain of {name} was read as {chain}")
        return f"{name} stands on {' ← '.join(reversed(chain[:-1]))}: found by layers alone"

    def own(self) -> str:
        """Say who answers for what."""
        for team, pattern in (("platform", "company/*"), ("runtimes", "runtime/*"), ("shop", "apps/*")):
            self.walk.lading("teams", "save", team, "--contact", f"{team}@example.org")
            self.walk.lading("teams", "own", team, pattern)
        return "platform owns the company base, runtimes the runtime bases, shop the applications"

    def run_samples(self) -> str:
        """Run some images of each kind, and write down what they answer."""
        robot = self.walk.lading_json("robots", "add", "agent", "--on", "**", "--may", "report-runtime")
        self.agent = self.walk.signed_in_as("robot$agent", robot["secret"])
        for recipe in samples(self.fleet, self.of_each):
            self.running[recipe.repository] = self._start(recipe, TAG)
        self._report()
        versions = Counter(one.version for one in self.running.values())
        return f"{len(self.running)} containers run and answer, with {self._package} {', '.join(versions)}"

    def know(self) -> str:
        """Let the server know of the flaw: nothing was built, or scanned, again for it."""
        mended = self.states.mended
        feed = self.folder / "flaw.json"
        feed.write_bytes(mended.as_tracker(self.states.codename))
        self.walk.lading("advisories", "import", str(feed), "--as", "debian-tracker")
        answer = self.walk.lading_json("who-has", mended.flaw)
        require(
            answer["containers"] == len(self.running), f"{answer['containers']} containers are said to run it"
        )
        return (
            f"{mended.flaw} in {mended.source}, mended in {mended.version}: "
            f"{answer['images']} images have it and {answer['containers']} containers run it"
        )

    def plan(self) -> str:
        """Push the newer state, and open the campaign."""
        said = self.builder.distribution(NEW)
        self._wait_for_analysis()
        mended = self.states.mended
        title = f"Leave {mended.source} before {mended.version}"
        done = self.walk.lading_json(
            "campaign", "open", "--cve", mended.flaw, "--title", title, "--reason",
            f"{mended.source} is flawed", "--wave-days", "0",
        )  # fmt: skip
        self.campaign = done["campaign"]["id"]
        items = done["items"]
        require(len(items) >= len(self.fleet), f"only {len(items)} images are in it")
        plan = Counter(item["method"] for item in items)
        why = {item["method"]: item for item in reversed(items)}
        return "\n".join(
            [
                f"pushed {said}",
                *(f"{number:3} {method}: {why[method]['why']}" for method, number in plan.items()),
            ]
        )

    def make(self) -> str:
        """Let it go on, step by step, until there is a new image for every old one."""
        line = self._rounds(lambda line: not self._left(line, "planned", "asked"), "new images")
        items = self._items()
        wrong = [
            f"{recipe.repository}: {item['method']}, not {' or '.join(recipe.expected)}: {item['note']}"
            for recipe in self.fleet
            if (item := items[recipe.repository])["method"] not in recipe.expected
        ]
        require(not wrong, "\n".join(wrong[:10]))
        require(not line["states"].get("failed"), f"some failed: {line['states']}")
        notes = {recipe.kind: items[recipe.repository] for recipe in self.fleet}
        methods = Counter(item["method"] for item in items.values())
        return "\n".join(
            [
                ", ".join(f"{number} {method}" for method, number in sorted(methods.items())),
                *(
                    f"{kind}: {item['method']} → {item['new_tag']}: {item['note'][:110]}"
                    for kind, item in notes.items()
                ),
            ]
        )

    def still_old(self) -> str:
        """The campaign is not over, since the old images run."""
        line = self._line()
        require(line["state"] == "open", f"it is {line['state']}")
        require(line["containers"] == len(self.running), f"{line['containers']} are said to run")
        return f"{line['done']} of {line['items']} are gone; {line['containers']} containers run what is old"

    def move(self) -> str:
        """Start the new image of every container in place of the old one; compare what they answer."""
        items = self._items()
        said = []
        half = len(self.running) // 2
        for number, (repository, before) in enumerate(self.running.items(), start=1):
            item = items[repository]
            name = f"{self.server.registry}/{repository}:{item['new_tag']}"
            self.engine.docker("pull", "-q", name)
            self.engine.docker("rm", "-f", _container(repository))
            after = self._start(before.recipe, item["new_tag"])
            require(
                after.answer == before.answer, f"{repository} answers {after.answer}, not {before.answer}"
            )
            require(
                after.version != before.version, f"{repository} still has {self._package} {after.version}"
            )
            said.append(f"{repository}:{item['new_tag']} answers as before, with {after.version}")
            if number == half:
                self._report()
                self._step()
                line = self._line()
                said.append(
                    f"  half-way: {line['done']} of {line['items']} are gone, {line['containers']} run old"
                )
                require(line["state"] == "open", "it closed while old containers ran")
        self._report()
        return "\n".join(said)

    def close(self) -> str:
        """It closes itself, by what runs."""
        line = self._rounds(lambda line: line["state"] == "closed", "the end of the campaign")
        answer = self.walk.lading_json("who-has", self.states.mended.flaw)
        require(answer["containers"] == 0, f"{answer['containers']} containers still run it")
        return self.walk.lading("campaign", "show", self.campaign).partition("By team")[0].strip() + (
            f"\nnothing that runs has {self.states.mended.flaw}; {line['done']} images are gone"
        )

    def rebuild(self, asked: Mapping[str, Any]) -> None:
        """What CI does when it is asked: build the same Dockerfile on the base that it is told."""
        (recipe,) = [each for each in self.fleet if each.repository == asked["repository"]]
        self.builder.build(recipe, f"{self.server.registry}/{asked['base']}")

    # How far it is.

    def _rounds(self, done: Any, what: str) -> Mapping[str, Any]:
        for _ in range(_ROUNDS):
            self._step()
            line = self._line()
            if done(line):
                return line
            self._wait_for_analysis()
            self._report()
        raise StepFailed(f"{what} did not come in {_ROUNDS} steps: {self._line()['states']}")

    def _step(self) -> None:
        self.walk.quiet("campaign", "step", self.campaign, expect=0)
        until(self._jobs_left, lambda left: left == 0, seconds=_ANALYSIS_SECONDS, what="the step")
        line = self._line()
        states = ", ".join(f"{number} {state}" for state, number in sorted(line["states"].items()))
        self.walk.say(f"wave {line['wave']}: {states}; {line['containers']} old containers run")

    def _line(self) -> Mapping[str, Any]:
        line = self.walk.quiet_json("campaign", "show", self.campaign)
        require(line["state"] != "paused", f"it stopped: {line['paused_because']}")
        return dict(line)

    def _items(self) -> dict[str, Mapping[str, Any]]:
        listed = self.walk.quiet_json("campaign", "items", self.campaign, "--limit", "500")["items"]
        return {item["repository"]: item for item in listed}

    @staticmethod
    def _left(line: Mapping[str, Any], *states: str) -> int:
        return sum(line["states"].get(state, 0) for state in states)

    def _jobs_left(self) -> int:
        shown = self.walk.quiet_json("admin", "jobs", "--limit", "5")
        require(not shown["failed"], f"a job failed: {[each['reason'] for each in shown['newest']]}")
        return int(shown["queued"]) + int(shown["running"])

    def _wait_for_analysis(self) -> None:
        """Pushes of a moment ago are asked for after a lull, so the queue alone does not tell."""

        def left() -> int:
            pending, after = 0, ""
            while True:
                page = self.walk.quiet_json("images", "--limit", "500", "--after", after)
                pending += sum(line["analysis"] in ("pending", "failed") for line in page["items"])
                after = page["next"]
                if not after:
                    return pending + self._jobs_left()

        until(left, lambda number: number == 0, seconds=_ANALYSIS_SECONDS, what="the analysis of all images")

    # What runs.

    @property
    def _package(self) -> str:
        return self.states.package

    def _start(self, recipe: Recipe, tag: str) -> Running:
        name, port = _container(recipe.repository), free_port()
        image = f"{self.server.registry}/{recipe.repository}:{tag}"
        options = ("--network", "host", "-e", f"PORT={port}", "--name", name)
        self.engine.docker("run", "-d", *options, image)
        answer = self._answer(recipe, name, port)
        version = self.engine.docker("exec", name, "dpkg-query", "-W", "-f", "${Version}", self._package)
        return Running(recipe, port, answer, version)

    def _answer(self, recipe: Recipe, name: str, port: int) -> str:
        if recipe.answer:
            return self.engine.docker("exec", name, *recipe.answer)
        limit = time.monotonic() + _ANSWER_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                    return str(answer.read(1 << 16).decode())
            except (urllib.error.URLError, OSError):
                if time.monotonic() > limit:
                    said = self.engine.docker("logs", name)
                    raise StepFailed(f"{recipe.repository} does not answer: {said[-500:]}") from None
                time.sleep(0.1)

    def _report(self) -> None:
        if self.agent is not None:
            self.agent.quiet(
                "agent", "--once", "--socket", str(self.engine.socket), "--host", _HOST, expect=0
            )


def _container(repository: str) -> str:
    return repository.replace("/", "-")


def _first(paths: list[PatchPath]) -> PatchPath:
    return paths[0]


@contextlib.contextmanager
def walk_patching(
    walk: Walk, engine: Engine, states: States, folder: Path, *, number: int, of_each: int = 2
) -> Iterator[DemoServer]:
    """Walk the whole path on a server of its own, which stays until the end of the block."""
    paths: list[PatchPath] = []
    with contextlib.closing(Pipeline(lambda asked: _first(paths).rebuild(asked))) as pipeline:
        settings = {
            "LADING_PATCHING__MIRROR": str(states.mirror),
            "LADING_PATCHING__REBUILD_WEBHOOK": pipeline.url,
        }
        with demo_server(folder, settings) as server:
            walk.environment = server.environment
            path = PatchPath(server, walk, engine, states, folder, number, of_each)
            paths.append(path)
            for title, step in (
                ("build bases and applications, by a real engine", path.build_fleet),
                ("look inside, and see what stands on what", path.look_inside),
                ("say who owns what", path.own),
                ("run some of each kind", path.run_samples),
                ("a flaw becomes known", path.know),
                ("plan what is to be done with each image, and why", path.plan),
                ("rebase, patch, or ask a pipeline to build again", path.make),
                ("nothing is over while old images run", path.still_old),
                ("move what runs, and compare what it answers", path.move),
                ("the campaign closes itself, by what runs", path.close),
            ):
                if not walk.step(title, step):
                    walk.say(f"the server said:\n{server_log(folder)}")
                    break
            yield server
