"""The app for ASGI servers: `uvicorn main:app`."""

import logging

from zuko.api.app import create_app
from zuko.settings import Settings

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

app = create_app(Settings())
