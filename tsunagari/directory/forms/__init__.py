"""What staff and keepers of entries type in."""
