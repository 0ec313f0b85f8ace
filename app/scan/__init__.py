"""Scanners of strangers' content: secrets in every commit, and the security of workflows.

A probable secret never leaves the process that found it, except as a keyed fingerprint.
"""
