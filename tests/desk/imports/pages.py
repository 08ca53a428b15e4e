"""Addresses and pages of imports at the desk."""

import io
import re
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from articles.models import ImportBatch

LIST = reverse("admin:articles_importbatch_changelist")
FORM = reverse("admin:import-stories")
# The links and buttons at the head of an import's page.
IMPORT_BUTTONS = "//header[@class='desk-import-head']"
State = ImportBatch.State


def page_of(batch):
    return reverse("admin:articles_importbatch_change", args=[batch.pk])


def url(name, batch):
    return reverse(f"admin:import-{name}", args=[batch.pk])


def archive(*documents):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as members:
        for number, document in enumerate(documents):
            members.writestr(f"{number}.md", document)
    return SimpleUploadedFile("stories.zip", file.getvalue())


def send(client, *files, **fields):
    return client.post(FORM, {"files": list(files), "publish": "upstream", **fields})


def previewed(client, *documents, **fields):
    response = send(client, archive(*documents), **fields)
    assert response.status_code == 302, response.context["form"].errors
    batch = ImportBatch.objects.latest("pk")
    assert response.url == page_of(batch)
    return batch


def applied(client, *documents):
    client.post(url("apply", previewed(client, *documents)))
    return ImportBatch.objects.latest("pk")


def chosen(client):
    return client.get(FORM).context["form"]["publish"].value()


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def grant(user, codename):
    from django.contrib.auth.models import Permission

    user.user_permissions.add(Permission.objects.get(codename=codename))
