"""Text to syntax tree: recursive descent over the CEL grammar, without maps, messages, bytes and floats."""

from lading.policy.expressions.tokens import Kind, Token, tokens
from lading.policy.expressions.tree import (
    Call,
    Comprehension,
    ExpressionError,
    Field,
    Index,
    ListLiteral,
    Literal,
    Name,
    Node,
    children,
)

MAX_TEXT = 4_000  # characters
MAX_DEPTH = 30  # nested brackets, calls and operators; the engine recurses on its own stack
MAX_TREE = 100  # levels of the whole tree; chains within brackets multiply, and what walks it recurses
MAX_INT = 2**63 - 1
MACROS = ("all", "exists", "exists_one", "filter", "map")
# fmt: off
RESERVED = frozenset({
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in",
    "let", "loop", "null", "package", "namespace", "return", "true", "var", "void", "while",
})
# fmt: on

# From the loosest binding to the tightest.
_BINARY = (("||",), ("&&",), ("<", "<=", ">=", ">", "==", "!=", "in"), ("+", "-"), ("*", "/", "%"))


def parse(text: str) -> Node:
    """Read one expression; raise ExpressionError with the offset of what is wrong."""
    if len(text) > MAX_TEXT:
        raise ExpressionError(f"an expression has at most {MAX_TEXT} characters", 0)
    reader = _Reader(list(tokens(text)))
    tree = reader.expression()
    reader.expect_end()
    _refuse_deep(tree)
    return tree


def _refuse_deep(tree: Node) -> None:
    level: list[Node] = [tree]
    for _ in range(MAX_TREE):
        level = [child for node in level for child in children(node)]
        if not level:
            return
    raise ExpressionError(
        f"more than {MAX_TREE} operators within each other", level[0].at, "split it into several rules"
    )


class _Reader:
    def __init__(self, all_tokens: list[Token]) -> None:
        self._tokens = all_tokens
        self._next = 0
        self._depth = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._token
        self._next += 1
        return token

    def _at(self, *signs: str) -> bool:
        return self._token.kind is Kind.SIGN and self._token.value in signs

    def _expect(self, sign: str) -> Token:
        if not self._at(sign):
            raise ExpressionError(f"expected {sign!r} before {self._token.value!r}", self._token.at)
        return self._take()

    def expect_end(self) -> None:
        if self._token.kind is not Kind.END:
            raise ExpressionError(f"{self._token.value!r} is unexpected here", self._token.at)

    def expression(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(f"nested more than {MAX_DEPTH} levels deep", self._token.at)
        tree = self._binary(0)
        if self._at("?"):
            at = self._take().at
            yes = self._binary(0)
            self._expect(":")
            tree = Call("?:", (tree, yes, self.expression()), at)
        self._depth -= 1
        return tree

    def _binary(self, level: int) -> Node:
        if level == len(_BINARY):
            return self._unary()
        tree = self._binary(level + 1)
        chained = 0
        while self._operator_at(level):
            chained += 1
            if chained > MAX_DEPTH:
                raise ExpressionError(f"more than {MAX_DEPTH} operators in one chain", self._token.at)
            operator = self._take()
            tree = Call(operator.value, (tree, self._binary(level + 1)), operator.at)
        return tree

    def _operator_at(self, level: int) -> bool:
        named_in = self._token.kind is Kind.NAME and self._token.value == "in"
        return (named_in and "in" in _BINARY[level]) or self._at(*_BINARY[level])

    def _unary(self) -> Node:
        signs: list[Token] = []
        while self._at("!", "-"):
            signs.append(self._take())
            if len(signs) > 2:
                raise ExpressionError("more than two signs in a row", self._token.at)
        tree = self._member()
        for sign in reversed(signs):
            tree = Call("!" if sign.value == "!" else "-_", (tree,), sign.at)
        return tree

    def _member(self) -> Node:
        tree = self._primary()
        links = 0
        while self._at(".", "["):
            links += 1
            if links > MAX_DEPTH:
                raise ExpressionError(f"more than {MAX_DEPTH} fields in one chain", self._token.at)
            if self._take().value == "[":
                at = self._token.at
                tree = Index(tree, self.expression(), at)
                self._expect("]")
            else:
                tree = self._selection(tree)
        return tree

    def _selection(self, target: Node) -> Node:
        name = self._name()
        if not self._at("("):
            return Field(target, name.value, name.at)
        arguments = self._arguments()
        if name.value in MACROS:
            return _comprehension(target, name, arguments)
        return Call(name.value, (target, *arguments), name.at, method=True)

    def _name(self) -> Token:
        token = self._take()
        if token.kind is not Kind.NAME or token.value in RESERVED:
            raise ExpressionError(f"expected a name, not {token.value!r}", token.at)
        return token

    def _arguments(self) -> tuple[Node, ...]:
        self._expect("(")
        return self._until(")")

    def _until(self, closing: str) -> tuple[Node, ...]:
        members: list[Node] = []
        while not self._at(closing):
            members.append(self.expression())
            if self._at(","):
                self._take()
            else:
                break
        self._expect(closing)
        return tuple(members)

    def _primary(self) -> Node:
        token = self._take()
        match token.kind:
            case Kind.TEXT:
                return Literal(token.value, token.at)
            case Kind.INT:
                return _int(token)
            case Kind.NAME:
                return self._named(token)
            case Kind.SIGN if token.value == "(":
                tree = self.expression()
                self._expect(")")
                return tree
            case Kind.SIGN if token.value == "[":
                return ListLiteral(self._until("]"), token.at)
            case _:
                raise ExpressionError(f"expected a value, not {token.value!r}", token.at)

    def _named(self, token: Token) -> Node:
        if token.value in _CONSTANTS:
            return Literal(_CONSTANTS[token.value], token.at)
        if token.value in RESERVED:
            raise ExpressionError(f"{token.value!r} is a reserved word", token.at)
        if not self._at("("):
            return Name(token.value, token.at)
        arguments = self._arguments()
        if token.value == "has":
            return _has(token, arguments)
        return Call(token.value, arguments, token.at)


_CONSTANTS = {"true": True, "false": False, "null": None}


def _int(token: Token) -> Literal:
    value = int(token.value, 16) if token.value.startswith("0x") else int(token.value[:20])
    if value > MAX_INT or len(token.value) > 19:
        raise ExpressionError("the number does not fit in 64 bits", token.at)
    return Literal(value, token.at)


def _has(token: Token, arguments: tuple[Node, ...]) -> Node:
    if len(arguments) != 1 or not isinstance(arguments[0], Field):
        raise ExpressionError("has() takes one field: has(image.labels.version)", token.at)
    field = arguments[0]
    return Field(field.of, field.name, field.at, tested=True)


def _comprehension(target: Node, name: Token, arguments: tuple[Node, ...]) -> Node:
    allowed = (2, 3) if name.value == "map" else (2,)
    if len(arguments) not in allowed or not isinstance(arguments[0], Name):
        raise ExpressionError(f"{name.value}() takes a variable and a condition: {name.value}(f, …)", name.at)
    return Comprehension(name.value, target, arguments[0].name, arguments[1:], name.at)
