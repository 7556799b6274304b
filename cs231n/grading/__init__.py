"""The tools of instructors and maintainers. A release for students does not contain this folder."""

import sys

# Pretend that rfc3987_syntax is not installed. nbformat reads notebooks with jsonschema, which would use the module to
# build a grammar of web addresses. That takes a second, and our notebooks contain no fields that need it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
