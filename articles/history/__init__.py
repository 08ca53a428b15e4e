"""What a story said at any time, and who had it say so.

Every door that changes a story does it within `recording`, which keeps a Revision of every field before and after.
"""
