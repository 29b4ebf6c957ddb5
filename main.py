"""The app for ASGI servers: `uvicorn main:app`."""

from zuko.api.asgi import make_app

app = make_app()
