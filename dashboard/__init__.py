"""What people see: reads the published snapshot, never the record."""
