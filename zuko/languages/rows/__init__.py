"""The rows of the table of languages, a module for each family."""
