"""The model card, generated: what is forecast, from what, how good it was, where it fails, and what it must not be used for."""

from __future__ import annotations

import pandas as pd

from monitor.foresight.kept import Kept, Line
from monitor.foresight.policy import Foresight, Target
from monitor.foresight.prepare import World
from monitor.foresight.record import CHECKLIST, HEADLINE, OUTSIDE

NAMES = {HEADLINE: "Headline", OUTSIDE: "Model that sees no death counts", CHECKLIST: "Checklist (benchmark)"}
SHOWN = {
    "auc": "AUC",
    "average_precision": "Average precision",
    "brier_skill": "Brier skill",
    "recall_at_10": "Recall, top 10",
    "recall_at_20": "Recall, top 20",
    "recall_at_30": "Recall, top 30",
    "false_alarms_a_year_at_30": "False alarms a year, top 30",
}
HEAD = """# Model card: foresight

Policy {policy}. A forecast is named after the last data year. It is made on {issued} (month-day) of the year after, so that
part of the first year ahead has passed; what no release had brought by then is unknown to it. Families of models: {used}; the
mean of their log odds is calibrated (Platt) on the forecasts of earlier years. Each year is forecast from outcomes that were
closed {gap} years before. Which candidate counts, and whether the ensemble or the checklist is used, is decided by the
forecasts of earlier years alone. Models are fitted anew each time; nothing is stored but parameters.

Basis of all scores: today's vintages with assumed release lags, not what was known then. The design (series, families, the
priors of the calibration) was settled by people who knew the history, and who looked at scores of onsets up to 2012 while
they did: the first year of the walk, the prior of the calibration and leaving out the Political Terror Scale were chosen after
seeing them. Take scores of mass killing to 2012 as too good, and later onsets as the test."""
MUST_NOT = (
    "say that genocide or any atrocity is taking place, or that a country is safe",
    "name a person, a group or a place below the country as a target or as a perpetrator",
    "decide about anybody's asylum, return or removal",
    "be read on a scale of verbal probability: even the highest risk is more often than not followed by no onset",
    "replace a person's look at a country: the lists are structural, and sudden risings, coups and invasions are not in them",
)


def model_card(world: World, kept: Kept | None, aside: pd.DataFrame | None) -> str:
    """Return the card as Markdown. ``kept``: the newest backtest, none where there is none; ``aside``: labels set aside."""
    policy = world.policy
    parts = [_head(policy), *(_target(policy, target, kept) for target in policy.targets), _inputs(world)]
    if aside is not None and len(aside):
        rows = "\n".join(f"- {text}: {reason}" for text, reason in zip(aside["text"], aside["reason"], strict=True))
        parts.append(f"## Labels set aside\n\n{rows}")
    uses = "\n".join(f"- {use}" for use in MUST_NOT)
    parts.append(f"## What it must not be used for\n\nIt must not:\n\n{uses}")
    return "\n\n".join(parts) + "\n"


def _head(policy: Foresight) -> str:
    families = {"logit": "elastic-net logit", "boosted": "gradient-boosted trees", "extra_trees": "extremely randomised trees"}
    used = ", ".join(dict.fromkeys(families[c.family] for c in policy.candidates))
    return HEAD.format(policy=policy.hash, issued=policy.issued, used=used, gap=policy.gap_years)


def _target(policy: Foresight, target: Target, kept: Kept | None) -> str:
    words = [f"## {target.title}", " ".join(target.meaning.split())]
    lines = [x for x in kept.lines if x.target == target.id] if kept is not None else []
    if kept is None or not lines:
        return "\n\n".join([*words, "Not scored: no backtest of this target has been made with this policy and these figures."])
    scores, calibration, misses = (f[f["target"] == target.id] for f in map(kept.table, ("scores", "calibration", "misses")))
    for horizon in policy.horizons:
        here = scores[scores["horizon"] == horizon]
        words.append(f"### Within {horizon} year{'s' * (horizon > 1)}, outcomes {kept.first}-{kept.last}")
        words.append(_scores(here))
        words += [_use(line) for line in lines if line.horizon == horizon]
        words.append("Reliability (headline):\n\n" + _reliability(calibration[calibration["horizon"] == horizon]))
        words.append(_missed(misses[misses["horizon"] == horizon]))
    return "\n\n".join(words)


def _scores(scores: pd.DataFrame) -> str:
    head = ["Forecast", "Rows", "Onsets", *SHOWN.values()]
    rows = []
    for (track, split), part in scores.groupby(["track", "split"], sort=False):
        at = part.set_index("score")
        if split != "all" and (track == CHECKLIST or track not in NAMES):
            continue
        counts = [_count(part["country_years"].max()), _count(part["onsets"].max())]
        name = f"{NAMES.get(str(track), str(track))}{'' if split == 'all' else f', {split}'}"
        rows.append([name, *counts, *(_value(at, score) for score in SHOWN)])
    return _markdown(head, rows)


def _count(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.0f}"


def _value(at: pd.DataFrame, score: str) -> str:
    found = at.reindex([score])[["value", "low", "high"]].to_numpy(dtype="float64")[0]
    digits = 1 if score.startswith("false") else 3 if score.startswith(("auc", "average", "brier")) else 2
    value, low, high = (float(v) for v in found)
    if pd.isna(value):
        return "-"
    return f"{value:.{digits}f}" + ("" if pd.isna(low) else f" ({low:.{digits}f} to {high:.{digits}f})")


def _use(line: Line) -> str:
    picks = f" of {', '.join(line.picks)}" if line.used == "ensemble" else ""
    return (
        f"{NAMES[line.track]}: the {line.used}{picks} counts for the data year {line.year} ({line.why}; {line.learnt} onsets to "
        f"learn from, {line.past} in earlier forecasts)."
    )


def _reliability(calibration: pd.DataFrame) -> str:
    rows = [
        [
            f"{100 * r['from']:.2f} to {100 * r['to']:.2f} %",
            f"{r['country_years']:.0f}",
            f"{100 * r['mean_risk']:.2f} %",
            f"{r['onsets']:.0f}",
            f"{100 * r['observed']:.2f} % ({100 * r['low']:.2f} to {100 * r['high']:.2f})",
        ]
        for r in calibration.to_dict("records")
    ]
    return _markdown(["Risk said", "Country-years", "Mean said", "Onsets", "Observed (90 % interval)"], rows)


def _missed(misses: pd.DataFrame) -> str:
    named = [f"{r['country']} {r['year']:.0f} (best place {r['best']:.0f})" for r in misses.to_dict("records")]
    return f"Largest misses: {'; '.join(named) or 'none outside the top 30'}."


def _inputs(world: World) -> str:
    rows = []
    for feature in world.policy.features:
        card = world.cards[feature.series]
        rows.append([card.title, feature.series, ", ".join(feature.views), f"{card.lag_days}", "yes" if card.deaths else ""])
    table = _markdown(["Series", "Id", "Seen as", "Days until known", "Counts deaths"], rows)
    return (
        "## What the models see\n\nPast mass killing (yes or no), years as an independent state, and the series below; a missing "
        f"figure stays missing and is a sign of its own. The model outside conflict sees none that counts deaths.\n\n{table}"
    )


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
