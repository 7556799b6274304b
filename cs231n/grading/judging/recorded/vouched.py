"""Vouches for a record that comes from the box: what it says may be shown on a page.

Code of the student's ran beside the recorder. It may have put anything that the box holds into a text of the record:
the message of an exception, the name of a class, a key of a dictionary. So only a text is kept that the student has
handed in, or that is public: a name of Python's, NumPy's or the course's, or a message that Python or NumPy has for
everybody. Anything else is replaced by a neutral word.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from ....assignment.actions import TASKS
from ....assignment.cases.recorded import NOT_RUN, Call, Calls, Odd, Parts, Raised, Record, RecordedCalls
from ....assignment.saving.installed import FORWARD_OF, explain_misfit
from ....assignment.saving.stubs import DoesNotFit
from .known_messages import PLACES, list_patterns
from .public_names import EXCEPTIONS, KEYS, LIBRARY_CALLS, NAMES, TYPES

IDENTIFIER = re.compile(r"[^\W\d]\w*")
QUOTED = re.compile(r"""'([^'\n\\]{1,150})'|"([^"\n\\]{1,150})\"""")
ORDERS = re.compile(
    r"entries \d and \d of the cache exchanged|entry \d of the cache moved to place \d"
    r"|entries \d and \d, and also \d and \d, of the cache exchanged"
    r"|the entries of the cache in the order \d(?:, \d){1,9}"
)
VALUE = re.compile(r"-?\d{1,17}(?:\.\d{1,17})?(?:e[+-]?\d{1,3})?|-?inf|nan|None|True|False")
ARRAY = re.compile(rf"an array of shape {PLACES['shape']}")
SHORT_DTYPE = re.compile(r"[a-zA-Z]\d{0,3}")  # as in <U1
ODD_DTYPE = re.compile(r"complex\d{2,3}|clongdouble|object|(?:str|bytes|void)\d{0,5}|(?:datetime|timedelta)64")
MAX_NAMES = 8  # more names of one kind, messages, or keys that are no usual ones, are left out
TOO_LARGE = 10**9  # a whole number, written in full, could hold a text
SOMETHING = "something"  # in place of a name
OBJECT = "object"  # in place of the name of a type


def vouch(record: Record, words: Collection[str], lines: Collection[str]) -> Record:
    """Return the record with all texts replaced that nobody vouches for.

    Arguments:
        record: a record that `read_records` read.
        words: the names and short strings that stand in the student's submission.
        lines: the submission's lines of code, without the white space around them.
    """
    return _Voucher(words, lines).vouch_record(record)


def vouch_calls(calls: Calls, words: Collection[str], lines: Collection[str]) -> Calls:
    """Return calls, such as those of the probes, with all texts replaced that nobody vouches for, as `vouch` does."""
    return _Voucher(words, lines).vouch_calls(calls)


