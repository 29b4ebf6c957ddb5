"""Who gets a sandbox, and when."""
