"""The record: every observation as it was first seen, every run, every assessment. Rows are added, never changed.

*Period* is what a value is about, *seen* when this monitor first had it, *as of* when we look: a panel as of a day holds nothing
seen after it. The file and the ways into it are :mod:`.database`, the tables :mod:`.schema`, the comparison :mod:`.changes`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
from sqlalchemy import Select, case, func, insert, select

from indicators.contract import Document, Parsed, Source
from monitor.alerts.said import Act, Decided, Said, standing
from monitor.risk.judgements import Entry
from monitor.storage import StoreError, snapshot
from monitor.storage import ledger as chain
from monitor.storage.additions import (
    add_documents,
    add_moment,
    add_observations,
    add_rejections,
    add_run,
    canonical_json,
    checked,
)
from monitor.storage.alerts import acts_of, add_act, add_decided, alerts_said, altered_alerts, memory_of
from monitor.storage.changes import believed, changes, seal
from monitor.storage.database import Database
from monitor.storage.documents import path_of
from monitor.storage.entries import add_entries, altered_entries, entries_until
from monitor.storage.lock import WriterLock, make_home
from monitor.storage.panel import Names, as_sent, ended_before, frame_of, newest_rows, stamp
from monitor.storage.schema import VERSION, assessment, document, moment, observation, rejection, run, series, slot
from monitor.storage.sqlite import RESTORE

FILE, LOCK = "record.sqlite", "record.lock"
ACCEPTED = "accepted by a person"  # error_kind of a good run over which there were doubts

Basis = Literal["recorded", "assumed"]


@dataclass(frozen=True)
class Added:
    """What one collection added.

    ``new``: keys never seen before; ``revised``: another value or status, or back after a withdrawal; ``withdrawn``: no longer
    in a complete release; ``countries``: those of the latter two, ``lost``: those of the last, ISO3, sorted. ``seen``: the
    instant under which the rows stand; ``None`` when nothing was added. ``accepted``: what spoke against it, where a person has
    accepted it all the same.
    """

    new: int
    revised: int
    withdrawn: int
    seen: datetime | None
    accepted: str = ""
    countries: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Return how many rows were added."""
        return self.new + self.revised + self.withdrawn


