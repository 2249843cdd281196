"""The plan as files: PDF, JSON, CSV and the feed of its changes."""
