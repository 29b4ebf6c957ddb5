--: claim = "Ends by a signal."
--: verdict = "RTE"
--: reason_contains = ["SIGSEGV"]
-- sh starts the command, so its parent is this program.
os.execute("kill -SEGV $PPID")
os.execute("sleep 5")
