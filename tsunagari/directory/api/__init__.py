"""The directory as open data: the API of HSDS 3.0 (https://docs.openreferral.org/) at ``/api/hsds/``.

    shapes      what is answered, as types: the OpenAPI document is made from them
    parameters  what may be asked, with the sentence for whoever asks wrongly
    filters     parameters → querysets
    reading     everything that an object in full needs, in a constant number of queries
    objects, history, services    rows → shapes; ``attributes`` and ``metadata`` of everything in an answer
    listing     pages with exact totals, and streams
    profile     what the Japanese profile adds to HSDS
    answers     what every answer has: CORS, ETag, errors as JSON
    endpoints   the operations

Each file may import those above it. docs/api.md is for those who use the API.
"""
