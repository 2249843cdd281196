"""What reads the app's tables."""
