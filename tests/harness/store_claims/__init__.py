"""The claims of the port, for every store alike.

A module of tests has a class of its own with a fixture for its store:

    class TestMine(StoreClaims):
        @pytest.fixture
        def stores(self) -> Iterator[Stores]: ...

`stores()` opens one more store on the same data, as another process would; it may be given `lease_s` and
`keep_part_s`. All are closed at the end of the test, and the next test finds no data.
"""

from tests.harness.store_claims.account_claims import AccountClaims
from tests.harness.store_claims.claimer_claims import ClaimerClaims
from tests.harness.store_claims.client_claims import ClientClaims
from tests.harness.store_claims.content_claims import ContentClaims
from tests.harness.store_claims.ended_claims import EndedClaims
from tests.harness.store_claims.key_claims import KeyClaims
from tests.harness.store_claims.queue_claims import QueueClaims
from tests.harness.store_claims.values import Stores, new_submission
from tests.harness.store_claims.wait_claims import WaitClaims
from tests.harness.store_claims.worker_claims import WorkerClaims

__all__ = ["StoreClaims", "Stores", "new_submission"]


class StoreClaims(
    AccountClaims,
    ClaimerClaims,
    ClientClaims,
    ContentClaims,
    EndedClaims,
    KeyClaims,
    QueueClaims,
    WaitClaims,
    WorkerClaims,
):
    """All claims."""
