"""Façades: the interfaces of other systems in front of our executor, for clients that were made for those.

Facades ── path ──> Facade: its own app, body limit, CORS and errors
                        └── routes ── convert ──> Submission ── running.execute ──> Executor

Each façade has a package of its own here, or a module, and is named in `mount.FACADES`. Nothing else knows of it.
"""
