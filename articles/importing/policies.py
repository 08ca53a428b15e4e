"""The merge policy of each field: the desk's choice, or else the setting IMPORT_POLICIES, or else the default."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.core import checks
from django.db import transaction

from articles.choices import MergePolicy
from articles.documents.mapping import KEY_OF_COLUMN
from articles.documents.schema import STORY_FIELDS
from articles.models import FieldPolicy

# `secured` has no version of the desk, and `removed` has the setting IMPORT_REMOVED.
POLICY_FIELDS = tuple(key for key in (*STORY_FIELDS, "body") if key not in ("secured", "removed"))
DEFAULTS = {"heat": MergePolicy.UNTIL_DESK, "quality": MergePolicy.UNTIL_DESK}
# {column: the format's key whose policy applies to it}.
FIELD_OF_COLUMN = {column: key.partition(".")[0] for column, key in KEY_OF_COLUMN.items()}


class EffectivePolicy(NamedTuple):
    """A field's policy. `desk` is the desk's choice, None without one; `fallback` applies without it."""

    policy: MergePolicy
    desk: FieldPolicy | None
    fallback: MergePolicy
    is_fallback_set: bool


def check_policies(**kwargs: object) -> list[checks.CheckMessage]:
    """Report the fields in the setting that are not in the format."""
    return [
        checks.Error(
            f"IMPORT_POLICIES: {field!r} has no policy.",
            hint=f"Use one of these: {', '.join(POLICY_FIELDS)}.",
            id="articles.E010",
        )
        for field in settings.IMPORT_POLICIES
        if field not in POLICY_FIELDS
    ]


def configured_policies() -> dict[str, MergePolicy]:
    """Return {field: policy} of the setting."""
    configured: dict[str, str] = dict(settings.IMPORT_POLICIES)
    return {field: MergePolicy(policy) for field, policy in configured.items()}


def policies_by_field() -> dict[str, MergePolicy]:
    """Return {field: policy} of every field of the format that has one. One query."""
    return {field: effective.policy for field, effective in effective_policies().items()}


def effective_policies() -> dict[str, EffectivePolicy]:
    """Return {field: EffectivePolicy}, in the format's order. One query."""
    configured = configured_policies()
    chosen = {row.field: row for row in FieldPolicy.objects.select_related("changed_by")}
    policies = {}
    for field in POLICY_FIELDS:
        fallback = configured.get(field, DEFAULTS.get(field, MergePolicy.ASK))
        row = chosen.get(field)
        policy = MergePolicy(row.policy) if row else fallback
        policies[field] = EffectivePolicy(policy, row, fallback, field in configured)
    return policies


def policies_of_columns(policies: Mapping[str, MergePolicy]) -> dict[str, MergePolicy]:
    """Return {column: policy} of a story's columns, for {field: policy}; `removed` always follows upstream."""
    by_field = defaultdict(lambda: MergePolicy.UNTIL_DESK, policies)
    return {column: by_field[field] for column, field in FIELD_OF_COLUMN.items()}


@transaction.atomic
def set_policies(choices: Mapping[str, str], user: User | None) -> list[str]:
    """Store the desk's choices, {field: policy or "" for none}; return the fields whose choice changed."""
    before = dict(FieldPolicy.objects.select_for_update().values_list("field", "policy"))
    changed = [field for field, policy in choices.items() if policy != before.get(field, "")]
    for field in changed:
        if choices[field]:
            policy = MergePolicy(choices[field])
            FieldPolicy.objects.update_or_create(field=field, defaults={"policy": policy, "changed_by": user})
        else:
            FieldPolicy.objects.filter(field=field).delete()
    return changed
