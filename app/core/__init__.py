"""Facts in, verdict out: no I/O, no clock, no randomness, no environment, no logging."""
