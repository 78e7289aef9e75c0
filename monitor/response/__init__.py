"""What a state has done and said about a country at risk, from the public record alone, and what of it is not held.

Nothing here is a measure of risk: no level, score or alert rests on it. Its sources are kept in a record of their own.
"""
