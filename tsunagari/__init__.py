"""tsunagari: the open system on which a country runs its measures against loneliness and isolation."""
