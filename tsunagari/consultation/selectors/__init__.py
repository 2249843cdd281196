"""What reads consultation."""
