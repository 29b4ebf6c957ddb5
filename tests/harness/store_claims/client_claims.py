"""The claims for clients: submit, read, list, cancel, remove, rejudge."""

import threading
import time

import pytest

from tests.harness.store_claims.values import (
    MANY,
    Stores,
    WithStores,
    claim_one,
    done,
    new_submission,
    state_of,
    submit_all,
    submit_one,
)
from zuko.errors import CursorError, KeyConflictError, QueueFullError
from zuko.submissions.model import (
    Filter,
    Kind,
    NewProblem,
    NewSubmission,
    ProblemRef,
    State,
    StoredRequest,
    StoredSubmission,
    Submitted,
    new_id,
)
from zuko.submissions.store import Store


def ids(submissions: tuple[StoredSubmission, ...]) -> list[str]:
    return [each.id for each in submissions]


class ClientClaims(WithStores):
    def test_a_submission_is_read_as_it_was_stored(self, stores: Stores) -> None:
        store = stores()
        store.put_parts({"a" * 64: b"x" * 2000})
        new = new_submission(
            tenant="school",
            kind=Kind.JUDGE,
            language="java",
            needs=("java", "python"),
            request=StoredRequest('{"cases":[{"input":null},"\\u0000é"]}', ((("cases", 0, "input"), "a" * 64),)),
            key="order 7",
            priority=-3,
            problem=ProblemRef("hello", 4),
            labels=(("user", "é"), ('"', '["user","x"]')),
            webhook="https://example.org/hook",
            trace="00-1-2-01",
        )
        before = time.time()
        assert submit_all(store, [new]) == [Submitted(new.id, is_new=True)]
        for each in (store, stores()):
            found = each.get_request("school", new.id)
            assert found is not None
            assert found[0] == new
            stored = found[1]
            assert stored == each.get("school", new.id)
        assert (stored.state, stored.attempt, stored.result, stored.started_at) == (State.QUEUED, 0, None, None)
        assert (stored.labels, stored.problem, stored.priority) == (new.labels, new.problem, -3)
        assert stored.webhook is not None
        assert (stored.webhook.url, stored.webhook.state, stored.webhook.tries) == (new.webhook, "waiting", 0)
        assert before - 60 < stored.created_at < time.time() + 60
        assert store.attempts("school", new.id) == []

    def test_tenants_do_not_see_each_other(self, store: Store) -> None:
        submission_id = done(store, tenant="a", webhook="https://example.org")
        assert store.get("b", submission_id) is None
        assert store.get_request("b", submission_id) is None
        assert store.attempts("b", submission_id) is None
        assert store.list("b", Filter(), limit=10).submissions == ()
        assert store.cancel("b", submission_id) is None
        assert not store.remove("b", submission_id)
        assert store.rejudge("b", Filter(), ids=[submission_id]) == []
        assert not store.resend_hook("b", submission_id)
        assert store.get("a", submission_id) is not None

    def test_what_is_not_there_is_none(self, store: Store) -> None:
        unknown = new_id()
        assert store.get("", unknown) is None
        assert store.attempts("", unknown) is None
        assert store.events(unknown, (0, 0)) == []
        assert store.cancel("", unknown) is None
        assert not store.remove("", unknown)
        assert store.submit([], queued_max=1, tenant_max=1) == []

    def test_a_key_stores_once(self, stores: Stores) -> None:
        store = stores()
        first = new_submission(key="k", fingerprint="1" * 64)
        again = new_submission(key="k", fingerprint="1" * 64)
        assert submit_all(store, [first]) == [Submitted(first.id, is_new=True)]
        assert submit_all(stores(), [again]) == [Submitted(first.id, is_new=False)]
        assert store.get("", again.id) is None
        # The key is the tenant's.
        assert submit_all(store, [new_submission(key="k", tenant="other", fingerprint="2" * 64)])[0].is_new
        claim = claim_one(store)
        assert store.finish(claim.hold, State.DONE, result="{}")
        assert submit_all(store, [again]) == [Submitted(first.id, is_new=False)]

    def test_a_key_for_something_else_is_a_conflict_and_nothing_is_stored(self, store: Store) -> None:
        first = new_submission(key="k", fingerprint="1" * 64)
        submit_all(store, [first])
        other = new_submission(key="k", fingerprint="2" * 64)
        beside = new_submission()
        with pytest.raises(KeyConflictError):
            submit_all(store, [beside, other])
        assert store.get("", other.id) is None
        assert store.get("", beside.id) is None
        assert store.depth().queued == 1

    def test_a_batch_may_have_a_key_twice(self, store: Store) -> None:
        batch = [new_submission(key="k"), new_submission(), new_submission(key="k")]
        assert submit_all(store, batch) == [
            Submitted(batch[0].id, is_new=True),
            Submitted(batch[1].id, is_new=True),
            Submitted(batch[0].id, is_new=False),
        ]
        with pytest.raises(KeyConflictError):
            submit_all(store, [new_submission(key="l"), new_submission(key="l", fingerprint="1" * 64)])
        assert store.depth().queued == 2

    def test_a_race_for_a_key_stores_once(self, stores: Stores) -> None:
        """Eight processes send the same batch at once, each in another order."""
        count = 8
        keys = [f"k{number}" for number in range(4)]
        together = threading.Barrier(count)
        answers: list[list[Submitted]] = []
        opened = [stores() for _ in range(count)]

        def send(number: int) -> None:
            batch = [new_submission(key=key) for key in keys[number % 4 :] + keys[: number % 4]]
            together.wait()
            got = dict(zip([each.key for each in batch], submit_all(opened[number], batch), strict=True))
            answers.append([got[key] for key in keys])

        threads = [threading.Thread(target=send, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == count
        for same in zip(*answers, strict=True):
            assert len({each.id for each in same}) == 1
            assert sum(each.is_new for each in same) == 1
        assert opened[0].depth().queued == len(keys)

    def test_bounds_refuse_a_whole_batch(self, stores: Stores) -> None:
        store = stores()

        def submit(count: int, tenant: str) -> None:
            batch = [new_submission(tenant=tenant) for _ in range(count)]
            store.submit(batch, queued_max=5, tenant_max=3)

        submit(2, "a")
        with pytest.raises(QueueFullError) as refused:
            submit(2, "a")
        assert refused.value.of_tenant
        submit(1, "a")
        submit(2, "b")
        with pytest.raises(QueueFullError) as refused:
            submit(1, "c")
        assert not refused.value.of_tenant
        assert store.depth().queued == 5
        claim_one(stores())  # what is running is not queued
        submit(1, "c")

    def test_a_full_queue_answers_a_key_that_it_knows(self, store: Store) -> None:
        first = new_submission(key="k")
        store.submit([first], queued_max=1, tenant_max=1)
        again = store.submit([new_submission(key="k")], queued_max=1, tenant_max=1)
        assert again == [Submitted(first.id, is_new=False)]

    def test_lists_have_pages_the_newest_first(self, store: Store) -> None:
        batch = [new_submission() for _ in range(5)]
        submit_all(store, batch[:3])
        submit_all(store, batch[3:])
        first = store.list("", Filter(), limit=2)
        second = store.list("", Filter(), limit=2, cursor=first.next)
        submit_one(store)  # does not move the pages
        third = store.list("", Filter(), limit=2, cursor=second.next)
        pages = [ids(page.submissions) for page in (first, second, third)]
        assert pages == [[batch[4].id, batch[3].id], [batch[2].id, batch[1].id], [batch[0].id]]
        assert third.next is None
        assert store.list("", Filter(), limit=6).next is None

    def test_a_page_looks_at_a_bounded_number(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """A filter that fits few of very many has short pages, and their cursors lead to all of them."""
        for name in ("sql", "aws"):
            monkeypatch.setattr(f"zuko.submissions.{name}.reading.READ_MAX", 3)
        label = (("n", "1"),)
        batch = [new_submission(labels=label if number in {0, 6, 7} else ()) for number in range(9)]
        submit_all(store, batch)
        found: list[str] = []
        sizes: list[int] = []
        cursor = None
        while True:
            page = store.list("", Filter(labels=label), limit=2, cursor=cursor)
            found += ids(page.submissions)
            sizes.append(len(page.submissions))
            cursor = page.next
            if cursor is None:
                break
        assert found == [batch[number].id for number in (7, 6, 0)]
        assert max(sizes) <= 2
        assert len(sizes) >= 3
        assert len(store.list("", Filter(), limit=9).submissions) == 9  # nothing is looked for

    @pytest.mark.parametrize("cursor", ["", "nonsense", "é", "AAAA", "MS41IA==" * 100])
    def test_a_cursor_of_elsewhere_is_refused(self, store: Store, cursor: str) -> None:
        submit_one(store)
        with pytest.raises(CursorError):
            store.list("", Filter(), limit=1, cursor=cursor)

    def test_filters(self, store: Store) -> None:
        hooked = done(store, webhook="https://example.org")
        one = submit_one(store, kind=Kind.JUDGE, language="c", labels=(("user", "ann"), ("round", "1")))
        two = submit_one(store, problem=ProblemRef("sum", 1), labels=(("user", "ann"),), webhook="https://example.org")
        three = submit_one(store, problem=ProblemRef("sum", 2), labels=(("user", "an"), ("r", '"user","ann"')))
        created = store.get("", two)
        assert created is not None
        for wanted, found in (
            (Filter(), [three, two, one, hooked]),
            (Filter(states=frozenset({State.QUEUED})), [three, two, one]),
            (Filter(states=frozenset({State.DONE, State.FAILED})), [hooked]),
            (Filter(states=frozenset()), []),
            (Filter(kind=Kind.JUDGE), [one]),
            (Filter(language="c"), [one]),
            (Filter(problem="sum"), [three, two]),
            (Filter(problem="sum", problem_version=1), [two]),
            (Filter(labels=(("user", "ann"),)), [two, one]),
            (Filter(labels=(("user", "ann"), ("round", "1"))), [one]),
            (Filter(labels=(("ann", "user"),)), []),
            (Filter(created_from=created.created_at), [three, two]),
            (Filter(created_before=created.created_at), [one, hooked]),
            (Filter(webhook_state="waiting"), [two]),
            (Filter(webhook_state="due"), [hooked]),
            (Filter(webhook_state="delivered"), []),
        ):
            assert ids(store.list("", wanted, limit=10).submissions) == found, wanted
        assert all(each.result is None for each in store.list("", Filter(), limit=10).submissions)

    def test_cancel_ends_what_is_queued(self, store: Store) -> None:
        submission_id = submit_one(store)
        assert store.cancel("", submission_id) is State.CANCELLED
        assert store.cancel("", submission_id) is State.CANCELLED
        found = store.get("", submission_id)
        assert found is not None
        assert (found.state, found.attempt, found.started_at) == (State.CANCELLED, 0, None)
        assert found.ended_at is not None
        assert store.claim("worker", None, 1) == []
        assert store.cancel("", done(store)) is State.DONE

    def test_remove_leaves_nothing_of_what_has_ended(self, store: Store) -> None:
        submission_id = submit_one(store, key="k")
        assert not store.remove("", submission_id)
        claim = claim_one(store)
        assert not store.remove("", submission_id)
        store.finish(claim.hold, State.DONE, result="{}")
        assert store.remove("", submission_id)
        assert not store.remove("", submission_id)
        assert store.get("", submission_id) is None
        assert store.attempts("", submission_id) is None
        assert submit_all(store, [new_submission(key="k")])[0].is_new

    def test_rejudging_keeps_former_attempts(self, store: Store) -> None:
        submission_id = done(store, problem=ProblemRef("sum", 1))
        assert store.rejudge("", Filter(), problem=ProblemRef("sum", 2)) == [submission_id]
        queued = store.get("", submission_id)
        assert queued is not None
        assert (queued.state, queued.result, queued.ended_at, queued.problem) == (
            State.QUEUED,
            None,
            None,
            ProblemRef("sum", 2),
        )
        assert store.rejudge("", Filter()) == []  # it has not ended
        claim = claim_one(store)
        assert (claim.hold.attempt, claim.problem) == (2, ProblemRef("sum", 2))
        assert store.finish(claim.hold, State.DONE, result="2")
        found = store.get("", submission_id)
        assert found is not None
        assert found.result == "2"
        attempts = store.attempts("", submission_id)
        assert attempts is not None
        assert [(each.number, each.state, each.result, each.receipt) for each in attempts] == [
            (1, State.DONE, '{"status":"OK"}', '{"host":"one"}'),
            (2, State.DONE, "2", None),
        ]

    def test_rejudging_by_another_version_needs_the_languages_of_its_programs(self, store: Store) -> None:
        """Else workers that have no image of its checker's language claim it, and give it back, for ever."""
        version = store.put_problem(NewProblem("", "sum", "Sum", "legacy", ("cpp",), 1, (), ())).ref
        submission_id = done(store, problem=ProblemRef("sum", 9))
        assert store.rejudge("", Filter(), problem=version) == [submission_id]
        assert store.claim("worker", frozenset({"python"}), 1) == []
        assert claim_one(store, languages=frozenset({"python", "cpp"})).problem == version

    def test_results_of_attempts_are_left_out_where_they_are_too_large(self, store: Store) -> None:
        submission_id = done(store)
        for number in range(3):
            store.rejudge("", Filter())
            store.finish(claim_one(store).hold, State.DONE, result=str(number) * 10_000)
        attempts = store.attempts("", submission_id, results_max=25_000)
        assert attempts is not None
        assert [(each.number, (each.result or "-")[:1]) for each in attempts] == [
            (1, "-"),
            (2, "-"),
            (3, "1"),
            (4, "2"),
        ]

    def test_lists_have_neither_results_nor_receipts(self, store: Store) -> None:
        done(store)
        (found,) = store.list("", Filter(), limit=5).submissions
        assert (found.result, found.receipt) == (None, None)

    def test_rejudging_takes_those_of_a_filter_and_of_a_list(self, store: Store) -> None:
        ended = [done(store, language=language) for language in ("c", "python", "c")]
        waiting = submit_one(store, language="c")
        assert store.rejudge("", Filter(language="c"), ids=[*ended[:2], waiting, new_id()]) == [ended[0]]
        assert sorted(store.rejudge("", Filter(states=frozenset({State.DONE})))) == sorted(ended[1:])
        assert store.depth().queued == 4

    def test_rejudging_finds_a_place_for_all_or_queues_none(self, store: Store) -> None:
        ended = [done(store) for _ in range(3)]
        submit_one(store)
        for queued_max, tenant_max in ((9, 3), (3, 9)):
            with pytest.raises(QueueFullError) as refused:
                store.rejudge("", Filter(), queued_max=queued_max, tenant_max=tenant_max)
            assert refused.value.of_tenant is (tenant_max == 3)
        assert store.depth().queued == 1
        assert len(store.rejudge("", Filter(), ids=ended[:2], queued_max=3, tenant_max=3)) == 2
        assert store.rejudge("", Filter(), queued_max=4, tenant_max=4) == [ended[2]]
        assert store.rejudge("", Filter(), queued_max=1, tenant_max=1) == []  # nothing has ended

    def test_a_cancelled_one_is_judged_again(self, store: Store) -> None:
        submission_id = submit_one(store)
        claim = claim_one(store)
        store.cancel("", submission_id)
        assert store.finish(claim.hold, State.CANCELLED)
        assert store.rejudge("", Filter(), ids=[submission_id]) == [submission_id]
        again = claim_one(store)
        assert store.renew("worker", [again.hold]).cancelled == frozenset()
        store.finish(again.hold, State.DONE, result="{}")
        assert state_of(store, submission_id) is State.DONE

    def test_depth(self, store: Store) -> None:
        assert store.depth() == store.depth("a")
        assert store.depth().oldest_s is None
        submit_all(store, [new_submission(tenant="a") for _ in range(3)])
        submit_one(store, tenant="b")
        claim_one(store)
        depth = store.depth()
        assert (depth.queued, depth.running) == (3, 1)
        assert depth.oldest_s is not None
        assert 0 <= depth.oldest_s < 60
        assert store.depth("a").queued + store.depth("b").queued == 3
        assert store.depth("c").queued == 0

    def test_a_batch_of_a_hundred_is_done_in_its_order(self, store: Store) -> None:
        batch: list[NewSubmission] = [new_submission() for _ in range(100)]
        assert [each.id for each in store.submit(batch, queued_max=MANY, tenant_max=MANY)] == [
            each.id for each in batch
        ]
        claims = store.claim("worker", None, 100)
        assert [claim.hold.id for claim in claims] == [each.id for each in batch]
