"""Written questions. The fixture is three real items of 5 January 2024, members' numbers replaced; faults are made from it."""

from __future__ import annotations

import copy
import json
import math
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from indicators.contract import Incomplete, NotData, Parsed, SchemaChanged, Source, TooLarge
from indicators.questions import plain, read
from monitor.settings import load_response
from tests.conftest import CONFIG, FIXTURES
from tests.publisher import Publisher, collect

THREE = json.loads((FIXTURES / "uk_written_questions" / "three.json").read_text(encoding="utf-8"))
LATER = datetime(2024, 4, 1, tzinfo=UTC)
NONE = json.dumps({"totalResults": 0, "results": []}).encode()


def card(**options: Any) -> Source:
    found = load_response(CONFIG, ["baseline", "watch", "elevated", "high"]).profile
    (shipped,) = (c for c in found.sources if c.id == "uk_written_questions")
    return shipped.model_copy(update={"options": {**shipped.options, "month": "2024-01", **options}})


CARD = card()


def body(*values: dict[str, Any], total: int | None = None) -> bytes:
    """Return a page of questions, each the Israel and Palestine one with these changes."""
    model = next(r["value"] for r in THREE["results"] if r["value"]["id"] == 1679729)
    items = [{"value": {**copy.deepcopy(model), **v}, "links": []} for v in values]
    return json.dumps({"totalResults": len(items) if total is None else total, "results": items}).encode()


def questions(folder: Path, *pages: bytes, now: datetime = LATER, card: Source = CARD) -> Parsed:
    answers = {f"&skip={100 * n}": page for n, page in enumerate(pages)}
    return collect(card, Publisher(folder, {"tabledWhenFrom=2014-01-01": NONE, **answers}, now))


def of(parsed: Parsed, column: str, start: str = "") -> dict[str, float]:
    """Return ``{iso3: value}`` of a column, of the periods that begin on a day where one is given."""
    rows = parsed.observations[parsed.observations["series"] == f"uk_written_questions.{column}"]
    rows = rows[rows["start"] == start] if start else rows
    return dict(zip(rows["iso3"], rows["value"], strict=True))


def test_the_real_questions_are_counted_by_the_countries_that_they_name(tmp_path: Path) -> None:
    found = questions(tmp_path, json.dumps(THREE).encode())
    asked = of(found, "month_asked")
    assert {iso3 for iso3, n in asked.items() if n} == {"AFG", "ISR", "PSE", "UKR"}
    assert asked["SDN"] == 0  # the whole month was read: none is known, not missing
    assert len(asked) == 195  # all that are assessed, but the parliament's own state
    assert of(found, "month_total") == {"GBR": 3}
    assert of(found, "day_asked") == {"AFG": 1, "ISR": 1, "PSE": 1, "UKR": 1}
    assert of(found, "month_late")["PSE"] == 1  # due on 9 January, answered on the 22nd
    assert of(found, "month_members")["PSE"] == 1


def test_members_and_parties_are_counted_once_and_a_party_not_sent_is_unknown(tmp_path: Path) -> None:
    two = [{"id": n, "askingMemberId": 7, "askingMember": {"party": "Made-up"}} for n in (1, 2)]
    found = questions(tmp_path, body(*two, {"id": 3, "askingMemberId": 8, "askingMember": {"party": "Made-down"}}))
    assert (of(found, "month_asked")["ISR"], of(found, "month_members")["ISR"], of(found, "month_parties")["ISR"]) == (3, 2, 2)
    unsent = questions(tmp_path, body(*two, {"id": 3, "askingMemberId": 8, "askingMember": None}))
    assert math.isnan(of(unsent, "month_parties")["ISR"])


def test_no_number_or_name_of_a_member_reaches_a_row(tmp_path: Path) -> None:
    found = questions(tmp_path, body({"id": 1, "askingMemberId": 424242, "askingMember": {"name": "Jane Made-up", "party": "P"}}))
    said = found.observations.to_csv() + found.rejected.to_csv()
    assert "424242" not in said
    assert "Jane" not in said


def test_words_of_atrocity_and_of_trade_are_told_apart(tmp_path: Path) -> None:
    texts = ["Genocide in Sudan.", "Trade with Sudan.", "Sudan: exports and torture.", "Sudan: weather."]
    items = [{"id": n, "heading": "", "questionText": text} for n, text in enumerate(texts)]
    found = questions(tmp_path, body(*items))
    assert (of(found, "month_asked")["SDN"], of(found, "month_atrocity")["SDN"], of(found, "month_trade")["SDN"]) == (4, 2, 2)


def test_an_answer_is_late_after_its_day_and_while_it_is_due_and_not_there(tmp_path: Path) -> None:
    due = "2024-01-09T00:00:00"
    items = [
        {"id": 1, "dateForAnswer": due, "dateAnswered": due},
        {"id": 2, "dateForAnswer": due, "dateAnswered": "2024-01-10T00:00:00"},
        {"id": 3, "dateForAnswer": due, "dateAnswered": None},
        {"id": 4, "dateForAnswer": "2024-05-09T00:00:00", "dateAnswered": None},
    ]
    assert of(questions(tmp_path, body(*items)), "month_late")["PSE"] == 2


def test_a_withdrawn_question_is_not_counted(tmp_path: Path) -> None:
    assert of(questions(tmp_path, body({"id": 1}, {"id": 2, "isWithdrawn": True})), "month_asked")["PSE"] == 1


