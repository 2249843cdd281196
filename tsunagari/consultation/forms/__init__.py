"""Forms of consultation."""
