"""The tables, in numbered steps: each takes the schema of the version before to the next one.

A step never changes once it was released: a new one follows it. `schema.version` is the number of steps that were made.

    tenant, position     the order of the queue
    submission           the job itself; small, as each change of its state writes it again
    request              what it asks for, which never changes
    attempt              attempts that have ended, with their results
    event                results that came meanwhile
    hook                 the outbox of webhooks
    part                 large strings and files, by hash; used by submission_part and problem_file
    problem              versions of problems; problem_number has the last number of each, also of deleted ones
    worker               reports of the workers
    api_key              API keys, by id
    account              CPU time of each caller, by day
    watch                since when processes have looked at the store without a gap, and the last look
"""

from typing import Final

STEPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        "submissions, parts, problems, webhooks and workers",
        (
            """
            create table tenant (
                name text primary key,
                weight double precision not null,
                last double precision not null
            )
            """,
            "create table position (at double precision not null)",
            "insert into position (at) values (0)",
            """
            create table submission (
                id text primary key,
                tenant text not null,
                kind text not null,
                language text not null,
                needs text not null,
                state text not null,
                rank double precision not null,
                priority integer not null,
                attempt integer not null,
                losses integer not null,
                cancel integer not null,
                has_events integer not null,
                worker text,
                lease double precision,
                created double precision not null,
                queued double precision not null,
                started double precision,
                ended double precision,
                problem text,
                problem_version integer,
                key text,
                reason text,
                message text,
                labels text not null,
                webhook text
            )
            """,
            "create unique index submission_key on submission (tenant, key) where key is not null",
            # With the tenant, as ranks of several may be equal: they take turns then, too.
            "create index submission_rank on submission (needs, rank, tenant) where state = 'queued'",
            """
            create index submission_priority on submission (tenant, needs, priority desc, queued)
            where state = 'queued'
            """,
            "create index submission_lease on submission (lease) where state = 'running'",
            "create index submission_list on submission (tenant, created, id)",
            "create index submission_problem on submission (tenant, problem, created, id) where problem is not null",
            "create index submission_ended on submission (ended) where ended is not null",
            "create index submission_events on submission (ended) where has_events = 1",
            """
            create table request (
                submission text primary key,
                fingerprint text not null,
                trace text,
                parts text not null,
                document text not null
            )
            """,
            """
            create table attempt (
                submission text not null,
                number integer not null,
                state text not null,
                reason text,
                message text,
                receipt text,
                started double precision not null,
                ended double precision not null,
                result text,
                primary key (submission, number)
            )
            """,
            """
            create table event (
                submission text not null,
                attempt integer not null,
                number integer not null,
                data text not null,
                primary key (submission, attempt, number)
            )
            """,
            """
            create table hook (
                submission text primary key,
                attempt integer not null,
                url text not null,
                state text not null,
                tries integer not null,
                error text,
                due double precision
            )
            """,
            "create index hook_due on hook (due) where state = 'due'",
            """
            create table part (
                hash text primary key,
                used double precision not null,
                idle integer not null,
                size bigint not null,
                content bytes not null
            )
            """,
            "create index part_idle on part (used) where idle = 1",
            """
            create table submission_part (
                submission text not null,
                hash text not null,
                primary key (submission, hash)
            )
            """,
            "create index submission_part_hash on submission_part (hash)",
            """
            create table problem_number (
                tenant text not null,
                name text not null,
                version integer not null,
                primary key (tenant, name)
            )
            """,
            """
            create table problem (
                tenant text not null,
                name text not null,
                version integer not null,
                title text not null,
                format text not null,
                languages text not null,
                size bigint not null,
                cases integer not null,
                notes text not null,
                created double precision not null,
                primary key (tenant, name, version)
            )
            """,
            """
            create table problem_file (
                tenant text not null,
                name text not null,
                version integer not null,
                path text not null,
                hash text not null,
                size bigint not null,
                mode integer not null,
                primary key (tenant, name, version, path)
            )
            """,
            "create index problem_file_hash on problem_file (hash)",
            """
            create table worker (
                name text primary key,
                host text not null,
                slots integer not null,
                languages text not null,
                factor double precision,
                version text not null,
                draining integer not null,
                seen double precision not null
            )
            """,
        ),
    ),
    (
        "details of problems",
        ("alter table problem add column details text not null default '{}'",),
    ),
    (
        "leases that outlive an outage of the store",
        (
            "create table watch (since double precision not null, seen double precision not null)",
            "insert into watch (since, seen) values (0, 0)",
        ),
    ),
    (
        "webhooks by tenant",
        (
            "alter table hook add column tenant text not null default ''",
            """
            update hook set tenant = (select tenant from submission where id = hook.submission)
            where exists (select 1 from submission where id = hook.submission)
            """,
            "drop index hook_due",
            "create index hook_tenant on hook (tenant, due) where state = 'due'",
        ),
    ),
    (
        "API keys",
        (
            """
            create table api_key (
                id text primary key,
                name text not null,
                digest text not null,
                scopes text not null,
                created double precision not null,
                expires double precision,
                revoked double precision
            )
            """,
        ),
    ),
    (
        "limits of API keys",
        ("alter table api_key add column allowance text not null default '{}'",),
    ),
    (
        "accounts of callers",
        (
            """
            create table account (
                day integer not null,
                caller text not null,
                used double precision not null,
                primary key (day, caller)
            )
            """,
        ),
    ),
)
VERSION: Final = len(STEPS)
