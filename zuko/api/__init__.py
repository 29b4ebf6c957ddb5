"""The HTTP API: `create_app` makes it. The only package that imports fastapi."""
