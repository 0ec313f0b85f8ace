"""GitHub behind the ports, on PyGithub's requester: nothing of PyGithub leaves this package."""
