"""Run every measurement, or those named: `python -m tests.bench intake calls`."""

import sys

from tests.bench import canary, evaluation, intake, memory, reaction, watch

_ALL = {
    "intake": intake.beside_probot,
    "steady": intake.steady,
    "overhead": evaluation.overhead,
    "calls": evaluation.calls,
    "rate": evaluation.rate,
    "memory": memory.idle,
    "rollbacks": canary.rollbacks,
    "passes": canary.passes,
    "decision": canary.decision,
    "looks": watch.looks,
    "reactions": reaction.reactions,
}


def main() -> None:
    """Print one table a measurement."""
    for name in sys.argv[1:] or _ALL:
        print(f"\n== {name}")
        _ALL[name]()
        sys.stdout.flush()


main()
