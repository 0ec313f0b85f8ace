"""What `actions/run.sh` starts, isolated from the workspace."""

import os
import sys

from app.action.door import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], os.environ))
