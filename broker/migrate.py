"""Brings a database's schema forward, one numbered file at a time, and never back.

This file knows the files in `broker/schema` and the number a database carries. It refuses to
know what is in the tables. A program that meets a newer database than it knows does not guess.
"""

import sqlite3
from importlib.resources import files
from typing import Final

from broker.database import database
from keys.errors import StoreDamaged, UnknownVersion

APPLICATIONS: Final = {"kept": 0x466F6C42, "arrivals": 0x466F6C41, "issuer": 0x466F6C49}
"""Which database is which, in SQLite's `application_id`: «FolB», «FolA» and «FolI»."""


def steps(schema: str) -> tuple[str, ...]:
    """Return the SQL of every version of `schema`, oldest first; `<schema>_0001.sql` begins."""
    folder = files("broker") / "schema"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.startswith(f"{schema}_"))
    return tuple((folder / name).read_text("utf-8") for name in names)


def migrate(connection: sqlite3.Connection, schema: str) -> None:
    """Bring the database forward to the newest version, each step whole or not at all.

    Raises:
        UnknownVersion: the database is newer than this program.
        StoreDamaged: it is no database of this kind.
        DiskFull: no room for the next step; the database is as it was.
    """
    known = steps(schema)
    with database():
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if application not in {0, APPLICATIONS[schema]} or (application == 0 and version):
            raise StoreDamaged
        if version > len(known):
            raise UnknownVersion(version=version)
        for number, sql in enumerate(known[version:], version + 1):
            _step(connection, schema, number, sql)


def _step(connection: sqlite3.Connection, schema: str, number: int, sql: str) -> None:
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA application_id = {APPLICATIONS[schema]};\n"
            f"PRAGMA user_version = {number};\nCOMMIT;"
        )
    except sqlite3.Error:
        connection.rollback()
        raise
