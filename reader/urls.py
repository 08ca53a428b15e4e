from django.urls import path, register_converter

from newsroom import converters
from reader import feeds, sitemaps
from reader.views import archive, pages, providers, search, stories, topics

register_converter(converters.UnicodeSlugConverter, "uslug")
register_converter(converters.YearConverter, "yyyy")
register_converter(converters.TwoDigitsConverter, "dd")

urlpatterns = [
    path("", stories.front_page, name="front-page"),
    path("about/", pages.about, name="about"),
    path("offline/", pages.offline, name="offline"),
    path("service-worker.js", pages.service_worker, name="service-worker"),
    path("preferences/", pages.preferences, name="preferences"),
    path("search/", search.search, name="search"),
    path("search/feeds/<str:name>", feeds.search_feed, name="search-feed"),
    path("feeds/<str:name>", feeds.site_feed, name="feed"),
    path("topics/", topics.topic_list, name="topic-list"),
    path("topics/<uslug:slug>/", topics.topic, name="topic"),
    path("topics/<uslug:slug>/feeds/<str:name>", feeds.topic_feed, name="topic-feed"),
    path("providers/", providers.provider_list, name="provider-list"),
    path("providers/<uslug:slug>/", providers.provider, name="provider"),
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
