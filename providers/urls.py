from django.urls import path

from providers import views

urlpatterns = [
    path("", views.provider_list, name="provider-list"),
    path("<uslug:slug>/", views.provider, name="provider"),
]
