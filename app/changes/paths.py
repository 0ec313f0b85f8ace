"""Paths as git stores them: bytes without quoting, made into text that survives JSON."""

_NOT_NAMES = frozenset({b"", b".", b".."})


def printable(path: bytes) -> str:
    r"""Decode a path; bytes that are not UTF-8 stand as `\xNN`, which marks the path as such."""
    return path.decode("utf-8", "backslashreplace")


def is_unsafe(path: bytes) -> bool:
    """Tell whether a path would leave a work tree or enter its `.git`; hosts refuse such pushes."""
    names = path.split(b"/")
    return any(name in _NOT_NAMES or name.lower() == b".git" for name in names)
