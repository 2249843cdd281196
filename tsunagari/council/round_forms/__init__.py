"""The form of a round as a file: written for an organisation, filled by hand, read back by paragraph.

    content = xlsx.write(form)   # or docx.write(form)
    rows = reading.read_file(path, "回答.xlsx")      # FileRefused when it cannot be read
    checked = checking.check(rows, form)             # what it says, and every problem with its row

Pure: no database, no Django models. A file is never trusted: nothing in it is evaluated or fetched, and what
it unpacks to is bounded.

Parts: ``form`` (what a form holds) · ``xlsx``, ``docx`` (writing) · ``reading`` (files → rows) · ``checking``
(rows → comments) · ``marking`` (the file back, with what is to be looked at) · ``sentences`` (every problem).
"""
