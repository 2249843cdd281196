"""重点計画: its versions and measures, its indicators, its yearly review."""
