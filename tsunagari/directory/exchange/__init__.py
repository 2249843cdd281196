"""Import and export of the directory: files in, files out, and what each of them did.

How a file comes in
-------------------

    stored = store_upload(chunks, name="list.csv")         # or open_file(path); bounds, digest, no trust
    run = start_run(file=stored, format="hsds-json", source="example.org", actor=…, organization=…, at=…)
    check(run.pk, at=…)      # the dry run: reads, stages, compares; state checked
    publish(run.pk, at=…)    # one transaction puts everything before the public's eyes; state done
    undo_run(run.pk, actor=…, at=…)

``start_run`` gives back the unfinished run of the same file, format and options, so starting again after a
crash continues it: ``check`` goes on after the last committed checkpoint, ``publish`` begins its one
transaction anew. As jobs: ``check_import(run_id)`` and ``publish_import(run_id)`` of ``directory/tasks.py``;
their argument is the id alone. On the command line: ``python -m tsunagari import FILE [--dry-run]``.

What a page needs: ``ImportRun`` (state, ``rows_seen`` of ``rows_total``, ``published`` of the rows to write,
``counts`` by action, ``failure_ja``/``failure_en``), ``report.problems_of(run)``, ``report.rows_of(run)``
(``ImportRow``: action, and ``changes`` {"name": [before, after]}), ``provenance.provenance_of(service)``.

How to add a format
-------------------

A reader is a generator over a file. It yields records (``records``), one for each object, and problems
(``problems.problem``), lazily, in the order of the file, the same each time; it never writes. It may raise
``FileRefused`` when the file as a whole cannot be read (nothing of it is then imported). Register it:

    register(Format(key="municipal-csv", label=_("…"), read=read_municipal, recognises=looks_municipal))

    def read_municipal(source: SourceFile) -> Iterator[Item]:
        for number, row in rows(source):                   # number: the line in the file, for the person
            record = ServiceRecord(number=number, key=row["ID"], fields={"name": row["名称"]})
            record.organization = OrganizationRecord(number=number, fields={"name": …, "kind": "npo"})
            record.areas = [AreaRecord(code="131041")]     # code None: the whole country
            record.channels = [ChannelRecord(type="phone", fields={"value": "03-…"}, hours=Hours(…))]
            yield record
            yield problem("unreadable_hours", number=number, field="開催時間", value=…)

The module of a format is imported by ``formats.load_formats`` (one line to add there). ``SourceFile`` has
``path``, ``name``, ``options`` (``ImportRun.options``: the mapping of columns …), ``source`` and ``size``;
``archives.members`` opens ZIP and gzip within bounds, ``texts.decoded_lines`` reads lines of one encoding
(UTF-8 with or without BOM, CP932) and names the line where it changes. Readers do not check lengths, URLs,
enumerations or ids: ``rows`` does that for all formats and reports with the record's number and the field's
label (``record.labels`` maps our field to the column's heading in the file).

In a record ``None`` (or a missing entry of ``fields``) means "the source does not say": what stands in the
directory stays; "" or [] means "nothing", and it is taken out. Values may be text as it stands in the file:
numbers, dates (ISO) and booleans are understood by ``rows``.

``key`` is the source's own identifier; a UUID becomes the id, any other text a UUID of version 5 under the
run's ``source``; without a key the organisation's and the service's name make one. The same key in the next
import is the same service.

Parts: ``records``, ``problems`` (what a reader speaks) · ``archives``, ``texts``, ``uploads`` (safe reading)
· ``formats``, ``hsds`` (formats) · ``rows`` (records → rows of tables), ``aggregates`` (which tables make an
object) · ``runs``, ``staging``, ``comparing``, ``publishing``, ``undoing``, ``report``, ``provenance`` ·
``matching``, ``merging`` (duplicates) · ``exporting``.
"""
