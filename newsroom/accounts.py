"""The first accounts of a new site, and the names of users."""

import secrets
from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.db import transaction

ACCOUNTS = {"admin": None, "editor": "editor", "reporter": "reporter"}


@dataclass
class Account:
    """A user's name, role and generated password; the password is empty if the user existed before."""

    name: str
    role: str
    password: str


def name_of(user):
    """Return a user's full name, else the user name; a dash for None, as for deleted users."""
    return user.get_full_name() or user.get_username() if user else "–"


@transaction.atomic
def create_accounts():
    """Create the missing ones of administrator, editor and reporter; return three Accounts."""
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
