"""What can be done, with GitHub's rules and the events that follow.

Each act changes the world and emits its events. REST endpoints, git pushes and the Python
control drive the same acts; the caller holds the world's lock.
"""
