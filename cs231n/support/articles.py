"""The article before the name of a type."""


def add_article(name: str) -> str:
    """Put "a" or "an" before the name of a type or exception, as it is spoken: an int, an ndarray, a uint8."""
    vowel = name[:1] in "aeioAEIOU" or name == "ndarray"
    return f"{'an' if vowel else 'a'} {name}"
