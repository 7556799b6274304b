"""Fetch one large file over HTTP. Resume it after a break, check it, and rename it only when it is complete."""

import hashlib
import http.client
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from ..support.session import progress_bar

STALL_SECONDS = 30.0  # give up after so long without a byte
MAX_BYTES = 256 * 2**20  # CIFAR-10's archives have 170 MB each
CHUNK_BYTES = 64 * 1024
RUN_AGAIN = "run the same command again"
USE_ANOTHER_URL = "choose another address with --url"


class FetchError(Exception):
    """The file could not be fetched. The message says why and what to do next."""


class _RangeRefusedError(Exception):
    """The server cannot continue from the end of the partial file."""


def fetch(url: str, path: Path, md5: str) -> None:
    """Fetch a file, unless it is there already.

    The bytes first go into the partial file, ``path`` + ``.part``. It is renamed when it is complete and has the right
    checksum. If there is a partial file already, an HTTP range request asks for the rest of it. This works only if the
    server supports it and its file is still the same (``If-Range``, RFC 9110, section 13.1.5). Otherwise the file is
    fetched from its start.

    Arguments:
        url: an http or https address.
        path: where to put the file, in an existing folder.
        md5: the checksum as 32 hexadecimal digits. It finds damage but not forgery, so do not trust the content.

    Raises:
        FetchError: if the server cannot be reached or answers with an error, the connection stalls or breaks, or the
            disk is full. Then the partial file is kept. Also if the file is too large or has the wrong checksum. Then
            the partial file is deleted.
    """
    if path.exists():
        if md5_of(path) != md5:
            raise FetchError(f"{path} is there, but its MD5 is not {md5}: delete it and {RUN_AGAIN}")
        return
    if urlsplit(url).scheme not in ("http", "https"):
        raise FetchError(f"{url!r} does not begin with http:// or https://; {USE_ANOTHER_URL}")
    part = path.with_name(path.name + ".part")
    try:
        _receive(url, part)
    except _RangeRefusedError:
        _delete_partial_file(part)
        _receive(url, part)
    actual = md5_of(part)
    if actual != md5:
        _delete_partial_file(part)
        raise FetchError(
            f"{url} has MD5 {actual}, not {md5}: what was downloaded is damaged or another file, and has been deleted; "
            f"{RUN_AGAIN}, or {USE_ANOTHER_URL}"
        )
    os.replace(part, path)
    _delete_partial_file(part)


def md5_of(path: Path) -> str:
    """Compute a file's MD5, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _validator_file(part: Path) -> Path:
    """The path of a small file that keeps the server's version mark for the partial file."""
    return part.with_name(part.name + ".version")


def _delete_partial_file(part: Path) -> None:
    """Delete a partial file and its version mark."""
    part.unlink(missing_ok=True)
    _validator_file(part).unlink(missing_ok=True)


def _receive(url: str, part: Path) -> None:
    """Fetch the missing part of the partial file. Turn every failure into an error with one clear line."""
    start = part.stat().st_size if part.exists() else 0
    keep = f"what has arrived is kept in {part.name}: {RUN_AGAIN} to go on from there"
    try:
        with urlopen(_make_request(url, part, start), timeout=STALL_SECONDS) as response:
            _write_response(response, part, start)
    except HTTPError as error:
        error.close()
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and start:
            if error.headers.get("Content-Range", "").strip() == f"bytes */{start}":
                return  # the partial file was complete already
            raise _RangeRefusedError from None
        raise FetchError(
            f"{url}: the server answers {error.code} {error.reason}; try again later, or {USE_ANOTHER_URL}"
        ) from None
    except TimeoutError:
        raise FetchError(f"{url}: nothing has come for {STALL_SECONDS:g} s; {keep}") from None
    except URLError as error:
        raise FetchError(
            f"cannot reach {url} ({error.reason}); check the connection and {RUN_AGAIN}, or {USE_ANOTHER_URL}"
        ) from None
    except (http.client.InvalidURL, ValueError, OverflowError) as error:
        raise FetchError(f"{url!r} is not a valid address ({error}); {USE_ANOTHER_URL}") from None
    except (http.client.HTTPException, ConnectionError) as error:
        raise FetchError(f"{url}: the connection broke ({type(error).__name__}); {keep}") from None
    except OSError as error:  # the disk is full, the folder is read-only, the network is gone
        raise FetchError(f"{url}: {error}; {keep}") from None


def _make_request(url: str, part: Path, start: int) -> Request:
    """Make the request for the whole file, or for the rest of it."""
    headers = {"User-Agent": "cs231n-batchnorm", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if _validator_file(part).is_file():
            headers["If-Range"] = _validator_file(part).read_text(encoding="latin1").strip()
    return Request(url, headers=headers)


def _write_response(response: Any, part: Path, start: int) -> None:
    """Write the response's body to the partial file. A 206 continues the file, a 200 starts it again."""
    if response.status == http.client.PARTIAL_CONTENT:
        found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        if not found or int(found[1]) != start:
            raise _RangeRefusedError
    elif response.status == http.client.OK:
        start = 0
        _delete_partial_file(part)
        if version := _get_version(response.headers):
            _validator_file(part).write_text(version, encoding="latin1")
    else:
        raise FetchError(f"{response.url}: the server answers {response.status}, not with a file; {USE_ANOTHER_URL}")

    total = None if response.length is None else start + response.length
    size = total if total is not None and total > MAX_BYTES else start
    with open(part, "ab") as file, progress_bar(total or 0, part.stem) as bar:
        bar.unit, bar.unit_scale, bar.initial, bar.n = "B", True, start, start
        bar.refresh()
        while size <= MAX_BYTES and (chunk := response.read1(CHUNK_BYTES)):
            file.write(chunk)
            bar.update(len(chunk))
            size += len(chunk)
    if size > MAX_BYTES:
        _delete_partial_file(part)
        raise FetchError(
            f"{response.url} has more than {MAX_BYTES} bytes: not the file wanted, so nothing is kept; "
            f"{USE_ANOTHER_URL}"
        )
    if total is not None and size < total:
        raise http.client.IncompleteRead(b"", total - size)


def _get_version(headers: Mapping[str, str]) -> str | None:
    """Get the server's version mark of the file, for ``If-Range``: a strong ETag, or else a date."""
    etag = headers.get("ETag", "")
    return etag if etag.startswith('"') else headers.get("Last-Modified")
