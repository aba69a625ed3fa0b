from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from lading.foundation.errors import Malformed, OverLimit
from lading.oci.digest import Digest
from lading.signing.trust_policy_file import MAX_POLICY_BYTES, parse_trust_policy, write_trust_policy
from tests.support.certificates import Authority
from tests.support.signers import Signing, p256, trust

ALICE, BOB = p256("alice"), p256("bob")
KEYS = "".join(f'[[keys]]\nname = "{key.name}"\npem = """\n{key.pem}"""\n' for key in (ALICE, BOB))
LINES = KEYS.count("\n")


def rule(text: str) -> str:
    return f"{KEYS}[[trust]]\n{text}\n"


def dated(text: str) -> str:
    return rule(f'name = "r"\nkeys = ["alice"]\nrepositories = ["a"]\n{text}')


def demand(text: str) -> str:
    return rule(f'name = "r"\nkeys = ["alice"]\nrepositories = ["**"]\n[[trust.attestations]]\n{text}')


def refusal(text: str) -> str:
    with pytest.raises(Malformed) as caught:
        parse_trust_policy(text, "trust.toml")
    return str(caught.value)


def test_a_written_policy_is_read_back_with_its_keys_for_every_repository() -> None:
    text = write_trust_policy({"alice": ALICE.public, "bob": BOB.public})
    policy = parse_trust_policy(text)
    found = policy.rule_for("any/thing")
    assert found is not None
    assert [signer.id for signer in found.signers] == [ALICE.public.id, BOB.public.id]
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
        ("\n[[trsut]]\n", "trust.toml:2: 'trsut' is not known here (did you mean 'trust'?)"),
        ("[[keys]]\n\nname = 1", "trust.toml:3: each of the keys needs a name"),
        ('[[keys]]\nname = "a\\"b"', "trust.toml:2: each of the keys needs a name"),
        ('[[keys]]\nname = "a"', "trust.toml:1: pem must be a text"),
        ('\n[[keys]]\nname = "a"\npem = "x"', "trust.toml:2: 'a': this is not a public key in PEM"),
        ('[[keys]]\nname = "a"\npem = "x"\nfile = "y"', "trust.toml:4: 'file' is not known here"),
        (KEYS + KEYS, f"trust.toml:{LINES + 1}: the name 'alice' stands twice among the keys"),
        (rule(""), f"trust.toml:{LINES + 1}: name must be a text"),
        (
            rule('name = "r"\nneeds = 2'),
            f"trust.toml:{LINES + 3}: 'needs' is not known here (did you mean 'need'?)",
        ),
        (rule('name = "r"\nkeys = 1'), f"trust.toml:{LINES + 3}: keys must be a list of texts"),
        (rule('name = "r"\nkeys = ["alcie"]'), "keys: there is no 'alcie' (did you mean 'alice'?)"),
        (rule('name = "r"\nkeys = ["zzz"]'), "there is no 'zzz'"),
        (rule('name = "r"\nkeys = ["alice"]\nsigners = ["bob"]'), "write signers"),
        (rule('name = "r"\nkeys = ["alice", "alice"]'), "it names one signer twice"),
        (rule('name = "r"\nkeys = ["alice"]\nneed = 2'), "need must be a number from 1 to 1"),
        (rule('name = "r"\nkeys = ["alice"]\nneed = true'), "need must be"),
        (rule('name = "r"\nkeys = ["alice"]\nneed = 0'), "need must be"),
        (rule('name = "r"\nkeys = []\nrepositories = ["a"]'), "need must be"),
        (rule('name = "r"\nkeys = ["alice"]'), "a rule needs repositories, and signers or attestations"),
        (rule('name = "r"\nkeys = ["alice"]\nrepositories = ["A"]'), "'A' in the repository pattern"),
        (
            rule('name = "r"\nkeys = ["alice"]\nrepositories = ["a", "a"]'),
            "the pattern 'a' stands in 'r' already",
        ),
        (dated('from = "2026-01-01"'), "from must be a date or a moment"),
        (KEYS.replace("\npem", '\nreason = "lost"\npem', 1), "a reason belongs to revoked"),
        ("[[keys]]\n[[trust]]\nname = 1", "trust.toml:1: each of the keys needs a name"),
        (
            KEYS + '[[authorities]]\nname = "ca"\ncertificates = """\n' + Authority().pem + '"""\n'
            '[[certificates]]\nname = "alice"\nauthority = "ca"\nsubject = "*"\n',
            "the signer 'alice' stands twice",
        ),
        (dated('from = 2026-01-01T00:00:00'), "from needs a time zone"),
        (dated('from = 2026-02-01\nuntil = 2026-01-01'), "until must be after from"),
        ('[[keys]]\nname = "a"\npem = "x"\nallow-rsa-2048 = 1', "allow-rsa-2048 must be true or false"),
        ('[[roots]]\nname = "a"\ntrusted-root = "{"', "trust.toml:1: 'a': Sigstore trust root is not JSON"),
        ('[[roots]]\nname = "a"\ntrusted-root = "{}"', "this is not a Sigstore trust root"),
        ('[[identities]]\nname = "a"\nroot = "b"\n', "trust.toml:3: root: there is no 'b'"),
        ('[[authorities]]\nname = "a"\ncertificates = "x"', "these are not certificates in PEM"),
        ('[[certificates]]\nname = "a"\nauthority = "x"', "trust.toml:3: authority: there is no 'x'"),
        ('[[builders]]\nname = "a"\nid = ""', "trust.toml:3: id must be a text"),
        ('[[builders]]\nname = "a"\nid = "*********"\nowner = "x"', "at most 8 *"),
        (demand(''), f"trust.toml:{LINES + 5}: type must be a text"),
        (demand('type = "x"\nbuilders = ["y"]'), "'builders' is not known here (did you mean 'builder'?)"),
        (demand('type = "x"\nneed = 2'), "need must be a number from 1 to 1"),
        (demand('type = "x"\nmax-age-hours = -1'), "max-age-hours must be a number from 0"),
        (demand('type = "x"\nfields = ["a"]'), "fields must be a table of texts"),
        (demand('type = "x"\n[[trust.attestations]]\ntype = "x"'), "two attestations of one type"),
        (rule('name = "r"\nrepositories = ["a"]\n[[trust.attestations]]\ntype = "x"'), "it needs signers"),
        (rule('name = "r"\nkeys = ["alice"]\nattestations = 1'), "write each as [[trust.attestations]]"),
        ("x = [", "trust.toml is not TOML"),
        ("a." * 5000 + "a = 1", "trust.toml"),
    ],
)  # fmt: skip
def test_a_policy_that_is_wrong_is_refused_with_its_line(text: str, expected: str) -> None:
    assert expected in refusal(text)


