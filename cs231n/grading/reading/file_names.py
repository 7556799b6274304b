"""Names of files that every system can hold, made from names that people and learning platforms choose."""

import hashlib
import re

MAX_NAME_BYTES = 150
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*~\ud800-\udfff]|[. ]$')  # Windows forbids most; ~ is ours
RESERVED = re.compile(  # the last part: files of the grader's own lie beside the students' folders
    r"[. ].*|(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?|.*\.(?:csv|html|json|md)", re.I | re.S
)


def file_name_of(student: str) -> str:
    """A student's name as the name of a file that every system can hold. Different students get different names.

    A name that will not do is changed and gets a ``~`` and a hash: one that is too long, ends in a dot, begins with
    one (the file would be hidden), has a meaning on Windows, or holds a character that some system refuses.

    >>> file_name_of("Zoë Müller"), file_name_of("../x")
    ('Zoë Müller', '_.._x~d6b96a97d1')
    """
    name = FORBIDDEN.sub("_", student)
    too_long = len(name.encode("utf-8", "replace")) > MAX_NAME_BYTES
    if name == student and name and not too_long and not RESERVED.fullmatch(name):
        return name
    name = name.encode("utf-8", "replace")[:MAX_NAME_BYTES].decode("utf-8", "ignore")
    name = f"_{name}" if RESERVED.fullmatch(name) else name
    return f"{name}~{hashlib.sha256(student.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
