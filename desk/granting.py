"""Who may grant what, and change whose account: only a superuser manages superusers, and nobody grants more than
they hold, neither directly, nor through a group, nor by resetting the password of somebody who holds more."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q


def held_permissions(user):
    """Return the permissions of an account that is no superuser's, even if it is inactive for now."""
    return Permission.objects.filter(Q(user=user) | Q(group__user=user)).order_by().distinct()


def may_manage_user(user, account):
    """Return whether `user` may change or delete an account, and set its password."""
    if user.is_superuser:
        return True
    return not account.is_superuser and holds_all(user, held_permissions(account))


def may_manage_group(user, group):
    """Return whether `user` may change or delete a group."""
    return user.is_superuser or holds_all(user, group.permissions.order_by())


def holds_all(user, permissions):
    """Return whether a user who is no superuser holds all of a queryset of permissions."""
    return not permissions.exclude(pk__in=held_permissions(user).values("pk")).exists()


def grantable_permissions(user, permissions):
    """Return those of a queryset of permissions that `user` may grant."""
    return permissions if user.is_superuser else permissions.filter(pk__in=held_permissions(user).values("pk"))


def grantable_groups(user, groups):
    """Return those of a queryset of groups of which `user` holds every permission."""
    if user.is_superuser:
        return groups
    beyond = Permission.objects.exclude(pk__in=held_permissions(user).values("pk"))
    granting = Group.permissions.through.objects.filter(permission__in=beyond.values("pk"))
    return groups.exclude(pk__in=granting.values("group"))
