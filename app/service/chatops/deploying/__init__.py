"""Deployments: looked at, brought forward, shown, and taken back."""
