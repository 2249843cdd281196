"""Staff of the organisations: who they are, where they belong, what they may open, who read whose record."""
