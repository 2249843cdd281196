"""Staff of the organisations: who they are, where they belong, what they may open, and who read whose record."""
