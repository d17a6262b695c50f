"""The second step of signing in: a code of six digits that an app on one's phone shows, or a longer one from paper, for the
day on which the phone is not there. Each code opens once, and each wrong one makes the next wait twice as long."""

import math
import secrets
import time
from base64 import b32encode
from binascii import unhexlify

import django_otp
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django_otp.models import Device
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

RECOVERY_CODES = 10
RECOVERY_DIGITS = 10
PHONE_DIGITS = 6


class Wait(Exception):
    """Too many wrong codes: how many seconds nothing is looked at."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds


def phone_of(user: User) -> Device | None:
    """Whoever has none has no second step yet."""
    return TOTPDevice.objects.devices_for_user(user, confirmed=True).first()


def codes_left(user: User) -> int:
    return sum(device.token_set.count() for device in StaticDevice.objects.devices_for_user(user))


def new_key() -> str:
    """What a phone and the site both hold, in hexadecimal."""
    return str(random_hex(20))


def address_of(user: User, key: str) -> str:
    """What the picture of a key says to an app."""
    return str(TOTPDevice(user=user, key=key).config_url)


def typed_key(key: str) -> str:
    """A key as a person types it into an app, in groups of four."""
    letters = b32encode(unhexlify(key)).decode()
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def set_up(user: User, key: str, code: str) -> tuple[Device, list[str]] | None:
    """Make a phone that shows this code for this key the person's own, with new codes for paper. Nothing where the code does
    not fit, or where the person has a phone already."""
    totp = TOTP(unhexlify(key))
    totp.time = time.time()
    if not totp.verify(int(code) if code.isascii() and code.isdigit() else -1, tolerance=1):
        return None
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if phone_of(user):
            return None
        phone = TOTPDevice.objects.create(user=user, name="phone", key=key, drift=totp.drift, last_t=totp.t())
        paper = StaticDevice.objects.create(user=user, name="paper")
        codes = [f"{secrets.randbelow(10**RECOVERY_DIGITS):0{RECOVERY_DIGITS}}" for _ in range(RECOVERY_CODES)]
        for one in codes:
            paper.token_set.create(token=one)
    return phone, codes


def opened_by(user: User, code: str) -> Device | None:
    """The phone or paper that a code is from; nothing where it is wrong. Raises Wait after wrong ones."""
    kind = TOTPDevice if len(code) == PHONE_DIGITS else StaticDevice
    device = kind.objects.devices_for_user(user, confirmed=True).first()
    if device is None:
        return None
    allowed, why = device.verify_is_allowed()
    if not allowed:
        raise Wait(max(1, math.ceil((why["locked_until"] - timezone.now()).total_seconds())))
    return django_otp.verify_token(user, device.persistent_id, code)


def reset(user: User) -> None:
    """Forget phone and codes, and sign the person out everywhere: whoever has their password next sets up a phone."""
    for kind in (TOTPDevice, StaticDevice):
        kind.objects.filter(user=user).delete()
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
