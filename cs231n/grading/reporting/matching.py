"""Finds a person in a list of people by what platforms say about them. It never guesses between two people."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence

# What tells two people apart, the surest first.
KEYS = ("platform_id", "sis_id", "login", "email", "id")
# What one platform calls a student's login may be the number on another one, and so on.
INTERCHANGEABLE = ("sis_id", "login", "email", "id")
Identity = Mapping[str, str]


def fold(text: str) -> str:
    """A text without differences of case, Unicode form and blanks.

    >>> fold(" Zoe\\u0308  M "), fold("zo\\u00eb m")
    ('zoë m', 'zoë m')
    """
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
    return re.sub(r"\s+", " ", text).strip()


def fold_name(name: str) -> str:
    """A person's name, folded, the first name first.

    >>> fold_name("Doe, Jane")
    'jane doe'
    """
    last, comma, first = name.partition(",")
    return fold(f"{first} {last}" if comma and first.strip() else name)


class People:
    """People among whom others are looked for.

    Arguments:
        identities: what is known of each of them.
    """

    def __init__(self, identities: Sequence[Identity]) -> None:
        self.identities = identities
        self._by_key: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, identity in enumerate(identities):
            for key, value in _values(identity):
                self._by_key[key, value].append(number)

    def find(self, identity: Identity) -> tuple[list[int], str]:
        """Find a person.

        The keys are tried from the surest to the least sure, and the name at last. Someone with another value for a
        surer key is another person, even if the name is the same.

        Arguments:
            identity: what is known of the person. If there is nothing but a name, it may also be a login, an e-mail
                address or a number, as the name of a folder may be.

        Returns:
            The numbers of those who may be meant, and the key of the identity that found them. If there are several,
            nobody can tell which is meant.
        """
        only_name = not any(identity.get(key) for key in KEYS)
        for rank, key in enumerate((*KEYS, "name")):
            value = identity.get(key) or (identity.get("name", "") if only_name else "")
            if not value:
                continue
            for pair in _list_places(key, value):
                found = [n for n in self._by_key.get(pair, []) if not self._contradicts(identity, n, KEYS[:rank])]
                if found:
                    return found, key if identity.get(key) else "name"
        return [], ""

    def _contradicts(self, identity: Identity, number: int, keys: Sequence[str]) -> bool:
        """Whether two identities have different values for one of these keys."""
        other = self.identities[number]
        pairs = [(fold(identity.get(key, "")), fold(other.get(key, ""))) for key in keys]
        return any(mine and its and mine != its for mine, its in pairs)


def _values(identity: Identity) -> list[tuple[str, str]]:
    """Where a person is found: keys and folded values that are not empty."""
    name = identity.get("name", "")
    pairs = [(key, fold(identity.get(key, ""))) for key in KEYS]
    return [(key, value) for key, value in [*pairs, ("name", fold_name(name)), ("letters", _squeeze(name))] if value]


def _list_places(key: str, value: str) -> list[tuple[str, str]]:
    """Where to look for a value, the surest place first."""
    if key == "name":
        return [("name", fold_name(value)), ("letters", fold(value))]
    others = [other for other in INTERCHANGEABLE if other != key] if key in INTERCHANGEABLE else []
    return [(place, fold(value)) for place in (key, *others)]


def _squeeze(name: str) -> str:
    """A name as Canvas writes it before the files: the last name first, nothing but letters and digits.

    >>> _squeeze("Jane O'Neil"), _squeeze("de Souza, Ana")
    ('oneiljane', 'desouzaana')
    """
    words = fold(name).split()
    ordered = name if "," in name else " ".join([*words[-1:], *words[:-1]])
    return "".join(letter for letter in fold(ordered) if letter.isalnum())
