from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PicturesConfig(AppConfig):
    """Downloading, storing and serving pictures; its models are those of the stories."""

    name = "pictures"
    verbose_name = _("Pictures")

    def ready(self) -> None:
        from articles.importing.signals import import_finished  # noqa: PLC0415
        from pictures.follow_up import follow_up_import  # noqa: PLC0415
        from pictures.rights import follow_merge  # noqa: PLC0415
        from providers.merging import about_to_merge  # noqa: PLC0415

        import_finished.connect(follow_up_import)
        about_to_merge.connect(follow_merge)
