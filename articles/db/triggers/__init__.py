"""What the database keeps right by itself, whoever writes: triggers, installed after every `migrate`.

Bulk writes, `update()` and statements typed at a prompt pass models and signals by; triggers they cannot.
Three things hang on them: where a story stands in its topics' lists, the full-text index, and the edition,
which tells caches that something readers see has changed.
"""
