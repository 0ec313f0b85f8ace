"""Where a repository keeps its policy, and how large the file may be."""

POLICY_PATHS = (".github/gatewright.yml", ".github/gatewright.yaml")
POLICY_LIMIT = 256 << 10
