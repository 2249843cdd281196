"""No domain: areas, live events, jobs, crypto, Japanese text, errors and the base templates."""