def test_weeks_run_from_monday_and_only_those_read_whole_are_there(tmp_path: Path) -> None:
    found = questions(tmp_path, body({"id": 1}))  # tabled on Friday 5 January 2024
    weeks = found.observations[found.observations["series"] == "uk_written_questions.week_total"]
    assert [f"{d:%d %b}" for d in weeks["start"]] == ["01 Jan", "08 Jan", "15 Jan", "22 Jan"]  # that of the 29th ends in February
    assert of(found, "week_asked", "2024-01-01")["PSE"] == 1
    assert of(found, "week_asked", "2024-01-08")["PSE"] == 0


def test_the_running_month_is_provisional_and_a_settled_one_is_not(tmp_path: Path) -> None:
    def status(now: datetime) -> set[str]:
        return set(questions(tmp_path, body({"id": 1}), now=now).observations.query("series.str.contains('month_')")["status"])

    assert status(datetime(2024, 1, 20, tzinfo=UTC)) == {"provisional"}
    assert status(datetime(2024, 3, 1, tzinfo=UTC)) == {"provisional"}  # 30 days after 31 January is 1 March
    assert status(datetime(2024, 3, 2, tzinfo=UTC)) == {"final"}


def test_the_months_asked_for_end_with_the_day_of_asking(tmp_path: Path) -> None:
    publisher = Publisher(tmp_path, {"2014-01-01": NONE, "skip=0": NONE}, datetime(2024, 1, 20, tzinfo=UTC))
    with pytest.raises(NotData, match="not a zero"):
        collect(card(month="", months=3), publisher)
    assert [u.split("From=")[1].split("&expand")[0] for u in publisher.asked[1:]] == [
        "2023-11-01&tabledWhenTo=2023-11-30",
        "2023-12-01&tabledWhenTo=2023-12-31",
        "2024-01-01&tabledWhenTo=2024-01-20",
    ]
    assert not [u for u in publisher.asked if "searchTerm" in u]  # nobody learns which country is looked at


# ------------------------------------------------------------------------------------------------------------------ faults


def test_a_parameter_that_is_silently_ignored_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(SchemaChanged, match="1 of 2 were not tabled from 2024-01-01 to 2024-01-31"):
        questions(tmp_path, body({"id": 1}, {"id": 2, "dateTabled": "2023-12-31T00:00:00"}))


def pages(*ids: int, total: int) -> bytes:
    return body(*({"id": n} for n in ids), total=total)


def test_two_pages_are_read_as_one_list(tmp_path: Path) -> None:
    found = questions(tmp_path, pages(*range(100), total=130), pages(*range(100, 130), total=130))
    assert of(found, "month_asked")["PSE"] == 130


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (pages(99, *range(101, 130), total=130), "99 is on two pages"),
        (pages(*range(101, 130), total=130), "130 were announced, 129 came"),
        (pages(*range(100, 131), total=131), "130 and 131 were announced"),
    ],
)
def test_pages_that_repeat_skip_or_grow_are_refused(tmp_path: Path, second: bytes, says: str) -> None:
    with pytest.raises(Incomplete, match=says):
        questions(tmp_path, pages(*range(100), total=130), second)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"[]", NotData),
        (b'{"totalResults": 1}', NotData),
        (b'{"totalResults": "1", "results": []}', SchemaChanged),
        (b'{"totalResults": 1, "results": [{}]}', SchemaChanged),
        (b'{"totalResults": 1, "results": [', Incomplete),
        (body({"id": "x"}), SchemaChanged),
        (body({"id": 1, "dateTabled": "05/01/2024"}), SchemaChanged),
        (json.dumps({"totalResults": 99_999, "results": []}).encode(), TooLarge),
        (NONE, NotData),
    ],
)
def test_an_answer_that_is_not_the_list_stops_the_source(tmp_path: Path, answer: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        questions(tmp_path, answer)


def test_a_missing_field_names_the_nearest(tmp_path: Path) -> None:
    item = json.loads(body({"id": 1}))
    item["results"][0]["value"]["dateTable"] = item["results"][0]["value"].pop("dateTabled")
    with pytest.raises(SchemaChanged, match="'dateTabled' is missing; the nearest is 'dateTable'"):
        questions(tmp_path, json.dumps(item).encode())


def test_html_is_read_as_text_and_what_it_hides_is_gone() -> None:
    real = plain((FIXTURES / "uk_written_questions" / "answer.html").read_text(encoding="utf-8"))
    assert real.startswith("The department is supporting sectors with short-term project-based work")
    assert "£7 million fund" in real
    assert "<" not in real
    assert "  " not in real
    assert plain("<p>A &amp; B</p><script>alert(1)</script><style>x</style>&nbsp;C<br/>D") == "A & B C D"
    assert plain("5 < 6 and no tag") == "5 < 6 and no tag"


def test_a_text_cut_by_the_source_is_told(tmp_path: Path) -> None:
    content = body({"id": 1, "questionText": "x" * 255}, {"id": 2, "questionText": "x" * 254})
    page = Publisher(tmp_path, {"page": content}, LATER).get("made", "page", name="page", kind="json")
    assert read([page], date(2024, 1, 1), date(2024, 1, 31))["cut"].tolist() == [True, False]
