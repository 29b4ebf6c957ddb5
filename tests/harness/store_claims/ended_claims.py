"""A submission that was done before it is stored: as any other that has ended, in one transaction."""

import time

from tests.harness.store_claims.values import Stores, WithStores, new_submission
from zuko.submissions.model import End, Hold, State, StoredRequest
from zuko.submissions.parts import digest
from zuko.submissions.store import Store, takes_ended


class EndedClaims(WithStores):
    takes_ended = True  # a store need not
    takes_ended_now = False

    def test_what_was_done_is_stored_with_its_end(self, store: Store, stores: Stores) -> None:
        assert takes_ended(store) is self.takes_ended
        if not takes_ended(store):
            return
        part = b"x" * 2000
        name = digest(part)
        new = new_submission(
            tenant="a",
            request=StoredRequest('{"code":null}', ((("code",), name),)),
            labels=(("facade", "judge0"),),
            webhook="https://receiver.example/",
            trace="00-" + "1" * 32 + "-" + "2" * 16 + "-01",
        )
        begun = time.time()
        kept = store.keep_ended(
            new, {name: part}, End(Hold(new.id, 1, "here"), State.DONE, '{"a":1}', receipt='{"host":"h"}'), ran_s=2.0
        )
        assert (kept.state, kept.attempt, kept.result, kept.receipt) == (State.DONE, 1, '{"a":1}', '{"host":"h"}')
        assert kept.ended_at is not None
        assert -1 < kept.ended_at - begun < 5
        assert 1.9 < kept.ended_at - kept.created_at < 2.1
        other = stores()
        found = other.get_request("a", new.id)
        assert found is not None
        assert found[0] == new
        assert (found[1].result, found[1].ended_at, found[1].labels) == (kept.result, kept.ended_at, new.labels)
        assert other.get_part(name) == part
        assert [(each.number, each.state) for each in other.attempts("a", new.id) or ()] == [(1, State.DONE)]
        assert (other.depth().queued, other.depth().running, other.reclaim()) == (0, 0, 0)
        (hook,) = other.due_hooks(5, 30.0)
        assert (hook.id, hook.attempt) == (new.id, 1)
        again = store.keep_ended(
            new_submission(request=new.request), {name: part}, End(Hold("", 1, "here"), State.DONE, "{}"), ran_s=0.0
        )
        assert other.remove("a", new.id)
        assert other.purge(keep_s=3600.0, keep_events_s=3600.0) == 0
        assert other.get_part(name) == part
        assert other.remove("", again.id)

    def test_what_was_done_is_stored_at_once_or_not_at_all(self, store: Store, stores: Stores) -> None:
        """By a database that is in this process, with which an event loop need not wait."""
        if not takes_ended(store):
            return
        part = b"x" * 2000
        new = new_submission(request=StoredRequest('{"code":null}', ((("code",), digest(part)),)))
        kept = store.keep_ended_now(new, {digest(part): part}, End(Hold(new.id, 1, "h"), State.DONE, "{}"), ran_s=1.0)
        assert (kept is not None) is self.takes_ended_now
        assert stores().get("", new.id) == kept
