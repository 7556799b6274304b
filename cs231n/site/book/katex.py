"""KaTeX, which makes HTML of formulas: where it is, and one process of Node.js that renders."""

import json
import shutil
import subprocess
from pathlib import Path

KATEX = Path(__file__).parents[1] / "node_modules" / "katex" / "dist"
INSTALL = "install Node.js 18 or later, then run: npm ci --prefix cs231n/site"


def find_katex() -> Path:
    """The folder of KaTeX's files.

    Raises:
        OSError: if Node.js or KaTeX is missing.
    """
    if shutil.which("node") is None:
        raise OSError(f"the book needs Node.js: {INSTALL}")
    if not KATEX.is_dir():
        raise OSError(f"the book needs KaTeX: {INSTALL}")
    return KATEX


def copy_katex(katex: Path, static: Path) -> None:
    """Copy KaTeX's style sheet and fonts into a folder of static files."""
    (static / "katex" / "fonts").mkdir(parents=True)
    shutil.copy(katex / "katex.min.css", static / "katex")
    for font in (katex / "fonts").glob("*.woff2"):
        shutil.copy(font, static / "katex" / "fonts")


class Renderer:
    """Renders formulas.

    Raises:
        OSError: if Node.js or KaTeX is missing.
    """

    def __init__(self) -> None:
        script = str(find_katex() / "katex.min.js")
        command = ["node", str(Path(__file__).with_name("katex.js")), script]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8")

    def render(self, tex: str, display: bool) -> str:
        """Render a formula as HTML for the eye and MathML for a screen reader.

        Arguments:
            tex: the formula, without dollar signs.
            display: whether it stands on a line of its own.

        Raises:
            ValueError: if KaTeX does not understand the formula.
        """
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise ValueError(f"{answer['error']}, in the formula {tex}")
        return answer["html"]

    def close(self) -> None:
        """End the process."""
        self.process.communicate()
