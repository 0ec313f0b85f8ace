"""Pages for people: everything that is put in is escaped, and nothing is loaded from anywhere."""

import secrets
from functools import cache
from typing import Any

from flask import Response
from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("app.web", "pages"), autoescape=True, undefined=StrictUndefined
    )


def page(
    template: str, /, status: int = 200, form_action: str = "'none'", **values: Any
) -> Response:
    """Return a page; its form leads to one place at most, and no address of ours leads back."""
    nonce = secrets.token_urlsafe(16)
    text = _environment().get_template(f"{template}.html").render(nonce=nonce, **values)
    answer = Response(text, status, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action {form_action}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    # An address may hold a token; nobody that a link leads to is told of it.
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer
