"""Pages of the desk that belong to accounts."""
