"""What is worth saying, to whom, and how: flags, the decision, the weekly digest, the mail."""
