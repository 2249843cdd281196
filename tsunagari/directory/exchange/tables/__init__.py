"""What cities' tables mean, once ``core.tables`` has read them.

``columns`` (headings → fields, with certainty and reasons) · ``values`` (a cell → telephone numbers, dates,
places …) · ``remarks`` (every sentence). Pure.
"""