class _Voucher:
    """Replaces texts. The arguments are those of `vouch`."""

    def __init__(self, words: Collection[str], lines: Collection[str]) -> None:
        self.words, self.lines = words, lines

    def vouch_record(self, record: Record) -> Record:
        return Record(
            record.task,
            calls=self.vouch_calls(record.calls),
            points=record.points,
            forward=record.forward and self.vouch_record(record.forward),
            own=self.vouch_calls(record.own),
            reordered=self.vouch_calls({how: call for how, call in record.reordered.items() if ORDERS.fullmatch(how)}),
            names_read=self._vouch_values(record.names_read),
            names_kept=list(dict.fromkeys(map(self._vouch_name, record.names_kept)))[:MAX_NAMES],
            defaults_used=self._vouch_values(record.defaults_used),
            library_calls=[name for name in LIBRARY_CALLS if name in record.library_calls],
            has_return=record.has_return,
            printed=record.printed,
        )

    def vouch_calls(self, calls: Calls) -> Calls:
        vouched = RecordedCalls({name: self._vouch_call(call) for name, call in calls.items()})
        said = dict.fromkeys(call.raised.message for call in vouched.values() if call.raised)
        for call in vouched.values():
            if call.raised and call.raised.message in list(said)[MAX_NAMES:]:
                call.raised = replace(call.raised, message="")
        return vouched

    def _vouch_call(self, call: Call) -> Call:
        returned, kept = self._vouch_value(call.returned), self._vouch_items(call.kept)
        return replace(call, returned=returned, kept=kept, raised=call.raised and self._vouch_raised(call.raised))

    # --- what a call returned -------------------------------------------------------------------------

    def _vouch_value(self, value: Any) -> Any:
        if isinstance(value, Parts):
            return Parts(value.type_name, self._vouch_items(value.items))
        if isinstance(value, Odd):
            dtype = value.dtype if not value.dtype or ODD_DTYPE.fullmatch(value.dtype) else OBJECT
            return Odd(self._vouch_type(value.type_name), dtype)
        return Odd("int") if type(value) is int and abs(value) >= TOO_LARGE else value

    def _vouch_items(self, items: dict[Any, Any]) -> dict[Any, Any]:
        """Replace the keys that nobody vouches for. Of the others, only a few are kept besides the usual ones."""
        unusual = [key for key in items if not (key in KEYS or type(key) is int and 0 <= key < len(items))]
        left_out = {key for key in unusual if not self._is_key(key)} | set(unusual[MAX_NAMES:])
        return {f"<{OBJECT}>" if key in left_out else key: self._vouch_value(value) for key, value in items.items()}

    def _is_key(self, key: str | int) -> bool:
        return abs(key) < 10**7 if isinstance(key, int) else self._is_name(key.strip("<>")) or key in self.words

    # --- names and short descriptions -----------------------------------------------------------------

    def _is_name(self, name: str) -> bool:
        """Whether every part of a name with dots in it is a word of the student's, or is public."""
        parts = name.replace("<locals>", "object").replace("<lambda>", "object").split(".")
        return all(part in self.words or part in NAMES for part in parts)

    def _vouch_name(self, name: str) -> str:
        return name if self._is_name(name) else SOMETHING

    def _vouch_type(self, name: str) -> str:
        return name if name in TYPES or name in self.words else OBJECT

    def _vouch_values(self, described: dict[str, str]) -> dict[str, str]:
        """Vouch for names and the descriptions of their values, as in ``names_read``."""
        pairs = list(described.items())[:MAX_NAMES]
        return {self._vouch_name(name): self._vouch_description(text) for name, text in pairs}

    def _vouch_description(self, text: str) -> str:
        """Vouch for a short description of a value, as `names_used.describe_value` writes it."""
        if VALUE.fullmatch(text) or ARRAY.fullmatch(text) or (text[:1] in "'\"" and text[1:-1] in self.words):
            return text
        article, _, name = text.partition(" ")
        return text if article in ("a", "an") and self._vouch_type(name) == name else f"an {OBJECT}"

    # --- exceptions -----------------------------------------------------------------------------------

    def _vouch_raised(self, raised: Raised) -> Raised:
        if raised.kind == NOT_RUN.kind:
            return NOT_RUN
        if raised.kind == DoesNotFit.__name__:
            return _vouch_misfit(raised)
        kind = raised.kind if raised.kind in EXCEPTIONS or raised.kind in self.words else "Exception"
        line = raised.line if raised.line in self.lines else ""
        name = raised.name if self._is_name(raised.name) else ""
        return Raised(kind, self._vouch_message(raised), line, name, raised.is_stub)

    def _vouch_message(self, raised: Raised) -> str:
        """Keep a message that Python or NumPy has for everybody, or that stands in the submission."""
        message = raised.message
        if message in self.words or (raised.kind == "KeyError" and self._fits("key", message)):
            return message
        for pattern in list_patterns():
            found = pattern.expression.fullmatch(message)
            if found and all(map(self._fits, pattern.kinds, found.groups())):
                return (
                    message[: found.start(len(pattern.kinds))].rstrip(" ,;:(") if "rest" in pattern.kinds else message
                )
        return ""

    def _fits(self, kind: str, text: str) -> bool:
        """Whether the part of a message that stands at a place of some kind, see `PLACES`, may be shown."""
        check: Callable[[str], bool] = {
            "name": self._is_name,
            "names": self._are_names,
            "argument": self._are_names,
            "dtype": self._are_dtypes,
            "dtypes": self._are_dtypes,
            "text": self._is_key_in_words,
            "key": self._is_key_in_words,
        }.get(kind, lambda text: True)
        return check(text)

    def _is_key_in_words(self, text: str) -> bool:
        """Whether a text, perhaps in quotation marks, is a word, a name or a small number."""
        plain = text.strip("'\"")
        return plain in self.words or self._is_name(plain) or _is_short(plain)

    def _are_dtypes(self, text: str) -> bool:
        return all(SHORT_DTYPE.fullmatch(word) or self._is_name(word) for word in IDENTIFIER.findall(text))

    def _are_names(self, text: str) -> bool:
        return all(map(self._is_name, IDENTIFIER.findall(text)))


def _is_short(text: str) -> bool:
    """Whether a text is a small number, or a tuple of some."""
    return re.fullmatch(r"-?\d{1,7}|\((?:\d{1,5}(?:, )?){0,4}\)", text, re.ASCII) is not None


def _vouch_misfit(raised: Raised) -> Raised:
    """Vouch for the exception of an answer that does not fit another one: the course writes its message itself."""
    if raised.name not in FORWARD_OF:
        return Raised("NotImplementedError", "", is_stub=raised.is_stub)
    message = f"task {TASKS[raised.name].number}, {raised.name}: {explain_misfit(raised.name)}"
    return Raised(raised.kind, message, "", raised.name, raised.is_stub)
