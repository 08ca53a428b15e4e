"""Database triggers for what must be right however rows are written; installed after every `migrate`.

Bulk writes, `update()` and SQL typed at a prompt bypass models and signals, but not triggers. Triggers maintain the
topic order (a story's sort columns beside each of its topics), the full-text index, and the cache version, by which
caches know that something readers see has changed.
"""
