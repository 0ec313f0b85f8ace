"""All groups of control methods together."""

from app.sandbox.control.accounts import AccountControls
from app.sandbox.control.apps import AppControls
from app.sandbox.control.checking import CheckControls
from app.sandbox.control.code import CodeControls
from app.sandbox.control.deploying import DeployControls
from app.sandbox.control.talk import TalkControls
from app.sandbox.control.weather import WeatherControls


class EveryControl(
    AccountControls,
    AppControls,
    CodeControls,
    TalkControls,
    CheckControls,
    DeployControls,
    WeatherControls,
):
    """Everything that can be done to a sandbox from outside GitHub's API."""
