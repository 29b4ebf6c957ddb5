"""The Docker host: how it is reached, how a sandbox's container is made there, and its owner."""
