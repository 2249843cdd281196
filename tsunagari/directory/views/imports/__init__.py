"""Lists that organisations hand in: uploaded, mapped, checked, imported, undone; lists out; duplicates."""
