"""Parts, problems, webhooks, workers and the purge."""

import time
from dataclasses import replace
from typing import Any

import pytest

from tests.harness.store_claims.values import (
    Stores,
    WithStores,
    claim_one,
    done,
    new_submission,
    submit_all,
    submit_one,
)
from zuko.submissions.model import (
    Event,
    Filter,
    NewProblem,
    Outbox,
    ProblemFile,
    ProblemRef,
    State,
    StoredRequest,
    WorkerInfo,
)
from zuko.submissions.parts import digest
from zuko.submissions.store import Store

URL = "https://example.org/hook"
KEEP = {"keep_s": 3600.0, "keep_events_s": 3600.0}
NOTHING = {"keep_s": 0.0, "keep_events_s": 0.0}


def problem(name: str = "sum", **changes: Any) -> NewProblem:
    files = (ProblemFile("problem.yaml", digest(b"1"), 1), ProblemFile("data/1.in", digest(b"22"), 2, 0o755))
    plain = NewProblem("", name, "Sum", "2023-07", ("c", "python"), 3, ("a note",), files, '{"scored":true}')
    return replace(plain, **changes)


class ContentClaims(WithStores):
    hook_lease_s = 0.05  # a store that takes long for a request may make it more

    def test_parts_are_stored_by_their_hash(self, stores: Stores) -> None:
        store = stores()
        parts = {digest(content): content for content in (b"", b"\x00\xff" * 1000, "é".encode())}
        assert store.missing_parts(parts) == set(parts)
        assert store.missing_parts([]) == set()
        store.put_parts(parts)
        store.put_parts(parts)
        store.put_parts({})
        assert store.missing_parts([*parts, "f" * 64]) == {"f" * 64}
        for name, content in parts.items():
            assert stores().get_part(name) == content
        assert store.get_part("f" * 64) is None

    def test_a_large_part(self, store: Store) -> None:
        content = bytes(range(256)) * (40 << 10)  # 10 MiB
        store.put_parts({digest(content): content})
        assert store.get_part(digest(content)) == content

    def test_versions_of_a_problem_never_change(self, store: Store) -> None:
        first = store.put_problem(problem())
        assert first.ref == ProblemRef("sum", 1)
        assert (first.title, first.languages, first.cases, first.notes) == ("Sum", ("c", "python"), 3, ("a note",))
        assert (first.size_bytes, first.details) == (3, '{"scored":true}')
        assert store.put_problem(problem()) == first
        other = problem(files=(ProblemFile("problem.yaml", digest(b"2"), 1),))
        second = store.put_problem(other)
        assert second.ref.version == 2
        assert store.put_problem(problem()).ref.version == 3  # as the first, but not the newest
        assert store.get_problem("", "sum", 1) == first
        assert store.get_problem("", "sum") == store.get_problem("", "sum", 3)
        assert store.get_problem("", "sum", 4) is None
        assert [each.ref.version for each in store.problem_versions("", "sum")] == [3, 2, 1]
        files = store.problem_files("", first.ref)
        assert files is not None
        assert sorted(files, key=lambda file: file.path) == sorted(problem().files, key=lambda file: file.path)
        assert store.problem_files("", ProblemRef("sum", 9)) is None

    def test_problems_are_listed_by_name(self, store: Store) -> None:
        for each in (problem("b"), problem("a"), problem("b", files=()), problem("c", tenant="other")):
            store.put_problem(each)
        assert [str(each.ref) for each in store.list_problems("")] == ["a@1", "b@2"]
        assert [str(each.ref) for each in store.list_problems("other")] == ["c@1"]
        assert store.get_problem("", "c") is None
        assert store.problem_versions("", "c") == []
        assert store.problem_files("", ProblemRef("b", 2)) == ()

    def test_a_number_is_not_given_again(self, store: Store) -> None:
        """A submission names a version: after a deletion it must not mean something else."""
        store.put_problem(problem())
        assert not store.delete_problem("other", "sum")
        assert store.delete_problem("", "sum")
        assert not store.delete_problem("", "sum")
        assert store.get_problem("", "sum") is None
        assert store.list_problems("") == []
        assert store.put_problem(problem()).ref.version == 2

    def test_an_end_makes_the_webhook_due(self, store: Store) -> None:
        submit_one(store)
        store.finish(claim_one(store).hold, State.DONE, result="{}")
        assert store.due_hooks(5, 10) == []
        ended = done(store, tenant="a", webhook=URL)
        (hook,) = store.due_hooks(5, self.hook_lease_s)
        assert (hook.id, hook.tenant, hook.attempt, hook.url, hook.tries) == (ended, "a", 1, URL, 0)
        assert store.due_hooks(5, 10) == []  # another process has it
        time.sleep(self.hook_lease_s + 0.15)
        (again,) = store.due_hooks(5, 10)
        assert again == hook  # and has lost it
        store.hook_delivered(again)
        found = store.get("a", ended)
        assert found is not None
        assert found.webhook is not None
        assert (found.webhook.state, found.webhook.tries, found.webhook.due_at) == ("delivered", 1, None)
        time.sleep(0.05)
        assert store.due_hooks(5, 10) == []

    def test_callbacks_of_a_facade_have_an_outbox_of_their_own(self, store: Store) -> None:
        """A process without the façade leaves them to one that has it."""
        webhook, callback = done(store, webhook=URL), done(store, webhook=f"judge0+x+{URL}")
        assert [hook.id for hook in store.due_hooks(5, 10, outbox=Outbox.WEBHOOKS)] == [webhook]
        assert [hook.id for hook in store.due_hooks(5, 10, outbox=Outbox.CALLBACKS)] == [callback]
        assert store.resend_hook("", callback)
        assert [hook.id for hook in store.due_hooks(5, 10, outbox=Outbox.WEBHOOKS)] == []
        assert [hook.id for hook in store.due_hooks(5, 10)] == [callback]

    def test_a_webhook_of_a_cancelled_one(self, store: Store) -> None:
        submission_id = submit_one(store, webhook=URL)
        store.cancel("", submission_id)
        (hook,) = store.due_hooks(5, 10)
        assert (hook.id, hook.attempt) == (submission_id, 0)

    def test_failed_tries_are_counted_until_it_is_undelivered(self, store: Store) -> None:
        ended = done(store, webhook=URL)
        (hook,) = store.due_hooks(1, 10)
        store.hook_failed(hook, "503", 0.05)
        found = store.get("", ended)
        assert found is not None
        assert found.webhook is not None
        assert (found.webhook.state, found.webhook.tries, found.webhook.error) == ("due", 1, "503")
        assert found.webhook.due_at is not None
        time.sleep(0.2)
        (again,) = store.due_hooks(1, 10)
        assert again == replace(hook, tries=1)
        store.hook_failed(hook, "late", 0)  # its lease is another's
        store.hook_failed(again, "refused", None)
        assert store.due_hooks(5, 10) == []
        assert [each.id for each in store.list("", Filter(webhook_state="undelivered"), limit=5).submissions] == [ended]
        assert store.resend_hook("", ended)
        (resent,) = store.due_hooks(5, 10)
        assert (resent.id, resent.tries) == (ended, 0)

    def test_there_is_nothing_to_resend_before_the_end(self, store: Store) -> None:
        assert not store.resend_hook("", submit_one(store, webhook=URL))
        store.finish(claim_one(store).hold, State.DONE, result="{}")
        assert not store.resend_hook("", done(store))

    def test_usage_is_what_a_tenant_has(self, store: Store) -> None:
        assert store.usage("") == 0
        files = (ProblemFile("a", digest(b"a" * 2000), 2000), ProblemFile("b", digest(b"a" * 2000), 2000))
        store.put_parts({files[0].digest: b"a" * 2000})
        store.put_problem(NewProblem("", "sum", "Sum", "legacy", (), 1, (), files))
        problems = store.usage("")
        assert problems in (2000, 4000)  # once, or for each name
        submission_id = done(store, request=StoredRequest('"ä"', ((("code",), files[0].digest),)))
        assert store.usage("") - problems in (0, len('"ä"'.encode()) + len('{"status":"OK"}'))
        store.remove("", submission_id)
        store.delete_problem("", "sum")
        assert store.usage("") == 0

    def test_hooks_are_shared_out(self, stores: Stores) -> None:
        store, other = stores(), stores()
        ended = {done(store, webhook=URL) for _ in range(4)}
        first = store.due_hooks(3, 10)
        assert len(first) == 3
        assert {hook.id for hook in [*first, *other.due_hooks(3, 10)]} == ended

    def test_hooks_of_a_tenant_wait_for_those_of_no_other(self, store: Store) -> None:
        of_many = [done(store, tenant="a", webhook=URL) for _ in range(6)]
        of_one = done(store, tenant="b", webhook=URL)
        hooks = store.due_hooks(4, 60)
        assert sorted(hook.tenant for hook in hooks) == ["a", "a", "a", "b"]
        assert {hook.id for hook in hooks} == {*of_many[:3], of_one}  # the oldest first
        assert store.due_hooks(4, 60, busy={"a": 3}, tenant_max=3) == []
        assert [hook.tenant for hook in store.due_hooks(4, 60, busy={"a": 3}, tenant_max=5)] == ["a", "a"]

    def test_a_judging_again_has_its_own_webhook(self, store: Store) -> None:
        ended = done(store, webhook=URL)
        store.hook_delivered(store.due_hooks(1, 10)[0])
        store.rejudge("", Filter())
        found = store.get("", ended)
        assert found is not None
        assert found.webhook is not None
        assert found.webhook.state == "waiting"
        store.finish(claim_one(store).hold, State.DONE, result="{}")
        (hook,) = store.due_hooks(1, 10)
        assert (hook.attempt, hook.tries) == (2, 0)

    def test_a_delivery_of_a_former_end_is_not_one_of_the_next(self, store: Store) -> None:
        """A cancellation in the queue is of the attempt before it."""
        ended = done(store, webhook=URL)
        (hook,) = store.due_hooks(1, 10)
        store.rejudge("", Filter())
        store.cancel("", ended)
        store.hook_delivered(hook)
        (cancelled,) = store.due_hooks(5, 10)
        assert cancelled == hook

    def test_purge_removes_what_has_ended_long_ago(self, store: Store) -> None:
        ended, waiting = done(store), submit_one(store)
        assert store.purge(**KEEP) == 0
        assert store.get("", ended) is not None
        time.sleep(0.05)
        assert store.purge(**NOTHING) == 1
        assert store.get("", ended) is None
        assert store.get("", waiting) is not None
        assert store.purge(**NOTHING) == 0

    def test_purge_waits_for_a_webhook(self, store: Store) -> None:
        ended = done(store, webhook=URL)
        time.sleep(0.05)
        assert store.purge(**NOTHING) == 0
        store.hook_failed(store.due_hooks(1, 10)[0], "refused", None)
        assert store.purge(**NOTHING) == 1
        assert store.get("", ended) is None

    def test_events_go_before_their_submission(self, store: Store) -> None:
        submission_id = submit_one(store)
        hold = claim_one(store).hold
        store.add_events(hold, [Event(1, 1, "{}")])
        time.sleep(0.05)
        store.purge(keep_s=3600, keep_events_s=0)
        assert store.events(submission_id, (0, 0)) == [Event(1, 1, "{}")]  # it has not ended
        store.finish(hold, State.DONE, result="{}")
        time.sleep(0.05)
        store.purge(**KEEP)
        assert store.events(submission_id, (0, 0)) == [Event(1, 1, "{}")]
        store.purge(keep_s=3600, keep_events_s=0)
        assert store.events(submission_id, (0, 0)) == []
        assert store.get("", submission_id) is not None

    def test_parts_go_with_the_last_that_uses_them(self, stores: Stores) -> None:
        store = stores(keep_part_s=0.0)
        shared, own, files, lonely = (digest(content) for content in (b"s", b"o", b"f", b"l"))
        store.put_parts({shared: b"s", own: b"o", files: b"f", lonely: b"l"})
        both = StoredRequest("{}", ((("a",), shared), (("b",), own), (("c",), own)))
        first = done(store, request=both)
        submit_all(store, [new_submission(request=StoredRequest("{}", ((("a",), shared),)))])
        store.put_problem(problem(files=(ProblemFile("f", files, 1),)))
        time.sleep(0.05)
        store.purge(**KEEP)
        assert store.missing_parts([shared, own, files, lonely]) == {lonely}
        assert store.remove("", first)
        time.sleep(0.05)
        store.purge(**KEEP)
        assert store.missing_parts([shared, own, files]) == {own}
        store.delete_problem("", "sum")
        store.finish(claim_one(store).hold, State.DONE, result="{}")
        time.sleep(0.05)
        store.purge(**NOTHING)
        assert store.missing_parts([shared, files]) == {shared, files}

    def test_a_part_that_was_asked_for_is_kept_for_a_while(self, store: Store) -> None:
        store.put_parts({digest(b"1"): b"1"})
        assert store.missing_parts([digest(b"1")]) == set()
        store.purge(**NOTHING)
        assert store.missing_parts([digest(b"1")]) == set()

    @pytest.mark.parametrize("factor", [None, 1.25])
    def test_workers_are_those_that_report(self, stores: Stores, factor: float | None) -> None:
        store = stores()
        worker = WorkerInfo("host-1-a", "host", 4, ("c", "python"), factor, "1.0", draining=False)
        store.beat(worker)
        store.beat(replace(worker, name="host-2-b", languages=()))
        store.beat(replace(worker, draining=True))
        first, second = stores().workers()
        assert first == replace(worker, draining=True, seen_at=first.seen_at)
        assert first.seen_at is not None
        assert abs(first.seen_at - time.time()) < 60
        assert (second.name, second.languages) == ("host-2-b", ())
        store.leave("host-1-a")
        assert [each.name for each in store.workers()] == ["host-2-b"]
