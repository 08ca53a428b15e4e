"""Managing users and groups: nobody gets more than the one who grants has, by whichever door."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from tests.conftest import make_user

pytestmark = pytest.mark.django_db
USERS, GROUPS = reverse("admin:auth_user_changelist"), reverse("admin:auth_group_changelist")


@pytest.fixture
def manager(db):
    """A member of the group administrator, who is no superuser."""
    return make_user("manager", "administrator")


@pytest.fixture
def desk(client, manager):
    client.force_login(manager)
    return client


def page_of(user, name="change"):
    return reverse(f"admin:auth_user_{name}", args=[user.pk])


def fields_of(user, **changed):
    return {
        "username": user.username,
        "is_active": "on",
        "is_staff": "on",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "12:00",
        **changed,
    }


def permission(codename):
    return Permission.objects.get(codename=codename)


NEW_PASSWORD = {"password1": "A-long-new-pass-9", "password2": "A-long-new-pass-9", "usable_password": "true"}


class TestSuperusers:
    def test_only_superusers_create_superusers(self, desk, manager, reporter):
        for user in (manager, reporter):
            groups = list(user.groups.values_list("pk", flat=True))
            forged = fields_of(user, is_superuser="on", groups=groups)
            assert desk.post(page_of(user), forged).status_code == 302
            user.refresh_from_db()
            assert not user.is_superuser

    def test_a_superuser_makes_one(self, client, administrator, reporter):
        client.force_login(administrator)
        client.post(page_of(reporter), fields_of(reporter, is_superuser="on"))
        reporter.refresh_from_db()
        assert reporter.is_superuser

    def test_their_accounts_are_changed_by_superusers_alone(self, desk, administrator):
        hashed = administrator.password
        assert desk.get(page_of(administrator)).status_code == 200
        assert desk.post(page_of(administrator), fields_of(administrator, username="taken")).status_code == 403
        password = reverse("admin:auth_user_password_change", args=[administrator.pk])
        assert desk.get(password).status_code == 403
        assert desk.post(password, NEW_PASSWORD).status_code == 403
        assert desk.post(page_of(administrator, "delete"), {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [administrator.pk], "post": "yes"}
        assert desk.post(USERS, chosen).status_code == 403
        administrator.refresh_from_db()
        assert (administrator.username, administrator.password) == ("administrator", hashed)

    def test_one_that_is_inactive_is_protected_too(self, desk, administrator):
        User.objects.filter(pk=administrator.pk).update(is_active=False)
        assert desk.post(page_of(administrator), fields_of(administrator)).status_code == 403


class TestAccounts:
    def test_the_account_of_a_user_with_fewer_permissions_can_be_changed(self, desk, editor):
        assert desk.post(page_of(editor), fields_of(editor, first_name="Ada")).status_code == 302
        password = reverse("admin:auth_user_password_change", args=[editor.pk])
        assert desk.post(password, NEW_PASSWORD).status_code == 302
        editor.refresh_from_db()
        assert editor.first_name == "Ada"
        assert editor.check_password(NEW_PASSWORD["password1"])
        assert desk.post(page_of(editor, "delete"), {"post": "yes"}).status_code == 302
        assert not User.objects.filter(pk=editor.pk).exists()

    @pytest.mark.parametrize("is_active", [True, False])
    def test_an_account_that_holds_more_is_not_taken_over(self, client, editor, is_active):
        keeper = make_user("keeper")
        keeper.user_permissions.set([permission("change_user"), permission("view_user"), permission("delete_user")])
        User.objects.filter(pk=editor.pk).update(is_active=is_active)
        client.force_login(keeper)
        password = reverse("admin:auth_user_password_change", args=[editor.pk])
        assert client.post(password, NEW_PASSWORD).status_code == 403
        assert client.post(page_of(editor), fields_of(editor)).status_code == 403
        assert client.post(page_of(editor, "delete"), {"post": "yes"}).status_code == 403

    def test_nobody_grants_permissions_they_lack(self, client, editor, reporter):
        keeper = make_user("keeper", "reporter")
        keeper.user_permissions.set([permission("change_user"), permission("view_user")])
        client.force_login(keeper)
        publish, edit = permission("publish_article"), permission("change_article")
        group = Group.objects.get(name="editor")
        for user in (keeper, reporter):
            for forged in ({"user_permissions": [publish.pk]}, {"groups": [group.pk]}):
                response = client.post(page_of(user), fields_of(user, **forged))
                assert list(response.context["adminform"].form.errors) == list(forged)
        held = {"user_permissions": [edit.pk], "groups": [Group.objects.get(name="reporter").pk]}
        assert client.post(page_of(reporter), fields_of(reporter, **held)).status_code == 302
        assert list(reporter.user_permissions.all()) == [edit]
        assert not User.objects.get(pk=keeper.pk).has_perm("articles.publish_article")

    def test_the_manager_gives_the_groups_of_the_desk(self, desk, reporter):
        group = Group.objects.get(name="editor")
        assert desk.post(page_of(reporter), fields_of(reporter, groups=[group.pk])).status_code == 302
        assert list(reporter.groups.all()) == [group]


class TestGroups:
    def change(self, group):
        return reverse("admin:auth_group_change", args=[group.pk])

    def test_nobody_adds_permissions_they_lack_to_their_own_group(self, desk, manager):
        group = Group.objects.get(name="administrator")
        had = set(group.permissions.values_list("pk", flat=True))
        beyond = Permission.objects.exclude(pk__in=had).first()
        forged = {"name": "administrator", "permissions": [*had, beyond.pk]}
        response = desk.post(self.change(group), forged)
        assert list(response.context["adminform"].form.errors) == ["permissions"]
        assert set(group.permissions.values_list("pk", flat=True)) == had
        assert desk.post(self.change(group), {"name": "administrator", "permissions": [*had]}).status_code == 302

    def test_a_new_group_can_get_the_permissions_of_its_creator(self, desk):
        add = reverse("admin:auth_group_add")
        beyond = permission("delete_session") if Permission.objects.filter(codename="delete_session") else None
        beyond = beyond or permission("delete_contenttype")
        forged = {"name": "more", "permissions": [beyond.pk]}
        assert desk.post(add, forged).context["adminform"].form.errors
        assert desk.post(add, {"name": "less", "permissions": [permission("view_article").pk]}).status_code == 302
        assert set(Group.objects.exclude(name__in=["administrator", "editor", "reporter"])) == {
            Group.objects.get(name="less")
        }

    def test_a_group_with_more_permissions_cannot_be_changed(self, desk):
        group = Group.objects.create(name="more")
        group.permissions.add(permission("delete_contenttype"))
        assert desk.post(self.change(group), {"name": "mine"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}
        assert desk.post(GROUPS, chosen).status_code == 403
        assert Group.objects.filter(name="more").exists()
