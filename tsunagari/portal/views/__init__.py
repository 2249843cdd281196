"""The public pages. Every view is open to all, ignores credentials and keeps nothing of the visitor."""
