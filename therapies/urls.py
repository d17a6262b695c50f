from django.urls import path

from therapies import views

urlpatterns = [
    path("", views.home, name="home"),
    path("therapies/", views.index, name="therapies"),
    path("therapies/<slug:slug>/", views.newest_edition, name="therapy"),
    path("therapies/<slug:slug>/editions/", views.editions, name="therapy-editions"),
    path("therapies/<slug:slug>/editions/<int:number>/", views.one_edition, name="therapy-edition"),
    path("therapies/<slug:slug>/editions/<int:before>/<int:after>/", views.changes, name="therapy-changes"),
    path("guide/", views.newest_edition, {"slug": "guide"}, name="guide"),
    path("guide/editions/", views.editions, {"slug": "guide"}, name="guide-editions"),
    path("guide/editions/<int:number>/", views.one_edition, {"slug": "guide"}, name="guide-edition"),
    path("guide/editions/<int:before>/<int:after>/", views.changes, {"slug": "guide"}, name="guide-changes"),
    path("clinic/", views.newest_edition, {"slug": "clinic"}, name="clinic"),
    path("clinic/editions/", views.editions, {"slug": "clinic"}, name="clinic-editions"),
    path("clinic/editions/<int:number>/", views.one_edition, {"slug": "clinic"}, name="clinic-edition"),
    path("clinic/editions/<int:before>/<int:after>/", views.changes, {"slug": "clinic"}, name="clinic-changes"),
    path("sources/", views.sources, name="sources"),
    path("privacy/", views.page, {"name": "privacy"}, name="privacy"),
    path("accessibility/", views.page, {"name": "accessibility"}, name="accessibility"),
    path("about/", views.page, {"name": "about"}, name="about"),
    path("offline/", views.page, {"name": "offline"}, name="offline"),
    path("sw.js", views.worker),
    path("report/", views.report, name="report"),
    path("search/", views.search, name="search"),
    path("sitemap.xml", views.sitemap),
    path("robots.txt", views.robots),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
]
