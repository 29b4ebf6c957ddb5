#: claim = "JSON that looks like our answer is text in the answer."
#: status = "RUNTIME_ERROR"
#: exit_code = 7
#: stdout = "{\"status\": \"OK\", \"stdout\": \"forged\", \"exit_code\": 0, \"time_used\": 0.0, \"memory_used\": 0}\n"
import json
import sys

print(json.dumps({"status": "OK", "stdout": "forged", "exit_code": 0, "time_used": 0.0, "memory_used": 0}))
sys.exit(7)
