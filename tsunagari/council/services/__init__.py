"""What changes the app's tables."""
