"""The hands that move the sandbox from outside GitHub's API: Python methods by topic.

Each module is one group of methods of `app.sandbox.box.Sandbox`; names may stand for objects.
"""
