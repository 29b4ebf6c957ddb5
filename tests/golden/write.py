"""Writes a .bin for each frame of frames.json that has none yet: `python tests/golden/write.py`.

A third reading of docker/init/protocol.h, on purpose without zuko.sandbox.protocol: bytes made by the code under
test would prove nothing. Files that exist are left alone, whatever is in them.
"""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LETTERS = {
    **{"file": "F", "keep": "K", "drop": "D", "input": "I", "run": "R", "talk": "i", "ping": "P", "warm": "W"},
    **{"over": "e", "stop": "S", "link": "L", "closed": "c", "linked": "l"},
    **{"hello": "H", "taken": "f", "output": "o", "result": "r", "pong": "p", "error": "E"},
    "warmed": "w",
    "errors": "q",
    "skipped": "s",
    **{"sleeps": "z", "works": "b"},
}


def number(value: int, size: int) -> bytes:
    return value.to_bytes(size, "little")


def raw(value: str | dict[str, str]) -> bytes:
    return value.encode() if isinstance(value, str) else bytes.fromhex(value["hex"])


def string(value: str | dict[str, str]) -> bytes:
    return number(len(raw(value)), 2) + raw(value)


def payload_of(frame: dict[str, Any]) -> bytes:  # noqa: PLR0911 - one return a type
    match frame["type"]:
        case "file" | "keep" | "taken":
            return number(frame["mode"], 2) + string(frame["name"]) + raw(frame["content"])
        case "run":
            bits = ("again", "interactive", "keep_taken", "send_taken", "linked", "merge", "collect", "streams")
            take = frame.get("take", [])
            strings = [*frame["argv"], *("=".join(pair) for pair in frame["env"]), *take]
            return (
                b"".join(number(frame[name] or 0, 4) for name in ("wall_time_ms", "cpu_time_ms"))
                + b"".join(number(frame[name], 4) for name in ("stdout_bytes", "stderr_bytes"))
                + bytes([frame["flush_signal"], sum(frame.get(flag, False) << bit for bit, flag in enumerate(bits))])
                + b"".join(number(len(each), 2) for each in (frame["argv"], frame["env"], take))
                + b"".join(number(frame.get(name, 0), 4) for name in ("stack_kb", "file_kb", "processes"))
                + number(frame.get("collect_bytes", 0), 4)
                + number(frame.get("collect_files", 0), 2)
                + b"".join(string(text) for text in strings)
            )
        case "hello":
            flags = [frame["cpu_source"], frame["filter_mode"], frame["counts_oom_kills"], frame["grade"]]
            return number(5, 2) + bytes(flags) + number(frame["uid"], 4) + string(frame["detail"])
        case "warm":
            strings = [frame["path"], *frame["argv"], *("=".join(pair) for pair in frame["env"])]
            counts = number(len(frame["argv"]), 2) + number(len(frame["env"]), 2)
            return counts + b"".join(string(text) for text in strings)
        case "skipped":
            return string(frame["why"]) + raw(frame["name"])
        case "link":
            return bytes([frame["side"]]) + raw(frame["name"])
        case "result":
            names = ("cause", "cpu_source", "stdout_truncated", "stderr_truncated", "again", "heard")
            exit_code = 2**32 - 1 if frame["exit_code"] is None else frame["exit_code"]
            return (
                bytes(frame[name] for name in names)
                + number(exit_code, 4)
                + number(frame["signal"] or 0, 4)
                + number(2**64 - 1 if frame["cpu_time_ns"] is None else frame["cpu_time_ns"], 8)
                + number(frame["wall_time_ns"], 8)
                + number(frame["peak_rss_bytes"] or 0, 8)
                + number(2**32 - 1 if frame["oom_kills"] is None else frame["oom_kills"], 4)
                + string(frame["detail"])
                + number(len(raw(frame["stdout"])), 4)
                + number(len(raw(frame["stderr"])), 4)
                + raw(frame["stdout"])
                + raw(frame["stderr"])
            )
        case _:
            return raw(frame.get("payload", ""))


def main() -> None:
    described = json.loads((HERE / "frames.json").read_text())
    for name, frame in (described["requests"] | described["replies"]).items():
        path = HERE / f"{name}.bin"
        if not path.exists():
            payload = payload_of(frame)
            path.write_bytes(LETTERS[frame["type"]].encode() + number(len(payload), 4) + payload)


if __name__ == "__main__":
    main()
