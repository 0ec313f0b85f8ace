"""The Flask application: one function builds it from its doors."""

from collections.abc import Sequence

from flask import Blueprint, Flask


def create_app(blueprints: Sequence[Blueprint], max_body_bytes: int) -> Flask:
    """Return the application; werkzeug refuses larger bodies while it reads them."""
    flask = Flask("gatewright", static_folder=None, template_folder=None)
    flask.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    for blueprint in blueprints:
        flask.register_blueprint(blueprint)
    return flask
