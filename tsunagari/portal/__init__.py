"""The public face: home, search, needs and areas, safety, language."""
