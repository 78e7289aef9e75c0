"""What the world says: public sources in, tidy observations out. Knows nothing of risk."""
