from django.urls import path

from articles import views

urlpatterns = [
    path("", views.front_page, name="front-page"),
    path("topics/", views.topic_list, name="topic-list"),
    path("topics/<uslug:slug>/", views.topic, name="topic"),
    path("undated/<uslug:slug>/", views.undated_story, name="undated-story"),
    path("<yyyy:year>/<dd:month>/<dd:day>/<uslug:slug>/", views.story, name="story"),
]
