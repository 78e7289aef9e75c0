"""A page about a country that an advocate can use the same morning: what is known, what is not, and what can be asked."""
