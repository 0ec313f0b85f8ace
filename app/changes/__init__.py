"""What changed, read with git's plumbing: mirrors, commits, trees, diffs and merge proofs.

Nothing here runs, checks out or configures itself by anything that a pull request contains.
"""
