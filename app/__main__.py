"""`python -m app` is the command `gatewright`."""

from app.cli import main

if __name__ == "__main__":
    main()
