"""DORA metrics: the golden cases, every trap, laws, and a second opinion in SQL."""
