"""A GitHub in a box, on the loopback, for demonstrations, tests and authors of policies.

REST API, git over HTTP and signed webhooks over real repositories on disk; everything else is in
memory and gone at the end. Nothing of the product is imported here, and the product never imports
this. What GitHub does that this does not is listed in `README.md` of this folder.
"""
