from django.urls import path

from articles import feeds, sitemaps
from articles.views import archive, paper, searching, stories, topics

urlpatterns = [
    path("", stories.front_page, name="front-page"),
    path("about/", paper.about, name="about"),
    path("offline/", paper.offline, name="offline"),
    path("service-worker.js", paper.service_worker, name="service-worker"),
    path("preferences/", paper.preferences, name="preferences"),
    path("search/", searching.search, name="search"),
    path("search/feeds/<str:name>", feeds.search_feed, name="search-feed"),
    path("feeds/<str:name>", feeds.site_feed, name="feed"),
    path("topics/", topics.topic_list, name="topic-list"),
    path("topics/<uslug:slug>/", topics.topic, name="topic"),
    path("topics/<uslug:slug>/feeds/<str:name>", feeds.topic_feed, name="topic-feed"),
    path("providers/<uslug:slug>/feeds/<str:name>", feeds.provider_feed, name="provider-feed"),
    path("sitemap.xml", sitemaps.index, name="sitemap-index"),
    path("sitemap-pages.xml", sitemaps.pages, name="sitemap-pages"),
    path("sitemap-news.xml", sitemaps.news, name="sitemap-news"),
    path("sitemap-<yyyy:year>-<dd:month>.xml", sitemaps.month, name="sitemap-month"),
    path("archive/", archive.archive, name="archive"),
    path("undated/<uslug:slug>/", stories.undated_story, name="undated-story"),
    path("<yyyy:year>/", archive.archive_span, name="archive-year"),
    path("<yyyy:year>/<dd:month>/", archive.archive_span, name="archive-month"),
    path("<yyyy:year>/<dd:month>/<dd:day>/", archive.archive_span, name="archive-day"),
    path("<yyyy:year>/<dd:month>/<dd:day>/<uslug:slug>/", stories.story, name="story"),
]
