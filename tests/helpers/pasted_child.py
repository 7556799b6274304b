"""Offer every function of a release as an answer to every task. This program runs in a process of its own.

    python -m tests.helpers.pasted_child RELEASE SITUATIONS FOUND PART PARTS SHARE [START]

RELEASE holds ``cs231n/`` and ``notebooks/``; SITUATIONS is a pickle of the situations and items; FOUND is written: the
finds in JSON. This process takes each PARTS-th function, of those whose name begins with START. SHARE is how large a
sample of the ways to call one is, 1 for the largest. Nothing that it calls can write, connect or start a process, and
no call computes for longer than a second.
"""

import contextlib
import importlib
import inspect
import io
import json
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from tests.helpers import pasted_fakes
from tests.helpers.pasted_inputs import Situation, cut, list_scales, take_apart
from tests.helpers.pasted_offers import Offer, Pool, is_named, look_up, make_offers, make_pool
from tests.helpers.pasted_recorder import TooLong, Wanted, Watch, record_imports
from tests.helpers.pasted_results import name_parts

FORBIDDEN = (
    "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.kill",
    "os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen", "socket.", "shutil.", "tempfile.",
    "_thread.start_new_thread", "os.putenv", "os.chdir", "urllib.Request", "signal.pthread_kill",
)  # fmt: skip
SECONDS = 1.0  # of the processor, for one call
MOST_ENDLESS = 3  # calls that take too long, of one function in one situation
CALLABLE_RESULTS = 80  # so many ways to call a function that another function returns


def forbid_effects() -> None:
    """From now on nothing can be written, deleted, started or sent from this process."""

    def refuse(event: str, arguments: tuple) -> None:
        if event == "open":
            mode, flags = arguments[1:]
            if (isinstance(mode, str) and set(mode) & set("wax+")) or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                raise PermissionError("a function that is offered as an answer may not write")
        elif event.startswith(FORBIDDEN):
            raise PermissionError(f"a function that is offered as an answer may not do this: {event}")

    sys.addaudithook(refuse)


def list_functions(folder: Path) -> dict[str, Callable]:
    """All functions of a release by name: of modules, of classes, in tables, and those that notebooks define."""
    functions: dict[str, Callable] = {}
    for path in sorted((folder / "cs231n").rglob("*.py")):
        name = ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(name)
        for key, value in list(vars(module).items()):
            for label, function in _functions_in(value, key, module):
                functions.setdefault(f"{name}.{label}", function)
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        functions |= pasted_fakes.run_definitions(path)
    alike: dict[Any, str] = {}
    for name, function in functions.items():
        if function.__code__.co_filename != "<string>":  # dataclasses make __init__ and __eq__
            alike.setdefault(function, name)
    return {name: function for function, name in alike.items()}


