from django.apps import AppConfig


class NewsroomConfig(AppConfig):
    name = "newsroom"

    def ready(self) -> None:
        from newsroom import deploy_checks  # noqa: F401, PLC0415 - registers its checks
