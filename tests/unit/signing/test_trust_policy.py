import pytest

from lading.foundation.errors import Malformed, OverLimit
from lading.oci.digest import Digest
from lading.signing.trust_policy import MAX_POLICY_BYTES, parse_trust_policy, write_trust_policy
from tests.support.signers import p256, trust

ALICE, BOB = p256("alice"), p256("bob")
KEYS = "".join(f'[[keys]]\nname = "{key.name}"\npem = """\n{key.pem}"""\n' for key in (ALICE, BOB))
LINES = KEYS.count("\n")


def rule(text: str) -> str:
    return f"{KEYS}[[trust]]\n{text}\n"


def refusal(text: str) -> str:
    with pytest.raises(Malformed) as caught:
        parse_trust_policy(text, "trust.toml")
    return str(caught.value)


def test_a_written_policy_is_read_back_with_its_keys_for_every_repository() -> None:
    text = write_trust_policy({"alice": ALICE.public, "bob": BOB.public})
    policy = parse_trust_policy(text)
    found = policy.rule_for("any/thing")
    assert found is not None
    assert [key.key.id for key in found.keys] == [ALICE.public.id, BOB.public.id]
    assert policy.digest == Digest.of(text.encode())


def test_the_most_specific_pattern_decides_in_any_order_of_rules() -> None:
    rules = [
        '[[trust]]\nname = "all"\nrepositories = ["**"]\nkeys = ["alice"]\n',
        '[[trust]]\nname = "team"\nrepositories = ["x/**", "team/**"]\nkeys = ["alice"]\n',
        '[[trust]]\nname = "app"\nrepositories = ["team/app"]\nkeys = ["alice"]\n',
    ]
    for order in (rules, rules[::-1]):
        policy = trust(ALICE, rules="".join(order))
        names = [found.name for name in ("a", "team/x", "team/app") if (found := policy.rule_for(name))]
        assert names == ["all", "team", "app"]


def test_a_repository_outside_all_patterns_has_no_rule() -> None:
    assert trust(ALICE, repositories='["team/**"]').rule_for("other") is None


def test_an_empty_policy_trusts_nobody() -> None:
    assert parse_trust_policy("").rule_for("a") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("keys = 1", "trust.toml:1: write each as [[keys]]"),
        ("[keys]\n", "trust.toml:1: write each as [[keys]]"),
        ("\n[[trsut]]\n", "trust.toml:1: 'trsut' is not known here (did you mean 'trust'?)"),
        ("[[keys]]\nname = 1", "trust.toml:1: a key needs a name"),
        ('[[keys]]\nname = "a\\"b"', "trust.toml:1: a key needs a name"),
        ('[[keys]]\nname = "a"', "trust.toml:1: the key 'a' needs its public half as pem"),
        ('\n[[keys]]\nname = "a"\npem = "x"', "trust.toml:2: the key 'a': this is not a public key in PEM"),
        ('[[keys]]\nname = "a"\npem = "x"\nfile = "y"', "trust.toml:1: 'file' is not known here"),
        (KEYS + KEYS, f"trust.toml:{LINES + 1}: the key name 'alice' stands twice"),
        (rule(""), f"trust.toml:{LINES + 1}: a rule needs a name"),
        (rule('name = "r"\nneeds = 2'), "'needs' is not known here (did you mean 'need'?)"),
        (rule('name = "r"\nkeys = "alice"'), "keys must be a list of strings"),
        (rule('name = "r"\nkeys = ["alcie"]'), "there is no key 'alcie' (did you mean 'alice'?)"),
        (rule('name = "r"\nkeys = ["zzz"]'), "there is no key 'zzz'"),
        (rule('name = "r"\nkeys = ["alice", "alice"]'), "the rule names one key twice"),
        (rule('name = "r"\nkeys = ["alice"]\nneed = 2'), "need must be from 1 to the number of keys"),
        (rule('name = "r"\nkeys = ["alice"]\nneed = true'), "need must be"),
        (rule('name = "r"\nkeys = ["alice"]\nneed = 0'), "need must be"),
        (rule('name = "r"\nkeys = []\nrepositories = ["a"]'), "need must be"),
        (rule('name = "r"\nkeys = ["alice"]'), "a rule needs repositories and keys"),
        (rule('name = "r"\nkeys = ["alice"]\nrepositories = ["A"]'), "'A' in the repository pattern"),
        (
            rule('name = "r"\nkeys = ["alice"]\nrepositories = ["a", "a"]'),
            "the pattern 'a' stands in 'r' already",
        ),
        ("x = [", "trust.toml is not TOML"),
        ("a." * 5000 + "a = 1", "trust.toml"),
    ],
)  # fmt: skip
def test_a_policy_that_is_wrong_is_refused_with_its_line(text: str, expected: str) -> None:
    assert expected in refusal(text)


def test_one_key_under_two_names_cannot_be_two_signers() -> None:
    twin = KEYS.replace('"bob"', '"twin"').replace(BOB.pem, ALICE.pem)
    text = f'{twin}[[trust]]\nname = "r"\nkeys = ["alice", "twin"]\nneed = 2\nrepositories = ["**"]\n'
    assert "the rule names one key twice" in refusal(text)


def test_a_huge_policy_is_refused() -> None:
    with pytest.raises(OverLimit):
        parse_trust_policy("#" * (MAX_POLICY_BYTES + 1))
