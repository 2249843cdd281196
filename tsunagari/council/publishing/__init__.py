"""What leaves the council as files: calendars (iCalendar), open data (Popolo), a meeting's papers (PDF)."""
