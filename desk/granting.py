"""Who may grant which permissions, and change whose account.

Only a superuser manages superusers. Nobody grants permissions they lack: neither directly, nor through a group, nor by
resetting the password of an account that has more.
"""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q


def held_permissions(user):
    """Return the permissions of an account that is no superuser's, even if it is inactive."""
    return Permission.objects.filter(Q(user=user) | Q(group__user=user)).order_by().distinct()


def may_manage_user(user, account):
    """Return whether `user` may change or delete an account, and set its password."""
    if user.is_superuser:
        return True
    return not account.is_superuser and has_permissions(user, held_permissions(account))


def may_manage_group(user, group):
    """Return whether `user` may change or delete a group."""
    return user.is_superuser or has_permissions(user, group.permissions.order_by())


def has_permissions(user, permissions):
    """Return whether a user who is no superuser has all of a queryset of permissions."""
    return not permissions.exclude(pk__in=held_permissions(user).values("pk")).exists()


def grantable_permissions(user, permissions):
    """Return those of a queryset of permissions that `user` may grant."""
    return permissions if user.is_superuser else permissions.filter(pk__in=held_permissions(user).values("pk"))


def grantable_groups(user, groups):
    """Return the groups of a queryset of which `user` has all permissions."""
    if user.is_superuser:
        return groups
    lacking = Permission.objects.exclude(pk__in=held_permissions(user).values("pk"))
    memberships = Group.permissions.through.objects.filter(permission__in=lacking.values("pk"))
    return groups.exclude(pk__in=memberships.values("group"))
