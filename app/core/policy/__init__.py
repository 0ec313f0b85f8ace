"""The policy file: typed model, strict loading with line numbers, path matching."""
