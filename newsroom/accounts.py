"""The first accounts of a new site, and the names of users."""

import secrets
from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.db import transaction

# {user name: group}; a user without a group is a superuser.
ACCOUNTS: dict[str, str | None] = {"admin": None, "editor": "editor", "reporter": "reporter"}


@dataclass
class Account:
    """A user's name, role and generated password; the password is empty if the user existed before."""

    name: str
    role: str
    password: str


def name_of(user: User | None) -> str:
    """Return a user's full name, else the user name; a dash for None (a deleted user)."""
    return user.get_full_name() or user.get_username() if user else "–"


@transaction.atomic
def create_accounts() -> list[Account]:
    """Create the administrator, editor and reporter that are missing; return an Account for each of the three."""
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
