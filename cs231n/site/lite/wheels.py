"""Wheels for the browser, made from packages that are installed here.

The kernel needs two small packages of pure Python that Pyodide does not have. Every environment with Jupyter has them,
so packing them again needs no download.
"""

import base64
import hashlib
import zipfile
from importlib import metadata
from pathlib import Path

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date of the format; a fixed date makes equal wheels equal files
LEFT_OUT = {"INSTALLER", "REQUESTED", "RECORD", "direct_url.json"}  # what pip adds when it installs


class NotPure(ValueError):
    """A package cannot be packed for the browser."""


def pack_wheel(name: str, folder: Path) -> Path:
    """Pack an installed package as a wheel.

    Arguments:
        name: the package, such as "comm".
        folder: where to write the wheel. It is made if it is missing.

    Returns:
        The wheel.

    Raises:
        ModuleNotFoundError: if it is not installed.
        NotPure: if it has compiled parts, or is installed as a link to its source.
    """
    try:
        package = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        raise ModuleNotFoundError(f"{name} is not installed", name=name) from None
    if "Root-Is-Purelib: true" not in (package.read_text("WHEEL") or ""):
        raise NotPure(f"{name} has compiled parts, so it cannot run in a browser")
    files = {
        path.as_posix(): Path(str(path.locate())).read_bytes()
        for path in package.files or []
        if path.name not in LEFT_OUT and path.suffix != ".pyc" and ".." not in path.parts
    }
    if not any(path.endswith(".py") for path in files):
        raise NotPure(f"{name} is installed without its files; install it again with pip")
    (information,) = {path.partition("/")[0] for path in files if path.partition("/")[0].endswith(".dist-info")}
    record = [f"{path},sha256={_digest(content)},{len(content)}\n" for path, content in files.items()]
    files[f"{information}/RECORD"] = "".join([*record, f"{information}/RECORD,,\n"]).encode()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{information.removesuffix('.dist-info')}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in sorted(files.items()):
            packed.writestr(zipfile.ZipInfo(path, DATE), content, zipfile.ZIP_DEFLATED)
    return wheel


def _digest(content: bytes) -> str:
    """The SHA-256 checksum of bytes as a wheel's RECORD has it."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
