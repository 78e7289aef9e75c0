"""Texts that an advocate can send once edited: letters, questions, motions, posts, each built on the published readings."""
