"""The wire contract: what requests and answers look like, for the HTTP API and the command line alike.

Conversion to and from the inner types lives here too.
"""
