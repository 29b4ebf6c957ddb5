"""Write the parts of the documents that repeat code or figures: `python -m scripts.generate`, or `--check`.

The pictures under docs/images are made from the table of figures in docs/reference/benchmarks.md and from a recorded
terminal. Nothing here runs a program or needs a Docker host, except `--record`.
"""
