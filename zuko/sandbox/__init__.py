"""One sandbox: the frames of its protocol, its stream, its runs, and a conversation between two of them."""
