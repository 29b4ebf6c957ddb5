"""Entry points of AWS Lambda."""
