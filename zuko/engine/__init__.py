"""The Docker host: the connection to it, the containers of sandboxes on it, and their owners."""
