from django.urls import path

from therapies import views

urlpatterns = [
    path("", views.home, name="home"),
    path("therapies/", views.index, name="therapies"),
    path("therapies/<slug:slug>/", views.newest_edition, name="therapy"),
    path("therapies/<slug:slug>/editions/<int:number>/", views.one_edition, name="therapy-edition"),
    path("guide/", views.newest_edition, {"slug": "guide"}, name="guide"),
    path("guide/editions/<int:number>/", views.one_edition, {"slug": "guide"}, name="guide-edition"),
    path("clinic/", views.newest_edition, {"slug": "clinic"}, name="clinic"),
    path("clinic/editions/<int:number>/", views.one_edition, {"slug": "clinic"}, name="clinic-edition"),
    path("sources/", views.sources, name="sources"),
    path("privacy/", views.page, {"name": "privacy"}, name="privacy"),
    path("accessibility/", views.page, {"name": "accessibility"}, name="accessibility"),
    path("about/", views.page, {"name": "about"}, name="about"),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
]
