"""Workers and submitters in processes of their own, to be killed; and the record of what each of them has done.

submitter ── acknowledged ids ──> a file         killed once, and started again with the same keys
worker    ── claims, results  ──> a journal      killed every two seconds, and started again
Field     ── starts, kills, and compares the store with both
"""
