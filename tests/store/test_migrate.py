"""Migrations: repeated, raced, and equal to the tables that the code uses."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import sqlalchemy as sa

from app.store.database import Database
from app.store.enforcement import self_test
from app.store.migrate import migrate
from app.store.tables import metadata


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_url(request, tmp_path):
    """The address of a database of each kind in which nothing is yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new.db"
        return
    server = request.getfixturevalue("postgres_server")
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE gw_new")
    yield server.url("gw_new")
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("DROP DATABASE gw_new WITH (FORCE)")


def tables(database: Database) -> set[str]:
    return set(sa.inspect(database.engine).get_table_names())


def test_migrating_makes_every_table_and_again_changes_nothing(new_url):
    database = Database.open(new_url)
    migrate(database)
    made = tables(database)
    migrate(database)
    assert (made, tables(database)) == ({*metadata.tables, "gw_schema"}, made)
    assert len(self_test(database.engine)) >= 7
    database.close()


def test_two_processes_that_migrate_at_once_do_it_once(new_url):
    databases = [Database.open(new_url) for _ in range(2)]
    together = threading.Barrier(len(databases))

    def run(database: Database) -> None:
        together.wait(10)
        migrate(database)

    with ThreadPoolExecutor(len(databases)) as threads:
        done = [threads.submit(run, each) for each in databases]
        assert [each.exception(30) for each in done] == [None, None]
    with databases[0].read() as connection:
        versions = connection.exec_driver_sql("SELECT version_num FROM gw_schema").all()
    assert len(versions) == 1
    for each in databases:
        self_test(each.engine)
        each.close()


def test_every_column_of_the_code_is_in_the_database(database):
    found = sa.inspect(database.engine)
    missing = {
        table.name: {column.name for column in table.columns}
        - {column["name"] for column in found.get_columns(table.name)}
        for table in metadata.sorted_tables
    }
    assert {name: columns for name, columns in missing.items() if columns} == {}


def test_a_migration_that_fails_leaves_nothing(new_url, monkeypatch):
    broken = ("CREATE TRIGGER broken",)
    monkeypatch.setattr("app.store.enforcement.sqlite_statements", lambda: broken)
    monkeypatch.setattr("app.store.enforcement.postgres_statements", lambda: broken)
    database = Database.open(new_url)
    with pytest.raises(sa.exc.DBAPIError):
        migrate(database)
    assert tables(database) == set()
    database.close()
