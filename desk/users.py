"""Users and groups, in the desk's theme. Nobody grants permissions, or takes over accounts, beyond their own."""

from typing import ClassVar

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db import models
from django.utils.text import capfirst
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from desk.date_fields import DateTimeField
from desk.granting import grantable_groups, grantable_permissions, may_manage_group, may_manage_user
from desk.permission_labels import permission_label

admin.site.unregister(User)
admin.site.unregister(Group)
GRANTABLE = {
    "groups": grantable_groups,
    "permissions": grantable_permissions,
    "user_permissions": grantable_permissions,
}


def limit_to_grantable(field, db_field, request):
    """Return a form field for a many-to-many column that offers, in the page's language, what the user may grant."""
    if field is not None and db_field.name in GRANTABLE:
        field.queryset = GRANTABLE[db_field.name](request.user, field.queryset)
    if field is not None and db_field.related_model is Permission:
        field.label_from_instance = permission_label
    return field


def without_memberships(deleted):
    """Return what `get_deleted_objects` does, without rows of many-to-many tables: these have no names to show."""
    to_delete, counts, lacking, protected = deleted
    tables = [model._meta for model in apps.get_models(include_auto_created=True) if model._meta.auto_created]
    plurals = {table.verbose_name_plural for table in tables}
    counts = {name: number for name, number in counts.items() if name not in plurals}
    beginnings = tuple(f"{capfirst(table.verbose_name)}: " for table in tables)
    return without_rows(to_delete, beginnings), counts, lacking, protected


def without_rows(entries, beginnings):
    """Return the nested list of a delete page without the texts that have one of the `beginnings`."""
    return [
        without_rows(entry, beginnings) if isinstance(entry, list) else entry
        for entry in entries
        if isinstance(entry, list) or not entry.startswith(beginnings)
    ]


@admin.register(User)
class UserAdmin(StockUserAdmin, ModelAdmin):
    """Accounts. Those with permissions that the user lacks cannot be changed (granting.py)."""

    formfield_overrides: ClassVar[dict] = {models.DateTimeField: {"form_class": DateTimeField}}
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def has_change_permission(self, request, obj=None):
        may = super().has_change_permission(request, obj)
        return may and (obj is None or may_manage_user(request.user, obj))

    def has_delete_permission(self, request, obj=None):
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or may_manage_user(request.user, obj))

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else [*fields, "is_superuser"]

    def get_deleted_objects(self, objs, request):
        return without_memberships(super().get_deleted_objects(objs, request))

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        return limit_to_grantable(super().formfield_for_manytomany(db_field, request, **kwargs), db_field, request)


@admin.register(Group)
class GroupAdmin(StockGroupAdmin, ModelAdmin):
    """Groups. Those with permissions that the user lacks cannot be changed (granting.py)."""

    def has_change_permission(self, request, obj=None):
        may = super().has_change_permission(request, obj)
        return may and (obj is None or may_manage_group(request.user, obj))

    def has_delete_permission(self, request, obj=None):
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or may_manage_group(request.user, obj))

    def get_deleted_objects(self, objs, request):
        return without_memberships(super().get_deleted_objects(objs, request))

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        return limit_to_grantable(super().formfield_for_manytomany(db_field, request, **kwargs), db_field, request)
