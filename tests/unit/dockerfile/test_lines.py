"""A Dockerfile's text as logical lines: each case is one that BuildKit's parser settles."""

import pytest

from lading.dockerfile.lines import MAX_BYTES, split_lines
from lading.foundation.errors import LadingError, Malformed, OverLimit


def texts(content: str) -> list[str]:
    return [line.text for line in split_lines(content.encode(), "Dockerfile").lines]


def test_a_line_goes_on_after_the_escape_character_and_comments_within_are_left_out() -> None:
    content = "FROM a\nRUN one && \\\n  # why\n\n  two \\  \n  three\n"
    assert texts(content) == ["FROM a", "RUN one &&   two   three"]


def test_two_escape_characters_end_the_line() -> None:
    assert texts("RUN echo a\\\\\nRUN b\n") == ["RUN echo a\\\\", "RUN b"]


def test_a_directive_chooses_the_backtick_so_that_windows_paths_end_lines() -> None:
    assert texts("# escape=`\nFROM a\nCOPY x C:\\\nRUN a `\n b\n") == ["FROM a", "COPY x C:\\", "RUN a  b"]


def test_a_directive_after_a_comment_is_a_comment() -> None:
    assert split_lines(b"# hello\n# escape=`\nFROM a\n", "Dockerfile").escape == "\\"


def test_lines_are_counted_in_the_file_and_not_in_the_joined_text() -> None:
    line = split_lines(b"FROM a\n\nRUN one \\\n# c\n two \\\n three", "Dockerfile").lines[1]
    assert [line.line_at(line.text.index(word)) for word in ("one", "two", "three")] == [3, 5, 6]


def test_here_documents_hold_what_looks_like_instructions() -> None:
    content = "RUN <<EOF cat <<-'B'\nFROM not\nEOF\n\tx $Y\n\tB\nCMD [\"a\"]\n"
    lines = split_lines(content.encode(), "Dockerfile").lines
    assert [line.text.split()[0] for line in lines] == ["RUN", "CMD"]
    assert [(doc.name, doc.text, doc.line, doc.literal) for doc in lines[0].heredocs] == [
        ("EOF", "FROM not", 2, False),
        ("B", "x $Y", 4, True),
    ]


@pytest.mark.parametrize(
    "text", ["RUN cat <<<word\n", "RUN echo $((1 << 2))\n", 'RUN echo "<<EOF"\n', "CMD cat <<EOF\n"]
)
def test_what_only_looks_like_a_here_document_is_none(text: str) -> None:
    assert split_lines(text.encode(), "Dockerfile").lines[0].heredocs == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"RUN <<EOF\nnever", "Dockerfile:1: the here-document EOF does not end"),
        (b"# escape=/\nFROM a", "Dockerfile:1: escape is"),
        (b"# escape=`\n# escape=`\nFROM a", "Dockerfile:2: the directive escape stands twice"),
        (b"FROM a\n\xff", "Dockerfile:2: the file is not UTF-8"),
        (b"FROM a\nRUN \0", "Dockerfile:2: the file is not text"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(content: bytes, said: str) -> None:
    with pytest.raises(Malformed) as refused:
        split_lines(content, "Dockerfile")
    assert refused.value.message.startswith(said)


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(OverLimit):
        split_lines(b"#" * (MAX_BYTES + 1), "Dockerfile")


def test_a_thousand_here_documents_are_refused() -> None:
    with pytest.raises(LadingError, match="more than 50 here-documents"):
        split_lines(b"RUN " + b" ".join(b"<<A%d" % n for n in range(1000)), "Dockerfile")
