"""Tests that the commands of the instructor's guide and of the help texts are commands that the parser takes."""

import re
import shlex

import pytest

from cs231n.grading import __main__ as command
from cs231n.grading.examples import EXPLAIN_EXAMPLES, GRADE_EXAMPLES
from tests.helpers.paths import ROOT

GUIDE = ROOT / "cs231n" / "grading" / "README.md"
TEXT = GUIDE.read_text(encoding="utf-8")
START = "python -m cs231n.grading "
LINES = [line.strip() for text in (TEXT, GRADE_EXAMPLES, EXPLAIN_EXAMPLES) for line in text.splitlines()]
COMMANDS = [line.removeprefix(START) for line in LINES if line.startswith(START)]


@pytest.fixture(scope="module")
def help_text():
    """A function that returns the help of a command."""

    def read(name):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit):
            said = []
            patch.setattr(
                "argparse.ArgumentParser._print_message", lambda self, message, file=None: said.append(message)
            )
            command.main([name, "--help"])
        return "".join(said)

    return read


@pytest.mark.parametrize("line", COMMANDS)
def test_the_parser_takes_each_command(line, help_text, monkeypatch):
    arguments = shlex.split(line, comments=True)
    options = help_text(arguments[0]).split("examples:")[0]
    assert all(re.search(rf"{word}\b", options) for word in arguments if word.startswith("--"))
    taken = []
    for name in ("run_release", "run_grade", "run_explain"):
        monkeypatch.setattr(command, name, taken.append)
    assert not command.main(arguments) and len(taken) == 1


def test_there_are_commands_for_every_part_of_the_way():
    assert len(COMMANDS) > 15
    assert {line.split()[0] for line in COMMANDS} == {"release", "grade", "explain"}


def test_the_help_shows_the_examples(help_text):
    assert GRADE_EXAMPLES in help_text("grade") and EXPLAIN_EXAMPLES in help_text("explain")


def test_options_that_the_guide_names_in_its_text_exist(help_text):
    options = help_text("grade").split("examples:")[0] + help_text("release")
    named = set(re.findall(r"--[a-z]+", TEXT)) - {"--help"}
    assert named and not [name for name in named if name not in options]


def test_its_links_lead_to_files_and_it_is_two_pages():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT)]
    assert links and all((GUIDE.parent / link).exists() for link in links)
    assert len(TEXT.split()) < 1200
