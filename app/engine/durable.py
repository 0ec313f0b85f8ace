"""The durable queue on dbos: one worker per SQLite file, any number on PostgreSQL.

dbos is a delayed, partitioned queue with recovery here; the truth stays in our own tables.
"""

import fcntl
import os
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer

from app.engine.lease import Lease
from app.errors import StoreError
from app.store.database import Database

QUEUE = "work"
WORKFLOW = "work"
# A constant: the default is a hash of the source, which would strand work at each upgrade.
APPLICATION_VERSION = "gw-1"
_POLL_SECONDS = 0.1
_LEASE_PATIENCE_SECONDS = 30
_ACTIVE = ("ENQUEUED", "DELAYED", "PENDING")
_ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


@dataclass(slots=True)
class DurableQueue:
    """Enqueues in the caller's transaction; needs no running engine in this process."""

    database: Database
    _client: DBOSClient = field(init=False)

    def __post_init__(self) -> None:
        """Connect lazily: the tables may not be there yet."""
        self._client = _client(self.database)

    def enqueue(self, connection: sa.Connection, key: str, ticket: str, delay: float = 0) -> None:
        """Add a job in the caller's transaction; jobs of one key run one after the other."""
        options: dict[str, Any] = {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUE,
            "workflow_id": ticket,
            "queue_partition_key": key,
            "app_version": APPLICATION_VERSION,
        }
        if delay > 0:
            options["delay_seconds"] = delay
        self._client.enqueue_in_transaction(connection, options, key)  # type: ignore[arg-type]

    def active_keys(self) -> frozenset[str]:
        """Return the keys that have a job waiting or running."""
        jobs = self._client.list_workflows(
            status=list(_ACTIVE), queue_name=QUEUE, load_input=False, load_output=False
        )
        return frozenset(_key_of(job.workflow_id) for job in jobs)

    def purge(self, before: datetime, limit: int = 1000) -> int:
        """Forget jobs that ended before a moment; the queue's library never does."""
        jobs = self._client.list_workflows(
            status=list(_ENDED),
            end_time=before.isoformat(),
            limit=limit,
            load_input=False,
            load_output=False,
        )
        if jobs:
            self._client.delete_workflows([job.workflow_id for job in jobs])
        return len(jobs)

    def close(self) -> None:
        """Close the client's connections."""
        self._client.destroy()


def _key_of(ticket: str) -> str:
    """Return the key inside a ticket; `~` can stand in no key, since it can stand in no ref."""
    return ticket.split("~")[1] if ticket.count("~") > 1 else ticket


def _client(database: Database) -> DBOSClient:
    return DBOSClient(
        system_database_url=database.url,
        application_name="gatewright",
        serializer=DBOSPortableJSONSerializer(),
        lazy=True,
    )


def prepare(database: Database) -> None:
    """Create or migrate the queue's own tables and enter the queue; takes its own lock.

    A worker serves at once the queues that it finds when it starts, and others a second later.
    """
    DBOS.migrate(database.url)
    client = _client(database)
    try:
        client.register_queue(
            QUEUE,
            partition_concurrency=1,
            worker_concurrency=1,  # until a worker says how many threads it has
            polling_interval_sec=_POLL_SECONDS,
            on_conflict="never_update",
        )
    finally:
        client.destroy()


@dataclass(slots=True)
class Engine:
    """The worker side: claims jobs and runs them on threads.

    On SQLite a file lock makes a second process wait until the first has died; on PostgreSQL
    workers look after dead neighbours every so many seconds.
    """

    database: Database
    run: Callable[[str], str]
    threads: int = 8
    look_every_seconds: float = 2.0
    _lease: Lease | None = None
    _lock: IO[str] | None = None
    _started: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start claiming; on SQLite this returns at once even if another process still works."""
        if self.database.is_sqlite:
            threading.Thread(target=self._start_alone, daemon=True, name="engine").start()
        else:
            self._launch(f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}")

    def wait_started(self, timeout: float) -> bool:
        """Wait until this process claims jobs."""
        return self._started.wait(timeout)

    def stop(self, grace_seconds: int = 10) -> None:
        """Stop claiming, let running jobs end within the grace, free the lock."""
        if self._lease is not None:
            self._lease.stop()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=grace_seconds)
        if self._lock is not None:
            self._lock.close()
        self._started.clear()

    def _start_alone(self) -> None:
        file = sa.make_url(self.database.url).database
        lock = Path(f"{file}.engine").open("a", encoding="ascii")  # noqa: SIM115 - held for life
        fcntl.flock(lock, fcntl.LOCK_EX)
        self._lock = lock
        self._launch("embedded")

    def _launch(self, executor: str) -> None:
        """Start the library; on PostgreSQL not before neighbours can see that we live."""
        DBOS(config=self._config(executor))
        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=1000)(_body(self.run))
        if not self.database.is_sqlite:
            self._lease = self._take_lease(executor)
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            partition_concurrency=1,
            worker_concurrency=self.threads,
            polling_interval_sec=_POLL_SECONDS,
            on_conflict="always_update",
        )
        if self._lease is not None:
            self._lease.begin_adopting()
        self._started.set()

    def _take_lease(self, executor: str) -> Lease:
        adopt = DBOS._recover_pending_workflows  # noqa: SLF001 - dbos has no public name for it
        lease = Lease(self.database.url, executor, adopt, every=self.look_every_seconds)
        lease.start()
        if not lease.wait_held(_LEASE_PATIENCE_SECONDS):
            lease.stop()
            raise StoreError("the database gives no lease to this worker")
        return lease

    def _config(self, executor: str) -> DBOSConfig:
        config: DBOSConfig = {
            "name": "gatewright",
            "system_database_url": self.database.url,
            "executor_id": executor,
            "serializer": DBOSPortableJSONSerializer(),
            "application_version": APPLICATION_VERSION,
            "log_level": "WARNING",
            "console_log_level": "WARNING",
            "run_migrations": True,
        }
        if self.database.is_sqlite:
            # The listener asks the file nothing; it only notices sooner that it may end.
            config["notification_listener_polling_interval_sec"] = _POLL_SECONDS
            config["db_engine_kwargs"] = {
                "poolclass": sa.NullPool,
                "connect_args": {"timeout": 30},
            }
        return config


def _body(run: Callable[[str], str]) -> Callable[[str], str]:
    def work(key: str) -> str:
        return run(key)

    return work
