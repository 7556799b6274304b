"""The page that stands in a book's ``lite/index.html`` until the browser edition is built. So no link leads nowhere."""

from pathlib import Path

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The browser edition</title>
<main>
<h1>The browser edition is not here yet</h1>
<p>Whoever built this site adds it with <code>python -m cs231n.site lite OUT</code>.</p>
<p><a href="../index.html">Back to the book</a></p>
</main>
</html>
"""


def write_placeholder(folder: Path) -> None:
    """Make the folder, with the page."""
    folder.mkdir()
    (folder / "index.html").write_text(PAGE, encoding="utf-8", newline="\n")


def is_placeholder(folder: Path) -> bool:
    """Whether a folder holds the page and nothing else."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return files == [folder / "index.html"] and files[0].read_bytes() == PAGE.encode()
