"""Signals about changes of stories."""

from django.dispatch import Signal

# Sent by Article, within the transaction, after a change of one story: its `key`, the `changes` of its fields
# (articles/history/differences.py) or {"state": [before, after]}, the `actor` (workflow.Actor), and whether the change
# `is_decision` (see `recording`).
story_changed = Signal()
