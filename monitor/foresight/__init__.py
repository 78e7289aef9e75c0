"""Foresight: the probability that mass killing begins in a country, with the score of every forecast of the past beside it.

The way of a forecast, each step a file: figures by year (:mod:`.annual`), what an onset is (:mod:`.targets`), what was known
when (:mod:`.known`), what models see (:mod:`.features`), the models (:mod:`.models`), year by year through the past
(:mod:`.walk`), which of them counts (:mod:`.choose`), what a score is worth (:mod:`.calibrate`), and how good the forecasts
were (:mod:`.scores`).
"""
