"""Who is staff. A superuser lets somebody set up a new phone here."""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_step

# Keys and codes are nobody's to read, not even a superuser's.
admin.site.unregister([StaticDevice, TOTPDevice])
admin.site.unregister(User)


@admin.register(User)
class StaffAdmin(UserAdmin):
    actions = ("reset_second_step",)

    @admin.action(description=_("Forget the second step, for a new phone"), permissions=["reset"])
    def reset_second_step(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            second_step.reset(user)
            told = gettext("Phone and codes of %(user)s are forgotten. The next sign-in sets up a phone.")
            messages.success(request, told % {"user": user})

    def has_reset_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser
