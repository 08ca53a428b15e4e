"""Taking in upstream's documents: read, parse (pure), merge (pure), write. See docs/import-format.md."""
