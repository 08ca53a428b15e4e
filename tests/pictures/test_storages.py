"""Pictures in an S3-compatible bucket, on a real server."""

import boto3
import pytest
from django.core.files.storage import default_storage
from moto.server import ThreadedMotoServer

from articles.models import Image
from pictures.renditions import all_names
from pictures.storing import store_picture
from pictures.unused import stored_files
from tests.factories import make_story
from tests.picture_files import picture_bytes

pytestmark = [
    pytest.mark.django_db,
    # boto3 and the server, not we.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:botocore.*", "ignore::ResourceWarning"),
]
BUCKET = "newsroom-pictures"


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint, settings, monkeypatch):
    """Store pictures in a bucket of the server; return a client for it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    options = {**settings.PICTURE_BUCKET, "bucket_name": BUCKET, "endpoint_url": endpoint, "region_name": "us-east-1"}
    storage = {"BACKEND": "pictures.storages.PictureBucket", "OPTIONS": {**options, "location": "news"}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    yield client
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()


def keys(client):
    return sorted(item["Key"] for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []))


def test_all_copies_are_objects_with_type_and_lifetime(bucket):
    stored = store_picture(picture_bytes())
    assert keys(bucket) == sorted(f"news/{name}" for name in all_names(stored.file))
    head = bucket.head_object(Bucket=BUCKET, Key=f"news/{stored.file}")
    assert (head["ContentType"], head["CacheControl"]) == ("image/jpeg", "public, max-age=31536000, immutable")
    assert sorted(stored_files(default_storage, "pictures")) == sorted(all_names(stored.file))


def test_readers_get_them_from_our_urls(bucket, client):
    stored = store_picture(picture_bytes())
    image = Image.objects.create(article=make_story(), stored=stored, file=stored.file)
    assert image.file.url == f"/media/{stored.file}"
    response = client.get(image.file.url)
    assert response.status_code == 200
    assert b"".join(response.streaming_content).startswith(b"\xff\xd8")
    Image.objects.all().delete()
    assert client.get(f"/media/{stored.file}").status_code == 404


def test_an_object_that_is_gone_is_not_found(bucket, client):
    stored = store_picture(picture_bytes())
    Image.objects.create(article=make_story(), stored=stored, file=stored.file)
    bucket.delete_object(Bucket=BUCKET, Key=f"news/{stored.file}")
    assert client.get(f"/media/{stored.file}").status_code == 404


def test_they_are_removed(bucket):
    stored = store_picture(picture_bytes())
    for name in all_names(stored.file):
        default_storage.delete(name)
    assert keys(bucket) == []
