"""The command line, `zuko`: `main.main` is its entry point. The only package that imports click and rich.

main ── run, judge, verify, score, serve, images    one module a command; each is imported when it is called
         │
         ├── session.py, judging.py          the executor of a command, and what a signal does
         ├── sources.py, solutions.py        read programs and packages
         ├── progress.py                     how builds are shown
         └── failures, figures, printable, report.py    messages and tables
"""
