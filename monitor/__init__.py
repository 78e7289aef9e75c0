"""What we judge and say: the risk framework, the record, briefs and the way between them."""

__version__ = "0.1.0"
