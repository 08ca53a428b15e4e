"""Which links of the desk's menu a user gets: those whose page would not answer 403."""

from django.apps import apps


def opens(label):
    """Return the check whether a request's user may open the list of a model, named as "app.Model"."""

    def may_open(request):
        # Settings name this function, and are read before the admin can be imported.
        from django.contrib import admin  # noqa: PLC0415

        return admin.site.get_model_admin(apps.get_model(label)).has_view_permission(request)

    return may_open
