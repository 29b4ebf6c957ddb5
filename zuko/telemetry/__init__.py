"""Telemetry: the log, the id of the request being served, and figures. None of it holds code, input or output."""
