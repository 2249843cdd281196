"""Search in Japanese: one row per service and area, words and facets in one tsvector, ranked by what helps.

index          writes `SearchRow` and `HoursPattern`; `reindex_services`, `reindex_outdated`
document       a service's texts → lexemes, bigrams;  quality: its static prior;  apart: documents
               of an import are made in a process of their own
openness       which of the few hours patterns are open at a minute
areas_in_text  「札幌 ひきこもり」 → the area and what is left;  names: services called by name, misspelt too
question       a request → what was understood → tsquery
ranking        the SQL: bounded candidates, then relevance × reachable now × nearness × freshness
crisis         the lines that stand above everything
cards          what a result shows, and why it is shown
query          `search(SearchRequest) -> SearchResponse`
"""
