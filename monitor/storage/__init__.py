"""Where things are kept: raw documents, the record, the published snapshot."""

from __future__ import annotations


class StorageError(Exception):
    """Something kept cannot be used, or must not be. The message says what; ``what_to_do`` says what helps.

    StorageError
    ├── StoreError       the record: damaged, foreign, newer than this program, in use by another writer
    └── SnapshotError    the published snapshot: none yet, damaged, gone
    """

    def __init__(self, message: str, *, what_to_do: str = "") -> None:
        super().__init__(message)
        self.what_to_do = what_to_do


class StoreError(StorageError):
    """The record cannot be used."""


class SnapshotError(StorageError):
    """The published snapshot cannot be used."""
