"""What is observed while programs run: logs."""
