"""Template tags of the common shell."""
