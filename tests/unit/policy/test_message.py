"""The text that every gate shows."""

from collections.abc import Mapping
from dataclasses import replace

from lading.policy.decision import Decision
from lading.policy.evaluation import evaluate
from lading.policy.evidence import Gate
from lading.policy.example import EXAMPLE, EXAMPLE_NOW, example_with
from lading.policy.message import MAX_MESSAGE, MAX_WARNING, headline, iter_warnings, render
from tests.support.policies import one_rule, shipped_policy

BAD = {
    "image.root": True,
    "image.user": "",
    "findings": [
        {
            "id": "CVE-2014-6271",
            "severity": "critical",
            "package_name": "bash",
            "package_version": "4.2-2",
            "fix": "4.2+dfsg-0.1+deb7u3",
        },
        {
            "id": "CVE-2014-7169",
            "severity": "high",
            "package_name": "bash",
            "package_version": "4.2-2",
            "fix": "4.2+dfsg-0.1+deb7u3",
        },
    ],
}


def judge(given: Mapping[str, object]) -> Decision:
    return evaluate(shipped_policy(), example_with(given), now=EXAMPLE_NOW)


def test_it_names_the_rule_the_evidence_and_what_to_do() -> None:
    text = render(judge(BAD))
    assert text == (
        f"DENIED: registry.example/shop/app@{EXAMPLE.image.digest} may not enter prod\n"
        "\n"
        "Refused by 2 rules:\n"
        "  severity-ceiling (critical): Nothing critical or high stays unfixed when there is a fix\n"
        "    - CVE-2014-6271 (critical) affects bash 4.2-2\n"
        "    - CVE-2014-7169 (high) affects bash 4.2-2\n"
        "      To fix: upgrade bash to 4.2+dfsg-0.1+deb7u3\n"
        "  no-root-user (medium): Containers do not start as root\n"
        "    - the image starts as root: it names no user\n"
        "      To fix: add a line such as USER 10001 at the end of the Dockerfile\n"
        "\n"
        f"Policy default {str(shipped_policy().digest)[:19]}\n"
        "If it must pass all the same, ask for a waiver: lading waiver request --repository shop/app "
        "--environment prod --rule severity-ceiling --rule no-root-user --reason … --ticket …"
    )


def test_every_gate_says_the_same_words() -> None:
    evidence = example_with(BAD)
    gates = (Gate.LAPTOP, Gate.CI, Gate.PROMOTE, Gate.ADMISSION, Gate.ENGINE, Gate.RUNTIME)
    texts = {
        render(evaluate(shipped_policy(), replace(evidence, gate=gate), now=EXAMPLE_NOW)) for gate in gates
    }
    assert len(texts) == 1


def test_what_is_allowed_is_said_in_one_breath() -> None:
    assert headline(judge({})).startswith("ALLOWED: registry.example/shop/app@sha256:")
    assert "may pass" in headline(judge({"environment": ""}))
    assert "Refused" not in render(judge({}))


def test_warnings_are_listed_and_can_be_had_one_by_one() -> None:
    decision = judge({"environment": "dev", **BAD})
    assert headline(decision).startswith("ALLOWED WITH WARNINGS:")
    assert "Warnings from 2 rules:" in render(decision)
    assert list(iter_warnings(decision)) == [
        "severity-ceiling: CVE-2014-6271 (critical) affects bash 4.2-2 (and 1 more)",
        "no-root-user: the image starts as root: it names no user",
    ]


def test_long_lists_are_cut_and_counted() -> None:
    text = render(judge({"findings": [{"id": f"CVE-{n}", "severity": "high"} for n in range(100)]}))
    assert "CVE-4 " in text
    assert "CVE-5 " not in text
    assert "- and 95 more" in text


def test_an_unknown_image_is_told_what_to_do_and_no_waiver_is_offered() -> None:
    text = render(judge({"image.presence": "missing", "image.digest": "", "undetermined": {"findings": "?"}}))
    assert text.startswith("DENIED: registry.example/shop/app may not enter prod")
    assert "there is no image registry.example/shop/app:1.4.2 in this registry" in text
    assert "lading waiver" not in text


def test_undetermined_rules_say_why() -> None:
    text = render(judge({"undetermined": {"findings": "the analysis failed"}}))
    assert "could not tell: findings is not known: the analysis failed" in text


def test_a_message_fits_where_it_is_shown() -> None:
    long = "x" * 5_000
    rule = one_rule("violated_if: image.root\nmessage: '{{ image.user }}'").rules[0]
    policy = replace(shipped_policy(), rules=tuple(replace(rule, id=f"r{n}") for n in range(100)))
    decision = evaluate(policy, example_with({"image.root": True, "image.user": long}), now=EXAMPLE_NOW)
    assert len(render(decision)) <= MAX_MESSAGE
    warned = evaluate(
        one_rule("violated_if: true\neffect: warn\nmessage: '{{ image.user }}'"),
        example_with({"image.user": long}),
        now=EXAMPLE_NOW,
    )
    assert all(len(warning) <= MAX_WARNING for warning in iter_warnings(warned))
