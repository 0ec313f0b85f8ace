"""`gatewright demo`: the gates at work on this machine, from sandbox to record."""

from app.cli.demo.story import run_demo

__all__ = ["run_demo"]
