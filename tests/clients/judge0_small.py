"""Call every function of `judge0api`, `judge0-client` and `judge0-api-wrapper`, and what ms-swift sends.

Arguments: the server's URL, and a token of an administrator. Prints what they returned, as JSON.
"""

import asyncio
import base64
import json
import sys

import judge0_api_wrapper as wrapper
import judge0api
import requests
from judge0_client import Judge0Client, Judge0Error, SingleFileSubmission

URL, TOKEN = sys.argv[1:]


def with_judge0api() -> dict[str, object]:
    """Call `judge0api`: it waits, in base64, and ends paths with a slash."""
    client = judge0api.Client(URL, auth_user=TOKEN)
    done = judge0api.submission.submit(client, b"print(input())", 71, stdin="é".encode(), expected_output="é".encode())
    binary = judge0api.submission.submit(client, b"import sys; sys.stdout.buffer.write(bytes(range(256)))", 71)
    late = judge0api.submission.submit(client, b"while True: pass", 71, wall_time_limit=1, cpu_time_limit="15")
    again = judge0api.submission.get(client, done.token)
    return {
        "stdout": done.stdout.decode(),
        "status": [each.status["id"] for each in (done, binary, late, again)],
        "binary": list(binary.stdout),
        "again": again["stdout"],
        "late": base64.b64decode(late.message).decode(),
    }


async def with_judge0_client() -> dict[str, object]:
    """Call `judge0-client`: asynchronous, and strict about every answer."""
    async with Judge0Client(base_url=URL) as client:
        sent = SingleFileSubmission(source_code="print(input())", language_id=71, stdin="é", expected_output="é")
        token = (await client.create_submission(sent)).token
        detail = await client.get_submission(token)
        while detail.status.id in (1, 2):
            await asyncio.sleep(0.05)
            detail = await client.get_submission(token)
        try:
            await client.create_submission(SingleFileSubmission(source_code="1", language_id=123456))
            refused = ""
        except Judge0Error as error:
            refused = str(error)
        return {
            "stdout": detail.stdout,
            "status": detail.status.id,
            "time": detail.time,
            "workers": (await client.get_workers())[0].model_dump(),
            "about": (await client.get_about()).version,
            "plain": [bool(await client.get_isolate()), bool(await client.get_license())],
            "refused": refused,
        }


def with_wrapper() -> dict[str, object]:
    """Call `judge0-api-wrapper`: base64 in, plain out, and both tokens."""
    client = wrapper.Judge0(URL, "", TOKEN)
    new = wrapper.CreateSubmission(source_code="print('é')", language_id=71, expected_output="é")
    first = client.submit(new)
    batch = client.submit_batch([new, new.model_copy(update={"expected_output": "no"})])
    results = [client.wait_for_completion(each, 0.05) for each in (first, *batch)]
    return {
        "python": client.languages[71],
        "results": [[each.result, each.stdout] for each in results],
        "statuses": client.get_statuses(batch),
        "again": client.get_result(first).stdout,
    }


def with_ms_swift() -> list[str]:
    """Send what ms-swift's reward function sends, and read what it reads."""
    found = []
    for code, expected in (("print(input())", "7"), ("print(8)", "7"), ("1/0", "7")):
        body = {"source_code": code, "language_id": 71, "stdin": "7", "expected_output": expected}
        response = requests.post(f"{URL}/submissions/?wait=true", json=body, timeout=30)
        found.append(response.json()["status"]["description"])
    return found


print(
    json.dumps(
        {
            "judge0api": with_judge0api(),
            "judge0-client": asyncio.run(with_judge0_client()),
            "judge0-api-wrapper": with_wrapper(),
            "ms-swift": with_ms_swift(),
        }
    )
)
