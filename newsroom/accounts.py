"""The three accounts of a fresh newsroom."""

import secrets
from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.db import transaction

ACCOUNTS = {"admin": None, "editor": "editor", "reporter": "reporter"}


@dataclass
class Account:
    """A user's name, what it may, and its one-time password; empty when the user was there before."""

    name: str
    role: str
    password: str


def name_of(user):
    """Return what colleagues call a user, the name in full if there is one; of nobody, and who is gone, a dash."""
    return user.get_full_name() or user.get_username() if user else "–"


@transaction.atomic
def create_accounts():
    """Create those of the administrator, the editor and the reporter that are missing; return three Accounts."""
    accounts = []
    for name, group in ACCOUNTS.items():
        role = group or "administrator"
        if User.objects.filter(username=name).exists():
            accounts.append(Account(name, role, ""))
            continue
        password = secrets.token_urlsafe(12)
        user = User.objects.create_user(name, password=password, is_staff=True, is_superuser=group is None)
        user.groups.add(Group.objects.get(name=role))
        accounts.append(Account(name, role, password))
    return accounts
