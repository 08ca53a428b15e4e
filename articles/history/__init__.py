"""The history of stories: every field before and after each change, and who changed it.

Code that changes a story does it within `recording`, which writes a Revision.
"""
