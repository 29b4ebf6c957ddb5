"""Submissions that outlive their request: stored, queued, done by workers, and read by anyone who has the id.

    POST ──submit──> store ──claim──> worker ──> executor
    GET  <───get──── (the row is the job)  <─finish─┘
                       bell: who waits looks again

`model.py` has the states, `store.py` the port; `sqlite.py`, `postgres` and `aws` keep them. The store decides, in
one transaction each, who may do what; a bell only saves a wait, and may be missed.
"""
