from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from visits import sheets, views

admin.site.site_header = admin.site.site_title = "MS Infusion"
admin.site.index_title = _("Content")

urlpatterns = [
    path("", include("therapies.urls")),
    path("visits/", include("visits.urls")),
    path("check/", sheets.check, name="check"),
    path("check/<str:code>/", sheets.sheet, name="check-sheet"),
    path("admin/preview/checklist/", admin.site.admin_view(views.preview), name="checklist-preview"),
    path("admin/", admin.site.urls),
]

handler400 = "therapies.views.bad_request"
handler403 = "therapies.views.no_right"
handler500 = "therapies.views.broken"
