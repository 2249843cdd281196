"""Files that officers hand over: the follow-up table, the RS system's columns, the overview on one page."""
