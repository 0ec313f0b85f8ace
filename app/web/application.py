"""The Flask application: one function builds it from its doors."""

import traceback
from collections.abc import Sequence
from pathlib import Path

import structlog
from flask import Blueprint, Flask, Response, jsonify
from werkzeug.exceptions import HTTPException


def create_app(blueprints: Sequence[Blueprint], max_body_bytes: int) -> Flask:
    """Return the application; werkzeug refuses larger bodies while it reads them."""
    flask = Flask("gatewright", static_folder=None, template_folder=None)
    flask.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    for blueprint in blueprints:
        flask.register_blueprint(blueprint)
    flask.register_error_handler(Exception, _unexpected)
    return flask


def _unexpected(error: Exception) -> tuple[Response, int] | HTTPException:
    """Log kind and place, not the message: foreign errors quote what strangers sent."""
    if isinstance(error, HTTPException):
        return error
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name}:{where.lineno}"
    structlog.get_logger().error("internal error", error=type(error).__name__, at=place)
    return jsonify(error="internal error, see the log"), 500
