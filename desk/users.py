"""Users and groups, in the desk's theme. Nobody grants permissions, or takes over accounts, beyond their own."""

from typing import ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group, User
from django.db import models
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from desk.date_fields import DateTimeField
from desk.granting import grantable_groups, grantable_permissions, may_manage_group, may_manage_user

admin.site.unregister(User)
admin.site.unregister(Group)
GRANTABLE = {
    "groups": grantable_groups,
    "permissions": grantable_permissions,
    "user_permissions": grantable_permissions,
}


def limit_to_grantable(field, db_field, request):
    """Return a form field for a many-to-many column that offers only what the request's user may grant."""
    if field is not None and db_field.name in GRANTABLE:
        field.queryset = GRANTABLE[db_field.name](request.user, field.queryset)
    return field


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

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        return limit_to_grantable(super().formfield_for_manytomany(db_field, request, **kwargs), db_field, request)
