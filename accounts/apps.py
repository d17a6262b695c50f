from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")


class StaffConfig(AdminConfig):
    """Django's admin, with our sign-in."""

    default_site = "accounts.site.StaffSite"
