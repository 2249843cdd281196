"""Tables as people have them: CSV in any of Japan's encodings, Excel workbooks; read, and given back marked.

    document = read_document(path, "一覧.xlsx")     # sheets of rows; FileRefused when it cannot be read
    tables, ignored = tables_of(document, knows=…)  # headings found, titles and notes left behind
    for row in tables[0].rows(): …                  # row.number is the line that the person sees

Pure: no database, no Django models. Nothing is evaluated, fetched or trusted: a formula counts by its stored
value, a workbook is read within bounds. What is odd is told as a `Problem` with its row and column. What a
table is about, its reader knows: ``directory.exchange.municipal``, ``council.round_forms``.

Parts: ``text_files``, ``workbooks`` (bytes → rows of text) · ``headings`` (rows → a table) · ``answers`` (the
same file back, marked) · ``problems``, ``remarks`` (what is said) · ``formulas`` (cells made harmless).
"""
