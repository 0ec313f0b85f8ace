"""The HTTP door: Flask, the webhook intake, health and metrics. Flask stays in this package."""
