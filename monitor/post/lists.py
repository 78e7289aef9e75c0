"""Whole lists of readers as CSV: in, each bad row named by its number and reason and the good ones kept; and out."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from monitor.post import PostError
from monitor.post.addresses import Address, NotAnAddress, address_of, without_addresses
from monitor.post.readers import DATES, FREQUENCIES, Choice, Subscriber

COLUMNS = ("address", "countries", "minimum_level", "frequency", "dates", "confirmed_on")
LARGEST = 20_000_000


@dataclass(frozen=True)
class Known:
    """What choices are checked against: the countries that are assessed, by ISO3, and the levels."""

    countries: frozenset[str]
    levels: tuple[str, ...]

    def choice(self, countries: str = "", minimum_level: str = "", frequency: str = "", dates: str = "") -> Choice:
        """Return a choice from words, empty ones as by default; :class:`PostError` names what is not known and what would be."""
        codes = [c for c in countries.replace(",", " ").replace(";", " ").split() if c]
        if unknown := [c for c in codes if c.upper() not in self.countries]:
            raise PostError(f"country {shown(unknown[0])} is not known; write ISO3 codes: CMR SDN")
        word = frequency or "weekly"
        found = next((f for f in FREQUENCIES if f == word), None)
        if found is None:
            raise PostError(f"frequency {shown(word)} is not known, only {', '.join(FREQUENCIES)}")
        level = minimum_level or "watch"
        for noun, given, valid in (("minimum_level", level, self.levels), ("dates", dates or "en", DATES)):
            if given not in valid:
                raise PostError(f"{noun} {shown(given)} is not known, only {', '.join(valid)}")
        return Choice(frozenset(c.upper() for c in codes), level, found, dates or "en")


def shown(word: str) -> str:
    """Return a word in quotes as it may stand in a message: an address in the wrong column is none the less a secret."""
    return repr(without_addresses(word)[:40])


@dataclass(frozen=True)
class Row:
    """One good row: ``number`` as a spreadsheet counts it (the head is 1). ``confirmed``: when they confirmed elsewhere."""

    number: int
    address: Address
    choice: Choice
    confirmed: datetime | None


@dataclass(frozen=True)
class BadRow:
    """A row that was left out, and why. Holds no address."""

    number: int
    reason: str


def read(path: Path, known: Known, today: date) -> Iterator[Row | BadRow]:
    """Yield every row of a list, good or bad, in order. :class:`PostError` where the file as a whole cannot be read."""
    seen: dict[str, int] = {}
    for number, cells in _cells(path):
        try:
            row = _row(number, cells, known, today)
            if (first := seen.setdefault(row.address.same, number)) != number:
                raise PostError(f"has the same address as row {first}")
            yield row
        except (PostError, NotAnAddress) as error:
            words = f"the address {error}" if isinstance(error, NotAnAddress) else f"{error}"
            yield BadRow(number, words)


def _cells(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        if path.stat().st_size > LARGEST:
            raise PostError(f"{path} has more than {LARGEST:,} bytes")
        rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True)
        head = [c.strip() for c in next(rows, [])]
        if unknown := [c for c in head if c not in COLUMNS]:
            raise PostError(f"{path}: no column is called {shown(unknown[0])}, only {', '.join(COLUMNS)}")
        if "address" not in head or len(set(head)) < len(head):
            raise PostError(f"{path}: the first row names the columns, each once, and one of them is 'address'")
        for number, row in enumerate(rows, 2):
            if any(cell.strip() for cell in row):
                more = {"": "more"} if len(row) > len(head) else {}
                yield number, dict(zip(head, (c.strip() for c in row), strict=False)) | more
    except UnicodeDecodeError as error:
        raise PostError(f"{path} is not UTF-8 text", what_to_do="save it as UTF-8") from error
    except csv.Error as error:
        raise PostError(f"{path} is no CSV file: {error}") from error
    except OSError as error:
        raise PostError(f"{path} cannot be read ({error.strerror})") from error


def _row(number: int, cells: dict[str, str], known: Known, today: date) -> Row:
    if "" in cells:
        raise PostError("has more cells than there are columns")
    address = address_of(cells.get("address", ""))
    words = {name: cells.get(name, "") for name in COLUMNS[1:5]}
    return Row(number, address, known.choice(**words), _confirmed(cells.get("confirmed_on", ""), today))


def _confirmed(text: str, today: date) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise PostError("confirmed_on is no day of the form 2026-10-01") from None
    if day > today:
        raise PostError("confirmed_on has not come yet")
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def written(readers: Collection[Subscriber]) -> str:
    """Return readers as a list that :func:`read` takes; only those who confirmed, since only they may be written to."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for reader in readers:
        if reader.address is not None and reader.confirmed_at is not None:
            choice = reader.choice
            cells = (" ".join(sorted(choice.countries)), choice.minimum_level, choice.frequency, choice.dates)
            rows.writerow([reader.address.text, *cells, f"{reader.confirmed_at:%Y-%m-%d}"])
    return out.getvalue()


def all_about(reader: Subscriber) -> dict[str, object]:
    """Return everything that is kept of one reader, for the reader."""
    return {
        "number": reader.name,
        "address": reader.address.text if reader.address else "",
        "state": reader.state,
        "countries": sorted(reader.choice.countries),
        "minimum_level": reader.choice.minimum_level,
        "frequency": reader.choice.frequency,
        "dates": reader.choice.dates,
        "asked_at": reader.asked_at.isoformat(),
        "confirmed_at": reader.confirmed_at.isoformat() if reader.confirmed_at else None,
    }
