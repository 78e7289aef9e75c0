"""Public sources, one small file each: what it offers, how its bytes are fetched, how they are parsed."""
