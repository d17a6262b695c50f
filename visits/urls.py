from django.urls import path

from visits import views

urlpatterns = [
    path("new/", views.new, name="new-visit"),
    path("checklist/", views.checklist, name="checklist"),
]
