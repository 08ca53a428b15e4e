"""Pictures in an S3-compatible bucket (docs/decisions/0016-pictures-in-s3.md)."""

from django.conf import settings
from storages.backends.s3 import S3Storage


class PictureBucket(S3Storage):  # type: ignore[misc] # the package has no types
    """A private bucket. Its files have the same URLs as local ones, under which `pictures.serving` sends them."""

    def url(self, name: str, *args: object, **kwargs: object) -> str:
        """Return our own URL of a file: that of the bucket would expire, and would outlive a withdrawn story."""
        return f"{settings.MEDIA_URL}{name}"

    def get_object_parameters(self, name: str) -> dict[str, str]:
        """Return the headers to store with a file: for a CDN that reads the bucket, its content never changes."""
        parameters: dict[str, str] = super().get_object_parameters(name)
        return {**parameters, "CacheControl": "public, max-age=31536000, immutable"}