def test_one_key_under_two_names_cannot_be_two_signers() -> None:
    twin = KEYS.replace('"bob"', '"twin"').replace(BOB.pem, ALICE.pem)
    text = f'{twin}[[trust]]\nname = "r"\nkeys = ["alice", "twin"]\nneed = 2\nrepositories = ["**"]\n'
    assert "it names one signer twice" in refusal(text)


def test_a_huge_policy_is_refused() -> None:
    with pytest.raises(OverLimit):
        parse_trust_policy("#" * (MAX_POLICY_BYTES + 1))


def test_lines_are_counted_past_texts_that_look_like_tables() -> None:
    text = '[[keys]]\nname = \'a\'\npem = """\n[[trust]]\nneeds = 2\n"""\n[[trust]]\nneeds = 1\n'
    assert "trust.toml:1: 'a': this is not a public key" in refusal(text)
    good = text.replace("[[trust]]\nneeds = 2\n", ALICE.pem)
    assert f"trust.toml:{6 + ALICE.pem.count(chr(10))}: 'needs'" in refusal(good)


def test_a_rule_for_the_environment_comes_before_one_for_any() -> None:
    rules = """
    [[trust]]
    name = "anywhere"
    repositories = ["team/app"]
    signers = ["alice"]
    [[trust]]
    name = "production"
    repositories = ["**"]
    environments = ["prod", "stage"]
    signers = ["alice", "bob"]
    need = 2
    """
    policy = trust(ALICE, BOB, rules=rules)
    names = {env: found.name for env in ("", "dev", "prod") if (found := policy.rule_for("team/app", env))}
    assert names == {"": "anywhere", "dev": "anywhere", "prod": "production"}
    assert [policy.scope_of(env) for env in ("", "dev", "stage")] == ["", "", "stage"]


def test_one_rule_can_take_over_from_another_at_a_moment() -> None:
    rules = """
    [[trust]]
    name = "old"
    repositories = ["**"]
    signers = ["alice"]
    until = 2026-06-01
    [[trust]]
    name = "new"
    repositories = ["**"]
    signers = ["bob"]
    from = 2026-06-01
    """
    policy = trust(ALICE, BOB, rules=rules)
    before, after = datetime(2026, 5, 31, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    assert [found.name for at in (before, after) if (found := policy.rule_for("x", now=at))] == ["old", "new"]
    change = policy.next_change(before)
    assert change is not None
    assert before < change <= after
    assert policy.next_change(change) is None


def test_builders_are_listed_with_their_owner_and_end() -> None:
    text = """
    [[builders]]
    name = "github"
    id = "https://github.com/acme/*"
    owner = "platform"
    until = 2027-01-01
    """
    policy = parse_trust_policy(text)
    found = policy.builder_for("https://github.com/acme/app/.github/workflows/x.yml@refs/heads/main")
    assert found is not None
    assert (found.name, found.owner) == ("github", "platform")
    assert policy.builder_for("https://github.com/other") is None


def test_a_weak_rsa_key_counts_only_where_the_policy_says_so() -> None:
    weak = Signing("weak", rsa.generate_private_key(65537, 2048))
    text = f'[[keys]]\nname = "weak"\npem = """\n{weak.pem}"""\n'
    assert "allow-rsa-2048 = true" in refusal(text)
    assert parse_trust_policy(text + "allow-rsa-2048 = true\n").signers[0].id == weak.public_weak.id
