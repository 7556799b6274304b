"""Notes about data that an answer takes from elsewhere than its arguments, or keeps elsewhere than in them."""

from ..cases.recorded import Record
from .explanation import join_names


def has_outside_data(record: Record) -> bool:
    """Whether the numbers of an answer may depend on data that are no arguments. Then no mistake can be named."""
    return bool(record.names_read or record.defaults_used or record.names_kept)


def note_outside_data(record: Record) -> list[str]:
    """Note the data that a wrong answer does not get from its arguments: another cell may have left them behind."""
    return _note_names_read(record) + _note_defaults(record) + _note_names_kept(record)


def _note_names_read(record: Record) -> list[str]:
    if not record.names_read:
        return []
    names = join_names([f"{name} (there {text})" for name, text in record.names_read.items()])
    it, them = ("it", "it") if len(record.names_read) == 1 else ("they", "them")
    return [
        f"note  your function reads {names} from the notebook, not from its arguments. If {it} should depend on the "
        f"arguments, set {them} inside the function"
    ]


def _note_defaults(record: Record) -> list[str]:
    if not record.defaults_used:
        return []
    names = join_names([f"{name}, with the default {text}" for name, text in record.defaults_used.items()])
    an, it, them = ("an argument", "it", "it") if len(record.defaults_used) == 1 else ("arguments", "they", "them")
    return [
        f"note  your function has {an} of its own: {names}. Nothing else is ever handed over for {them}. If {it} "
        f"should depend on the other arguments, set {them} inside the function"
    ]


def _note_names_kept(record: Record) -> list[str]:
    if not record.names_kept:
        return []
    names, it = join_names(record.names_kept), "it" if len(record.names_kept) == 1 else "them"
    return [
        f"note  your function keeps {names} outside its arguments from one call to the next, so all layers and "
        f"parameters share {it}. What belongs to one of them has to be in its own dictionary, such as config or "
        "bn_param"
    ]
