"""Tools for agents, by the Model Context Protocol: run code, judge by cases, list the languages.

    agent ── stdio ───────> zuko mcp ──> runner ──> executor, or client of a service
    agent ── HTTP /mcp ───> service ───> runner ──> executor

runner.py       where programs are run: here, or in a service
server.py       the tools: what they take, and what they raise
texts.py        descriptions for an agent
results.py      results as text, images and structured content, cut to what a context bears
progress.py     reports while a program runs, and its end when the agent cancels
http.py         the tools over HTTP: allowed hosts, sizes
stdio.py        the tools on standard input and output

Needs the SDK: `pip install 'zuko[mcp]'`.
"""
