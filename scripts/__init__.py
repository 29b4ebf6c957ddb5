"""Scripts that make calls. Those in `generate/` write parts of the documents."""
