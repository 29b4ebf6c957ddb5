"""The HTTP API, made by `create_app`. The only package that imports fastapi."""
