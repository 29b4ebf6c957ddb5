#: claim = "Ends by a signal."
#: verdict = "RTE"
#: reason_contains = ["SIGSEGV"]
kill "SEGV", $$;
sleep 5;
