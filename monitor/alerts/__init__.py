"""What is worth saying, and to whom it is worth saying it."""
