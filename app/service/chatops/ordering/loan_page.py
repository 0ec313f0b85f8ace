"""What people read about a gate that was lent."""

from app.core.deploy.loans import Loan
from app.core.text import code_span, markdown, quoted
from app.store.loans import Kept


def due(lent: Kept) -> str:
    """Say that the use of a loan has to be reviewed."""
    loan = lent.loan
    return (
        f"The gate {quoted(loan.gate)} was lent to {code_span(lent.used_by or '')} by "
        f"{quoted(loan.by)}, ticket {quoted(loan.ticket)}. Somebody else at L4 has to look: "
        f"{code_span(f'/review {loan.id}')} (`review_due`)."
    )


def shown(loan: Loan) -> str:
    """Say in a line which gate is lent, by whom, until when and why."""
    return (
        f"{quoted(loan.gate)} by {quoted(loan.by)} until {loan.until:%Y-%m-%d %H:%M} UTC "
        f"({code_span(loan.id)}, {quoted(loan.ticket)}: {markdown(loan.reason)})"
    )
