"""Sources of sandboxes: which submission gets one, and when."""
