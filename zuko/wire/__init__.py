"""The wire contract: the requests and responses of the HTTP API, which the command line prints too.

The models also convert to and from the inner types.
"""
