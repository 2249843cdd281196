"""Tables as cities have them: CSV in any of their encodings, Excel workbooks, and what their cells mean.

    document = read_document(path, "一覧.xlsx")     # sheets of rows; FileRefused when it cannot be read
    tables, ignored = tables_of(document, known=…)          # headings found, titles and notes left behind
    for row in tables[0].rows(): …                          # row.number is the line that the person sees

Pure: no database, no Django models. Nothing is evaluated, fetched or trusted: a formula counts by its stored
value, a workbook is read within bounds. What is odd is told as a `Problem` with its row and column.

Parts: ``text_files``, ``workbooks`` (bytes → rows of text) · ``headings`` (rows → a table) · ``values`` (a
cell → telephone numbers, dates, places …) · ``columns`` (headings → fields, with certainty and reasons) ·
``answers`` (the same file back, marked) · ``remarks`` (every sentence).
"""
