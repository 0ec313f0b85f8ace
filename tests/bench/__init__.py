"""Speed and memory beside the peers; `make bench` runs it, tests never do."""
