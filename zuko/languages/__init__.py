"""The languages: a table with a row for each, and code that single rows need."""
