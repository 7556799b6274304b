"""Names of students as a person types or copies them, from grades.csv for example."""

import unicodedata
from collections.abc import Iterable, Mapping

from ..reading.remarks import shown
from .grades_table import escape_formula


class TypedNames:
    """Finds the student that a typed name means.

    Arguments:
        students: the names of all students.
        codes: by student, the code that stands for the name where marking is anonymous.
    """

    def __init__(self, students: Iterable[str], codes: Mapping[str, str] | None = None) -> None:
        labels = {(codes or {}).get(student, student): student for student in students}
        self._plain = {student: student for student in labels.values()} | labels
        self._escaped = {escape_formula(label): student for label, student in self._plain.items()}

    def find(self, text: str) -> str:
        """Return the student whom a person means.

        Arguments:
            text: the name, the name as it stands in grades.csv, or the code.

        Raises:
            ValueError: if no student is called so, or if two may be meant.
        """
        text = unicodedata.normalize("NFC", text).strip()
        found = {names[text] for names in (self._plain, self._escaped) if text in names}
        if len(found) > 1:
            raise ValueError(f"{shown(text)} may be {' or '.join(map(shown, sorted(found)))}: rename one of the two")
        if not found:
            raise ValueError(f"there is no student {shown(text) or '(the name is empty)'}")
        return next(iter(found))

    def find_label(self, text: str, escaped: bool) -> str:
        """Return the student whom a file of the grader's own means: of two, the one that the file can mean.

        Arguments:
            text: the name or code.
            escaped: whether it stands there as in grades.csv.

        Raises:
            ValueError: as `find` does.
        """
        names = self._escaped if escaped else self._plain
        return names[text] if text in names else self.find(text)
