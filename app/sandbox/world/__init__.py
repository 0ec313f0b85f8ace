"""What exists in the sandbox: accounts, apps, repositories and all that hangs on them.

Plain mutable records without behaviour of GitHub's; the rules are in `app.sandbox.acts`.
"""
