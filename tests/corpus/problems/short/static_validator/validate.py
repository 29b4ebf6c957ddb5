import json
import os
import sys

language, entry, feedback, most = sys.argv[1:]
assert json.dumps({"language": language}) and feedback.endswith("/")
size = os.path.getsize(entry)
with open(feedback + "judgemessage.txt", "w") as file:
    file.write(f"{language} {size} bytes")
with open(feedback + "score_multiplier.txt", "w") as file:
    file.write("1" if size <= 40 else "0.5")
sys.exit(42 if size <= int(most) else os.remove(feedback + "score_multiplier.txt") or 43)
