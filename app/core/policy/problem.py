"""The reason why a policy file cannot be used, as a value that can be judged and recorded."""

from dataclasses import dataclass

# The keys that lead to a place in the file.
Steps = tuple[str | int, ...]
Remark = tuple[Steps, str]


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """The first thing wrong in a policy file; `digest` is the SHA-256 of the file's bytes.

    Line and column count from 1 and are None where the whole file is meant.
    """

    path: str
    line: int | None
    column: int | None
    message: str
    digest: str
