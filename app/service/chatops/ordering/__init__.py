"""Commands that wait for people before they act, and what they lend."""
