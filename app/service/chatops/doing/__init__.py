"""What each command does: one function a command, looked up in `doers.py`."""
