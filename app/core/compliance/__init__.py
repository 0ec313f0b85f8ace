"""Rules for the final diff: built-in ones, the policy's own, and checkers of content.

Inside: pure functions from a change to rule results. Not inside: reading the change, weighing the
results against each other (that is the compliance gate).
"""
