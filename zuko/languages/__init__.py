"""The languages: a table of rows, and what a row needs besides."""
