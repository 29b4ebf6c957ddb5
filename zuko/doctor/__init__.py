"""The doctor: looks at a deployment, and says of each part whether it is well and what to do."""
