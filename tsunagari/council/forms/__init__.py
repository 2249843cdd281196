"""Forms of the app council."""
