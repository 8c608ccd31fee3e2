"""Durable storage: the hard state and the log in a SQLite database, behind the actors' port `Storage`."""

from storage.errors import DamageError, StorageError
from storage.sqlite import SqliteStorage

__all__ = ["DamageError", "SqliteStorage", "StorageError"]
