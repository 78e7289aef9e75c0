"""The models, behind one small interface: :func:`fit` learns from rows, :meth:`Learned.risk` says how likely an onset is.

Every model takes missing values as they are. Trees send them down a branch of their own. The logit puts the mean of the rows it
learnt from in their place and, beside it, a column that says that the value is missing, so that a gap is never read as a zero.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from monitor.foresight.annual import Bools, Floats, Ints
from monitor.foresight.policy import Boosted, Candidate, ExtraTrees, Logit

FARTHEST = 4.0  # standard deviations: a value farther out counts as this far, so that one outlier decides nothing
FINEST = 1e-6  # no risk is nearer to 0 or 1 than this


@dataclass(frozen=True)
class Learned:
    """A fitted model. ``use``: the columns that it looks at, those that said anything in the rows it learnt from."""

    candidate: Candidate
    use: Bools
    estimator: Any
    lens: Lens | None = None

    def risk(self, x: Floats) -> Floats:
        """Return the probability of an onset for each row."""
        seen = x[:, self.use]
        found = self.estimator.predict_proba(self.lens(seen) if self.lens else seen)[:, 1]
        return np.asarray(np.clip(found, FINEST, 1 - FINEST), dtype="float64")


@dataclass(frozen=True)
class Lens:
    """How the logit sees rows: in standard deviations from the mean, and which values are missing.

    ``marked``: one column of each set of columns that are always missing together.
    """

    mean: Floats
    deviation: Floats
    marked: Ints

    def __call__(self, x: Floats) -> Floats:
        """Return rows as the logit sees them."""
        gaps = np.isnan(x)
        z = np.clip((x - self.mean) / self.deviation, -FARTHEST, FARTHEST)
        return np.hstack([np.where(gaps, 0.0, z), gaps[:, self.marked].astype("float64")])  # 0 is the mean


def telling(x: Floats) -> Bools:
    """Return the columns that are not wholly missing and not constant."""
    known = ~np.isnan(x)
    low = np.where(known, x, np.inf).min(axis=0, initial=np.inf)
    high = np.where(known, x, -np.inf).max(axis=0, initial=-np.inf)
    return np.asarray(high > low)


def fit(candidate: Candidate, x: Floats, y: Floats, seed: int) -> Learned:
    """Return a model learnt from rows ``x`` and their outcomes ``y`` (0 and 1, both of them there).

    The same rows in the same order and the same seed give the same model.
    """
    use = telling(x)
    seen, outcome = x[:, use], y.astype("int64")
    if isinstance(candidate, Logit):
        lens = lens_of(seen)
        return Learned(candidate, use, _settled(_logit(candidate, seed), lens(seen), outcome), lens)
    estimator = _boosted(candidate, seed) if isinstance(candidate, Boosted) else _extra_trees(candidate, seed)
    return Learned(candidate, use, estimator.fit(seen, outcome))


def lens_of(x: Floats) -> Lens:
    """Return the lens for rows without an all-missing or constant column."""
    gaps = np.isnan(x)
    patterns, first = np.unique(gaps, axis=1, return_index=True)
    some = patterns.any(axis=0) & ~patterns.all(axis=0)
    return Lens(np.nanmean(x, axis=0), np.nanstd(x, axis=0), np.sort(first[some]))


def _logit(candidate: Logit, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(
        C=candidate.strength, l1_ratio=candidate.mixing, solver="saga", max_iter=60, tol=2e-3, random_state=seed
    )


def _settled(estimator: Any, x: Floats, outcome: Ints) -> Any:
    """Return the fitted logit. After a fixed number of rounds it is near enough, and the same each time: no reason to warn."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(x, outcome)


def _boosted(candidate: Boosted, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=candidate.rounds,
        learning_rate=candidate.rate,
        max_leaf_nodes=candidate.leaves,
        min_samples_leaf=candidate.smallest_leaf,
        l2_regularization=10.0,
        max_features=0.3,
        early_stopping=False,
        random_state=seed,
    )


def _extra_trees(candidate: ExtraTrees, seed: int) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(
        n_estimators=candidate.trees,
        min_samples_leaf=candidate.smallest_leaf,
        max_features=candidate.share_of_features,
        random_state=seed,
    )


def log_odds(p: Floats) -> Floats:
    """Return the log odds of probabilities."""
    inside = np.clip(p, FINEST, 1 - FINEST)
    return np.asarray(np.log(inside / (1 - inside)))


def probability(score: Floats) -> Floats:
    """Return the probabilities of log odds."""
    return np.asarray(1 / (1 + np.exp(-score)))
