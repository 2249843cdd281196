"""Lists as cities keep them (自治体標準オープンデータ and their own), in and out.

``reader`` is the format ``municipal``: it turns the rows of ``tables`` into records, by the mapping of
columns in ``ImportRun.options`` or, where there is none, by what ``tables.columns`` proposes:

    {"tables": {"Sheet1": {"list": "consultation", "columns": {"施設名": "name", …}}, "旧": null},
     "organization": "品川区", "area": "131091"}

``cells`` and ``row`` are one row, ``hours`` its opening hours, ``places`` and ``localities`` where it is,
``handed_in`` keeps the files of the desk, ``answering`` gives them back with their problems, ``listing``
writes the same columns of an organisation's or an area's entries.
"""
