"""What a person sees on the terminal, and the same as JSON for machines. Only words and tables: nothing is decided here."""
