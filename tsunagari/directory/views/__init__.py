"""Pages of the desk for entries, and the public page that a mail's link opens."""
