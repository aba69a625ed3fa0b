from lading.access.ownership import Owned, OwnershipRule, Team, Unowned, owner_of
from lading.access.repository_pattern import RepositoryPattern

PLATFORM = Team("platform", "#platform")
PAYMENTS = Team("payments", "payments@example.org", "+44 20 7946 0000")
CARDS = Team("cards")
RULES = [
    OwnershipRule(RepositoryPattern.parse("payments/cards*"), CARDS),
    OwnershipRule(RepositoryPattern.parse("base/**"), PLATFORM),
    OwnershipRule(RepositoryPattern.parse("payments/**"), PAYMENTS),
]


def owner(repository: str) -> str:
    found = owner_of(repository, RULES)
    return found.team.name if isinstance(found, Owned) else "nobody"


def test_the_most_specific_pattern_names_the_owner_in_any_order_of_rules() -> None:
    assert owner("payments/api") == "payments"
    assert owner("payments/cards-api") == "cards"
    assert [owner_of("payments/cards-api", order) for order in (RULES, RULES[::-1])] == [
        Owned(CARDS, RULES[0])
    ] * 2


def test_what_nobody_owns_is_a_value_that_says_so() -> None:
    assert owner_of("attic/thing", RULES) == Unowned("attic/thing")
