"""The command line, `zuko`: `main.main` is its entry point. The only package that imports click and rich.

main ── run, judge, verify, score      one module a command; each is imported when it is called
         │
         ├── session.py                the executor of a command, and what a signal does
         ├── sources.py                files of a submission
         └── failures.py, figures.py   what people are told
"""
