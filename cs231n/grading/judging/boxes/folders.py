"""The folders of this machine that are visible in a box, and those that are covered there."""

import functools
import os
import sys
from pathlib import Path

from ...reading.hidden_modules import HIDDEN_MODULES

SYSTEM_FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
PACKAGES = ("lib*/python3*/*-packages", "python3*/*-packages")  # Python's folders of packages; /lib is a prefix, too


def visible_folders() -> list[str]:
    """The folders of the operating system and of Python that are visible in a box, read-only."""
    prefixes = [sys.prefix, sys.base_prefix, os.path.dirname(os.path.realpath(sys.executable))]
    outside = [str(folder) for folder in dict.fromkeys(prefixes) if not lies_within(folder, "/usr")]
    return [*SYSTEM_FOLDERS, *outside]


def hidden_folders() -> list[str]:
    """The folders of `HIDDEN_MODULES` that would be visible in a box, for every version of Python there."""
    return _find_hidden((*visible_folders(), "/usr/local"))


@functools.cache
def _find_hidden(prefixes: tuple[str, ...]) -> list[str]:
    found = []
    for prefix in prefixes:
        real = Path(prefix).resolve()
        for pattern in PACKAGES:
            modules = [packages / name for packages in real.glob(pattern) for name in HIDDEN_MODULES]
            inside = [module.resolve() for module in modules if module.is_dir() and lies_within(module, real)]
            found += [str(prefix / module.relative_to(real)) for module in inside]
    return sorted(set(found))


def lies_within(path: Path | str, folder: Path | str) -> bool:
    """Whether a path lies in a folder, or is the folder."""
    return Path(path).resolve().is_relative_to(Path(folder).resolve())