def _functions_in(value: Any, name: str, module: ModuleType, depth: int = 0) -> Iterator[tuple[str, Callable]]:
    if isinstance(value, type) and value.__module__ == module.__name__:
        for key, member in vars(value).items():
            member = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            if isinstance(member, FunctionType):
                yield f"{name}.{key}", inspect.unwrap(member)
    elif callable(value) and not isinstance(value, type):
        function = inspect.unwrap(value)
        while hasattr(function, "func"):  # functools.partial
            function = function.func
        if getattr(function, "__module__", None) == module.__name__ and isinstance(function, FunctionType):
            yield name, function
    elif depth < 3 and isinstance(value, (dict, list, tuple)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in list(pairs):
            yield from _functions_in(part, f"{name}[{key!r}]", module, depth + 1)
    elif depth < 3 and hasattr(value, "verify"):
        yield from _functions_in(value.verify, f"{name}.verify", module, depth + 1)


class Offering:
    """Offers functions in situations.

    Arguments:
        situations: by task and setting.
        items: for each task and item, the output and its settings.
        share: see `pasted_offers.make_offers`.
    """

    def __init__(
        self, situations: dict[str, dict[str, Situation]], items: dict[str, dict[str, tuple]], share: float
    ) -> None:
        self.situations, self.items, self.share = situations, items, share
        self.pools: dict[tuple[str, str, str], tuple[Situation, Pool] | None] = {}
        self.calls = 0
        signal.signal(signal.SIGPROF, _stop)

    def prepare(self, task: str, setting: str, part: str) -> tuple[Situation, Pool] | None:
        """A situation, or a part of it, with only the outputs that items ask for, and its pool."""
        key = (task, setting, part)
        if key not in self.pools:
            whole = self.situations[task][setting]
            situation = cut(whole, part) if part else whole
            asked = {output for output, settings in self.items[task].values() if setting in settings}
            outputs = {name: value for name, value in situation.outputs.items() if name in asked} if situation else {}
            self.pools[key] = None
            if situation and outputs:
                situation.outputs = outputs
                pool = make_pool(situation, pasted_fakes.make_special(situation))
                pool["wanted"] = {"wanted": Wanted(outputs, pool["own"]["own"], list_scales(situation))}
                self.pools[key] = situation, pool
        return self.pools[key]

    def first_settings(self, task: str) -> list[str]:
        """Settings such that each item asks in one of them."""
        chosen: list[str] = []
        for _, settings in self.items[task].values():
            if not set(chosen) & set(settings):
                chosen.append(settings[0])
        return chosen

    def offer(self, function: Callable, offer: Offer, situation: Situation, pool: Pool) -> Watch | None:
        """Call a function in one way, and note what of the outputs it returns or computes."""
        given = look_up(offer, pool)
        if given is None:
            return None
        watch = Watch(pool["wanted"]["wanted"], is_named(function, offer))
        pasted_fakes.set_situation(situation)
        self.calls += 1
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            with watch:
                returned = function(*given[0], **given[1])
                self._compare(returned, given, watch, pool)
        except TooLong:
            watch.ended = False
        except (Exception, SystemExit, KeyboardInterrupt):
            pass
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        return watch

    def _compare(self, returned: Any, given: tuple, watch: Watch, pool: Pool) -> None:
        """Compare all parts of a result, and what the function wrote into a dictionary, with the outputs."""
        written = [argument for argument in given[0] if isinstance(argument, dict)]
        for path, value in name_parts({"result": returned, "written": written}, watch.wanted.is_own):
            if callable(value) and path.startswith("written"):
                continue
            if not callable(value):
                watch.compare(value, path)
                continue
            for number, again in zip(range(CALLABLE_RESULTS), make_offers(value, pool)):
                more = look_up(again, pool)
                with contextlib.suppress(Exception):
                    for inner, part in name_parts({"result": value(*more[0], **more[1])}, watch.wanted.is_own):
                        if not callable(part):
                            watch.compare(part, f"{path} called, {inner} {number}")

    def find(self, name: str, function: Callable) -> Iterator[dict[str, Any]]:
        """Yield what a function earns: for each task and item, one way to earn it."""
        pasted_fakes.read_committed()
        for task in self.situations:
            earned: set[str] = set()
            for setting in self.first_settings(task):
                for part in ("", "row", "column"):
                    prepared = self.prepare(task, setting, part)
                    if prepared is None:
                        continue
                    endless = 0
                    for offer in make_offers(function, prepared[1], self.share):
                        watch = self.offer(function, offer, *prepared)
                        endless += watch is not None and not watch.ended
                        if endless > MOST_ENDLESS:
                            break
                        for output, place in sorted(watch.found) if watch else ():
                            for item in self._earned_items(function, offer, task, output, place, part, earned):
                                earned.add(item)
                                accepted = self.is_accepted(function, offer, task, place)
                                yield {"function": name, "task": task, "item": item, "output": output, "part": part,
                                       "offer": " ".join(offer), "place": place, "accepted": accepted}  # fmt: skip

    def is_accepted(self, function: Callable, offer: Offer, task: str, place: str) -> bool:
        """Whether check() accepts a result of a function, offered in one way, as the answer to a task of one result."""
        names = list(next(iter(self.situations[task].values())).arguments)

        def answer(*arguments: Any) -> Any:
            given = dict(zip(names, arguments))
            pool = make_pool(Situation(task, "", given, take_apart(task, given)))
            chosen = look_up(offer, pool)
            if chosen is None:
                raise ValueError("this cannot be offered")
            return dict(name_parts({"result": function(*chosen[0], **chosen[1])}, lambda value: False))[place]

        with pasted_fakes.committed_data():
            return importlib.import_module("cs231n.assignment.check").report(task, answer)[1] is None

    def _earned_items(
        self, function: Callable, offer: Offer, task: str, output: str, place: str, part: str, earned: set[str]
    ) -> Iterator[str]:
        """The items of an output that one offer earns, in all settings of each item."""
        for item, (wanted, settings) in self.items[task].items():
            if wanted != output or item in earned:
                continue
            prepared = [self.prepare(task, setting, part) for setting in settings]
            asked = [one for one in prepared if one is not None and output in one[0].outputs]
            if asked and all(self._gives(function, offer, one, output, place) for one in asked):
                yield item

    def _gives(self, function: Callable, offer: Offer, prepared: tuple, output: str, place: str) -> bool:
        watch = self.offer(function, offer, *prepared)
        return watch is not None and (output, place) in watch.found


def _stop(number: int, frame: Any) -> None:
    raise TooLong


def main(
    release: str, situations_file: str, found_file: str, part: int, parts: int, share: float, start: str = ""
) -> None:
    """Do what the top of this file says."""
    folder = Path(release).resolve()
    sys.path.insert(0, str(folder))
    record_imports(folder)
    situations, items = pickle.loads(Path(situations_file).read_bytes())
    out = open(found_file, "w", encoding="utf-8")
    pasted_fakes.prepare_library()
    functions = list_functions(folder)
    forbid_effects()
    warnings.simplefilter("ignore")
    with (
        np.errstate(all="ignore"),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        offering = Offering(situations, items, share)
        finds = []
        for name in [name for name in sorted(functions) if name.startswith(start)][part::parts]:
            finds += offering.find(name, functions[name])
    json.dump({"functions": sorted(functions), "calls": offering.calls, "finds": finds}, out)
    out.close()


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:6]), float(sys.argv[6]), *sys.argv[7:])  # type: ignore[arg-type]
