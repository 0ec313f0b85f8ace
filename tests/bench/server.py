"""The web role in a process of its own; prints its port."""

import sys

from app.logs import configure
from app.settings import load_settings
from app.web.serving import Listener
from app.wiring import Parts

settings = load_settings()
configure(settings.log_format)
parts = Parts.build(settings)
listener = Listener.open(parts.web(1), "127.0.0.1", 0, settings.web_threads)
sys.stdout.write(f"{listener.url.rpartition(':')[2]}\n")
sys.stdout.flush()
listener.run()
