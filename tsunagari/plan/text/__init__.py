"""The plan's text without a database: paragraphs, documents and how two of them differ."""
