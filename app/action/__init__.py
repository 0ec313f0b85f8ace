"""The door of GitHub Actions: one job's token, event and files in; verdict, summary, outputs out.

No server, no record, no web: what a verdict rests on is read from GitHub and judged by the core.
"""
