"""One sandbox: the frames that are spoken with it, its stream, its runs, and two of them in conversation."""