class Store:
    """The record under ``home``: made when there is none, refused when there is one that cannot be trusted.

    Raises :class:`StoreError` for a file that is damaged, empty, foreign or of a newer program, and for a home where runs were
    published but the record is gone. Any method may raise it; nothing has been written when it does.
    """

    def __init__(self, home: Path) -> None:
        self.home = home.absolute()
        self.path = self.home / FILE
        make_home(self.home)
        self._lock = WriterLock(self.home / LOCK)
        self._database = Database(self.path)
        if not self.path.exists():
            self._create()
        if self._database.refuse_foreign() < VERSION:
            self._upgrade()

    def _upgrade(self) -> None:
        with self.writing():
            if self._database.refuse_foreign() < VERSION:  # nobody else has done it while we waited
                self._database.upgrade()

    def _create(self) -> None:
        if (self.home / snapshot.FOLDER / snapshot.POINTER).exists():
            raise StoreError(f"{self.path} is missing, but earlier runs were published", what_to_do=RESTORE)
        with self._lock.held():
            if not self.path.exists():
                self._database.create()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one writer; everyone else is refused with :class:`StoreError` until the block ends. May be nested.

        Every method that writes enters it by itself. On entry the whole file is checked: nothing is added to a damaged one.
        """
        with self._lock.held() as just_taken:
            if just_taken:
                self._database.refuse_damaged()
            yield

    # -------------------------------------------------------------------------------------------------------------- writing

    def record(
        self,
        card: Source,
        parsed: Parsed,
        documents: Sequence[Document],
        *,
        started: datetime,
        seen: datetime,
        judge: Callable[[pd.DataFrame], str] | None = None,
    ) -> Added:
        """Record one collection of a source, whole or not at all: its documents, what changed, what was set aside, the run.

        1. Set the rows against the last ones known of the card's series. 2. In one transaction, add the documents, the rows that
        differ, the run and the rejections not yet known. The same again adds only the run. ``seen`` is now, UTC; where the
        clock went back, the rows stand one microsecond after the last ones recorded. ``judge`` is shown the last rows known
        before anything is added: what it raises stops everything, what it returns is kept with the run as accepted by a person.
        """
        rows = checked(parsed, documents)
        with self.writing():
            names = {s.id for s in card.series} | set(rows["series"].unique())
            last = believed(self._last_known(names=names), parsed.unusable)
            accepted = judge(last) if judge is not None else ""
            found = changes(last, rows, complete=parsed.complete, document=documents[0].sha256)
            count = found["change"].value_counts()
            counts = {kind: int(count.get(kind, 0)) for kind in ("new", "revised", "withdrawn")}
            newest = rows.loc[rows["value"].notna(), "end"].max()
            outcome = {f"rows_{'added' if kind == 'new' else kind}": n for kind, n in counts.items()} | {
                "status": "new" if len(found) else "unchanged",
                "rows_rejected": len(parsed.rejected),
                "newest_period": None if pd.isna(newest) else f"{newest:%Y-%m-%d}",
            }
            outcome |= {"error_kind": ACCEPTED, "error": accepted} if accepted else {}
            with self._database.transaction() as connection:
                ids = add_documents(connection, documents)
                when = add_observations(connection, found, ids, seen) if len(found) else None
                this_run = add_run(connection, documents, source=card.id, started=started, finished=seen, **outcome)
                add_rejections(connection, parsed.rejected, ids, this_run)
        other, lost = (
            tuple(sorted(set(found.loc[rows, "iso3"]))) for rows in (found["change"] != "new", found["change"] == "withdrawn")
        )
        return Added(**counts, seen=when, accepted=accepted, countries=other, lost=lost)

    def fail(
        self,
        source: str,
        error: Exception,
        *,
        started: datetime,
        seen: datetime,
        status: Literal["failed", "refused"] = "failed",
        documents: Sequence[Document] = (),
    ) -> None:
        """Record a run that brought nothing. ``documents``: what was sent all the same, as evidence of a refused payload."""
        outcome = {
            "status": status,
            "error_kind": getattr(error, "kind", type(error).__name__),
            "error": str(error),
            "what_to_do": getattr(error, "what_to_do", ""),
        }
        with self.writing(), self._database.transaction() as connection:
            add_documents(connection, documents)
            add_run(connection, documents, source=source, started=started, finished=seen, **outcome)

    def record_assessments(
        self,
        frame: pd.DataFrame,
        *,
        run_id: str,
        as_of: date,
        basis: str,
        framework_hash: str,
        seen: datetime,
        decided: Decided | None = None,
    ) -> int:
        """Record what was said, one row a country (``iso3``) with any scalar columns; return how many rows were added.

        The same again adds nothing; other content under the same run, day, basis and framework is a :class:`StoreError`.
        ``decided``: the alerts of this run, recorded in the same transaction.
        """
        bodies = {row.pop("iso3"): canonical_json(row) for row in frame.to_dict("records")}
        if len(bodies) != len(frame):
            raise StoreError(f"assessments as of {as_of}: a country stands twice")
        key = {"run_id": run_id, "framework_hash": framework_hash, "basis": basis, "as_of": f"{as_of:%Y-%m-%d}"}
        query = select(assessment.c.iso3, assessment.c.body).where(*(assessment.c[name] == value for name, value in key.items()))
        with self.writing(), self._database.transaction() as connection:
            if before := dict(connection.execute(query).all()):
                if before != bodies:
                    raise StoreError(f"assessments of run {run_id} as of {as_of} were recorded before with other content")
                return 0
            at, _ = add_moment(connection, seen)
            lines = [
                {**key, "iso3": iso3, "level": json.loads(body).get("level"), "body": body, "recorded": at}
                for iso3, body in bodies.items()
            ]
            if lines:
                connection.execute(insert(assessment), lines)
            if decided is not None:
                add_decided(connection, decided, run_id=run_id, as_of=key["as_of"], recorded=at)
        return len(lines)

    def record_entries(self, entries: Sequence[Entry], *, seen: datetime) -> list[bool]:
        """Record what people entered, all or none; return for each whether it was new. The same content again adds nothing."""
        with self.writing(), self._database.transaction() as connection:
            return add_entries(connection, entries, seen)

    def append_to_ledger(self, drafts: Sequence[chain.Draft], *, seen: datetime) -> list[chain.Entry]:
        """Append to the public ledger, all or none; what is there of a run already is not added again."""
        with self.writing(), self._database.transaction() as connection:
            return chain.append(connection, drafts, seen)

    def record_act(self, act: Act, *, seen: datetime) -> bool:
        """Record what a person did about alerts; return whether it was new."""
        with self.writing(), self._database.transaction() as connection:
            return add_act(connection, act, seen)

    def record_slot(self, job: str, due: str, *, started: datetime, finished: datetime, exit_code: int) -> bool:
        """Record that a job was done for the time it was due; return whether this was new. Text as in :class:`.schedule.Slot`."""
        values = {"job": job, "due": due, "started": stamp(started), "finished": stamp(finished), "exit_code": exit_code}
        with self.writing(), self._database.transaction() as connection:
            if connection.execute(select(slot).where(slot.c.job == job, slot.c.due == due)).first():
                return False
            connection.execute(insert(slot).values(**values))
        return True

    # -------------------------------------------------------------------------------------------------------------- reading

    def panel(
        self,
        as_of: datetime | date | None = None,
        *,
        basis: Basis = "recorded",
        lags: Mapping[str, int] | None = None,
        series: Collection[str] | None = None,
    ) -> pd.DataFrame:
        """Return the last row known of every key, in key order.

        Columns ``series, iso3, start, end, value, status, document, place, seen``: text columns are categories, ``document`` the
        sha256, ``start`` and ``end`` ``datetime64[s]``, ``place`` Int64, ``seen`` UTC. NaN: the source has no figure.
        Withdrawn rows are left out.

        ``recorded``: as far as seen at ``as_of`` (a date: until the end of that day, UTC; nothing: until now). ``assumed``: the
        rows known now, of periods that ended at least their series' lag (days) before ``as_of``; for history that was loaded
        later, and never to be shown as if it had been known.
        """
        if basis == "assumed":
            if as_of is None or lags is None:
                raise ValueError("an assumed panel needs a day and the lags of its series")
            day = as_of.astimezone(UTC).date() if isinstance(as_of, datetime) else as_of
            rows = ended_before(self._last_known(names=series, withdrawn=False), day, lags)
        else:
            until = None if as_of is None else self._last_moment(as_of)
            rows = self._last_known(until=until, names=series, withdrawn=False)
        return rows.drop(columns="recorded")

    def entries(self, as_of: datetime | date | None = None) -> list[Entry]:
        """Return what people had entered and this record had seen at ``as_of`` (as in :meth:`panel`), oldest first.

        Which of them stand says :func:`monitor.risk.judgements.standing`.
        """
        until = None if as_of is None else self._last_moment(as_of)
        with self._database.reading() as connection:
            return entries_until(connection, until)

    def said(self) -> Said:
        """Return what is remembered of alerts, and the silences that nobody has lifted."""
        with self._database.reading() as connection:
            return Said(memory_of(connection), standing(acts_of(connection)))

    def ledger(self, kind: str = "", run_id: str = "") -> list[chain.Entry]:
        """Return the entries of the public ledger, or those of one kind or run, oldest first."""
        with self._database.reading() as connection:
            return list(chain.entries_of(connection, kind, run_id))

    def last_in_ledger(self, kind: str = "") -> chain.Entry | None:
        """Return the last entry of the public ledger, or the last of one kind."""
        with self._database.reading() as connection:
            return chain.last_entry(connection, kind)

    def roots(self) -> set[str]:
        """Return every root that the observations of this record have had; see :meth:`root`."""
        with self._database.reading() as connection:
            return chain.seals_of(connection)

    def acts(self) -> list[Act]:
        """Return what people did about alerts, oldest first."""
        with self._database.reading() as connection:
            return acts_of(connection)

    def alerts(self) -> list[dict[str, Any]]:
        """Return every alert ever said, oldest first (:func:`monitor.storage.alerts.alerts_said`)."""
        with self._database.reading() as connection:
            return alerts_said(connection)

    def _last_moment(self, as_of: datetime | date) -> int:
        """Return the number of the last instant at or before ``as_of``; 0 when there is none."""
        latest = as_of if isinstance(as_of, datetime) else datetime.combine(as_of, time.max, UTC)
        with self._database.reading() as connection:
            return connection.scalar(select(func.max(moment.c.id)).where(moment.c.seen <= stamp(latest))) or 0

    def _last_known(
        self, *, until: int | None = None, names: Collection[str] | None = None, withdrawn: bool = True
    ) -> pd.DataFrame:
        o = observation.c
        query = newest_rows(until, names).order_by(o.series, o.iso3, o.start, o.end)
        return self._observations(query if withdrawn else query.where(o.status != "withdrawn"))

    def _observations(self, query: Select[Any]) -> pd.DataFrame:
        """Return rows and what their numbers stand for; names are read last, since a writer may add both in between."""
        table = self._database.arrow(query)
        with self._database.reading() as connection:
            pairs = [(series.c.id, series.c.name), (document.c.id, document.c.sha256), (moment.c.id, moment.c.seen)]
            names = Names(*(dict(connection.execute(select(*pair)).all()) for pair in pairs))
        try:
            return frame_of(table, names)
        except (pa.ArrowInvalid, ValueError) as error:
            raise StoreError(f"{self.path} is damaged: an observation is unreadable ({error})", what_to_do=RESTORE) from error

    def verify(self) -> list[str]:
        """Return what is wrong with the record, an empty list when nothing is: the file's structure, and every value's seal."""
        if problems := self._database.integrity():
            return problems
        rows = dict(list(self._observations(as_sent(observation.c)).groupby("recorded")))
        with self._database.reading() as connection:
            moments = connection.execute(select(moment).order_by(moment.c.id)).all()
            problems.extend(altered_entries(connection))
            problems.extend(altered_alerts(connection))
            problems.extend(filter(None, [chain.broken(list(chain.entries_of(connection)))]))
        before = ""
        for each in moments:
            if each.seal != seal(before, each.seen, rows.get(each.id)):
                problems.append(f"observations seen {each.seen} are not those that were recorded")
            before = each.seal
        return problems

    def root(self) -> str:
        """Return the last seal: a hash of every observation ever recorded, and of when; empty when there is none."""
        with self._database.reading() as connection:
            return connection.scalar(select(moment.c.seal).order_by(moment.c.id.desc()).limit(1)) or ""

    def is_empty(self) -> bool:
        """Return whether no observation was ever recorded."""
        with self._database.reading() as connection:
            return connection.execute(select(observation.c.recorded).limit(1)).first() is None

    def lost(self) -> list[str]:
        """Return the countries (ISO3, sorted) of which a figure known once is not in the newest release of its source."""
        query = newest_rows().where(observation.c.status == "withdrawn").with_only_columns(observation.c.iso3).distinct()
        with self._database.reading() as connection:
            return sorted(connection.scalars(query))

    def runs(self) -> pd.DataFrame:
        """Return every run, oldest first: the columns of the table ``run``."""
        return self._rows(select(run).order_by(run.c.id))

    def last_runs(self) -> pd.DataFrame:
        """Return the last run of every source, and of its last good run ``good_finished, good_release, good_newest_period``."""
        good = case((run.c.status.in_(("new", "unchanged")), run.c.id))
        last = select(func.max(run.c.id).label("id"), func.max(good).label("good")).group_by(run.c.source).subquery()
        then = run.alias()
        gained = [then.c[name].label(f"good_{name}") for name in ("finished", "release", "newest_period")]
        query = select(run, *gained).join(last, run.c.id == last.c.id).outerjoin(then, then.c.id == last.c.good)
        return self._rows(query.order_by(run.c.source))

    def slots(self) -> pd.DataFrame:
        """Return every time of the schedule that was done, oldest first: ``job, due, started, finished, exit_code``."""
        return self._rows(select(slot).order_by(slot.c.finished, slot.c.job, slot.c.due))

    def slot_done(self, job: str, due: str) -> bool:
        """Return whether a job was done for the time it was due."""
        with self._database.reading() as connection:
            return connection.execute(select(slot.c.job).where(slot.c.job == job, slot.c.due == due)).first() is not None

    def rejections(self) -> pd.DataFrame:
        """Return every row ever set aside: ``run, source, document`` (sha256), ``place, reason, row``."""
        r = rejection.c
        query = select(r.run, run.c.source, document.c.sha256.label("document"), r.place, r.reason, r.row)
        query = query.join(run, run.c.id == r.run).outerjoin(document, document.c.id == r.document)
        return self._rows(query.order_by(r.id)).astype({"place": "Int64"})

    def documents(self) -> pd.DataFrame:
        """Return every document, oldest first: the columns of the table ``document``."""
        return self._rows(select(document).order_by(document.c.id))

    def known_document(self, url: str, via: str = "") -> Document | None:
        """Return what this address sent last, for a conditional request; ``None`` when its bytes no longer lie in their place."""
        query = select(document).where(document.c.url == url, document.c.via == via).order_by(document.c.id.desc()).limit(1)
        with self._database.reading() as connection:
            found = connection.execute(query).mappings().first()
        if found is None:
            return None
        path = path_of(self.home, found["sha256"])
        if not path.is_file() or path.stat().st_size != found["size"]:
            return None
        kept = {name: value for name, value in found.items() if name not in ("id", "fetched_at")}
        return Document(**kept, fetched_at=datetime.fromisoformat(found["fetched_at"]), path=path)

    def began(self, framework_hash: str) -> str:
        """Return the ISO day of the first assessment recorded under this framework on basis ``recorded``; empty before it."""
        a = assessment.c
        first = select(func.min(a.as_of)).where(a.framework_hash == framework_hash, a.basis == "recorded")
        with self._database.reading() as connection:
            return connection.scalar(first) or ""

    def last_assessments(self, framework_hash: str, before: datetime | None = None) -> pd.DataFrame:
        """Return what was last recorded (before an instant) under this framework on basis ``recorded``; empty when nothing was.

        Columns ``run_id, as_of, seen, iso3``, then those given to :meth:`record_assessments`, by name; their days are text.
        """
        a = assessment.c
        which = [a.framework_hash == framework_hash, a.basis == "recorded"]
        latest = select(func.max(a.recorded)).join(moment, a.recorded == moment.c.id).where(*which)
        query = select(a.run_id, a.as_of, moment.c.seen, a.iso3, a.body).join(moment, a.recorded == moment.c.id)
        with self._database.reading() as connection:
            newest = connection.scalar(latest if before is None else latest.where(moment.c.seen < stamp(before)))
        said = self._rows(query.where(*which, a.recorded == newest).order_by(a.iso3))
        bodies = pd.DataFrame([json.loads(body) for body in said.pop("body")], index=said.index)
        return said.join(bodies[[column for column in bodies.columns if column not in said.columns]])

    def _rows(self, query: Select[Any]) -> pd.DataFrame:
        """Return a small result; instants as UTC, days as ``datetime64[s]``."""
        with self._database.reading() as connection:
            result = connection.execute(query)
            frame = pd.DataFrame(result.all(), columns=list(result.keys()))
        for column in frame.columns.intersection(["started", "finished", "fetched_at", "seen", "good_finished"]):
            frame[column] = pd.to_datetime(frame[column], format="ISO8601", utc=True).dt.as_unit("us")
        for column in frame.columns.intersection(["newest_period", "good_newest_period", "as_of"]):
            frame[column] = pd.to_datetime(frame[column], format="ISO8601").dt.as_unit("s")
        return frame
