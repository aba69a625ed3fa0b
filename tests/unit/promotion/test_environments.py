import pytest

from lading.foundation.errors import Malformed, NotFound
from lading.promotion.environments import DEFAULT_ENVIRONMENTS, Environment, EnvironmentGraph


def test_the_default_goes_from_dev_by_test_to_prod() -> None:
    assert [e.name for e in DEFAULT_ENVIRONMENTS.all] == ["dev", "test", "prod"]
    assert DEFAULT_ENVIRONMENTS.named("prod").after == ("test",)


def test_environments_are_ordered_by_where_they_are_entered_from() -> None:
    graph = EnvironmentGraph.of(
        [
            Environment("prod", after=("qa-eu", "qa-us")),
            Environment("qa-us", after=("dev",)),
            Environment("qa-eu", after=("dev",)),
            Environment("dev"),
        ]
    )
    names = [e.name for e in graph.all]
    assert names[0] == "dev"
    assert names[-1] == "prod"


@pytest.mark.parametrize(
    "environments",
    [
        [],
        [Environment("a"), Environment("a")],
        [Environment("a", after=("b",))],
        [Environment("a", after=("b",)), Environment("b", after=("a",))],
        [Environment("a", after=("a",))],
        [Environment("Prod")],
        [Environment("../prod")],
        [Environment(f"e{n}") for n in range(60)],
    ],
)
def test_environments_that_contradict_each_other_are_refused(environments: list[Environment]) -> None:
    with pytest.raises(Malformed):
        EnvironmentGraph.of(environments)


def test_an_unknown_environment_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFound) as caught:
        DEFAULT_ENVIRONMENTS.named("pord")
    assert caught.value.hint == "did you mean 'prod'?"
