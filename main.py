"""The app for ASGI servers: `uvicorn main:app`."""

import logging
import os

from zuko.api.app import create_app
from zuko.settings import Settings
from zuko.telemetry.log import RepeatFilter

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
logging.getLogger("zuko.engine.host").addFilter(RepeatFilter())

for name in Settings.unknown(os.environ):
    logging.getLogger("zuko").warning("%s is no setting of Zuko's, and is ignored", name)

app = create_app(Settings.read())
