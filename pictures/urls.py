from django.urls import path

from pictures.serving import picture_file

urlpatterns = [path("<path:path>", picture_file, name="picture-file")]
