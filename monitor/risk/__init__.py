"""The risk framework as pure functions: no I/O, no clock, no config file."""
