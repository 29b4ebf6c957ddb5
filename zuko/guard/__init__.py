"""A guard in front of the Docker socket: it lets through the calls that Zuko makes, and no others.

    service ──unix socket──> zuko guard ──/var/run/docker.sock──> engine

Anyone who has the Docker socket is root on its host. Behind the guard, a service that was taken over can make
sandboxes, as strict as ours are, and end them; it can neither make another container nor reach one.

creation.py  what a container may be made of; pure
rules.py     which calls pass, and what the engine is sent instead; pure
proxy.py     connections, and which containers are sandboxes

The engine never reads what a client wrote. A call is parsed, checked against what is allowed (anything else is refused,
not what is known to be dangerous), and written again: so no trick of spelling, encoding or framing reaches the engine.
Each connection carries one call. The exception is the stream of a sandbox's input and output, after the engine has
agreed to it.
"""
