"""How staff sign in: a password, then a code; and what whoever guesses gets."""

import re
import time
from base64 import b32decode
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pseudo import spoken
from test_language import assert_translated

from accounts import second_step
from msinfusion import rates
from msinfusion.buckets import Buckets
from reading import text_of

pytestmark = pytest.mark.django_db
LOGIN, STEP, SET_UP = "/admin/login/", "/admin/second-step/", "/admin/second-step/set-up/"
PASSWORD = "correct-horse"  # noqa: S105 - of these tests
WRONG = "Please enter the correct username and password"


@pytest.fixture
def client():
    """A browser as it is, without our shortcut for the second step."""
    return Client()


@pytest.fixture
def nurse():
    return User.objects.create_user("nurse", password=PASSWORD, is_staff=True)


def sign_in(client, username="nurse", password=PASSWORD, **where):
    return client.post(f"{LOGIN}?next=/admin/", {"username": username, "password": password}, follow=True, **where)


def code_for(key, steps=0):
    totp = TOTP(key)
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06}"


def key_on(page):
    """What an app reads of the page: the same address as in the picture."""
    link = re.search(r'href="(otpauth://totp/[^"]+)"', page.content.decode()).group(1).replace("&amp;", "&")
    return b32decode(parse_qs(urlsplit(link).query)["secret"][0])


def set_up(client):
    """Both steps of a first sign-in; the key on the phone and the codes on paper."""
    key = key_on(sign_in(client))
    response = client.post(SET_UP, {"code": code_for(key)})
    assert response.status_code == 200
    return key, re.findall(r'class="key">(\d{5} \d{5})<', response.content.decode())


def session_of(client):
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def test_a_session_goes_on_while_its_person_asks_and_ends_by_itself(client, nurse):
    client.force_login(nurse)
    client.get(STEP)
    session = client.session
    session["seen"] -= 61
    session.save()
    before = Session.objects.get().expire_date
    client.get(STEP)
    after = Session.objects.get().expire_date
    assert after > before
    client.get(STEP)
    assert Session.objects.get().expire_date == after  # of two requests at once, neither undoes the other
    assert after <= timezone.now() + timedelta(minutes=30)


# The two steps


def test_a_first_sign_in_sets_up_a_phone_and_gives_codes_for_paper(client, nurse):
    page = sign_in(client)
    assert page.redirect_chain[-1][0].startswith(SET_UP)
    assert "Set up your second step" in text_of(page)
    assert "<svg" in page.content.decode()
    assert client.get("/admin/").status_code == 302
    wrong = client.post(SET_UP, {"code": "000000" if code_for(key_on(page)) != "000000" else "111111"})
    assert wrong.status_code == 422
    assert "This code does not fit." in text_of(wrong)
    response = client.post(SET_UP, {"code": code_for(key_on(wrong))})
    assert len(set(re.findall(r'class="key">(\d{5} \d{5})<', response.content.decode()))) == 10
    assert "They are never shown again." in text_of(response)
    assert client.get("/admin/").status_code == 200
    again = client.post(SET_UP, {"code": "123456"}, follow=True)
    assert not re.search(r"\d{5} \d{5}", again.content.decode())


def test_afterwards_a_password_alone_opens_no_screen(client, nurse):
    key, _ = set_up(client)
    other = Client()
    assert sign_in(other).redirect_chain[-1][0].startswith(STEP)
    for address in ("/admin/", "/admin/password_change/", "/admin/preview/checklist/", "/admin/jsi18n/", SET_UP):
        response = other.get(address)
        assert response.status_code == 302
        assert urlsplit(response["Location"]).path in (LOGIN, STEP)
    response = other.post(f"{STEP}?next=/admin/therapies/item/", {"code": code_for(key, steps=1)})
    assert response["Location"] == "/admin/therapies/item/"
    assert other.get("/admin/").status_code == 200


def test_every_screen_of_staff_asks_for_both_steps(client, nurse, ocrelizumab):
    """By the addresses themselves, so that none is forgotten."""
    set_up(client)
    half = Client()
    sign_in(half)
    names = {name for name in get_resolver().namespace_dict["admin"][1].reverse_dict if isinstance(name, str)}
    free = {"login", "second_step", "second_step_set_up"}
    asked = 0
    for name in names - free:
        for args in ([], [ocrelizumab.pk], ["therapies"], [ocrelizumab.pk, 1], ["therapies", 1]):
            try:
                address = reverse(f"admin:{name}", args=args)
            except Exception:  # noqa: BLE001, S112 - takes other arguments
                continue
            for ask in (half.get, half.post):
                response = ask(address)
                assert response.status_code == 302, address
                assert urlsplit(response["Location"]).path in (LOGIN, "/admin/"), address
            asked += 1
    assert asked > 80


def test_a_code_opens_once(client, nurse):
    key, _ = set_up(client)
    first, second = Client(), Client()
    for other in (first, second):
        sign_in(other)
    code = code_for(key, steps=1)
    assert first.post(STEP, {"code": code}).status_code == 302
    response = second.post(STEP, {"code": code})
    assert response.status_code == 422
    assert "This code does not fit. Each code opens once" in text_of(response)
    assert second.get("/admin/").status_code == 302


def test_a_code_on_paper_stands_in_for_the_phone_once(client, nurse):
    _, codes = set_up(client)
    for number, code in enumerate(codes[:8], start=1):
        other = Client()
        sign_in(other)
        page = other.post(STEP, {"code": code}, follow=True)
        assert page.redirect_chain[-1][0] == "/admin/"
        assert ("codes on paper left" in text_of(page)) == (number >= 7)
        used = Client()
        sign_in(used)
        assert used.post(STEP, {"code": code}).status_code == 422
        StaticDevice.objects.update(throttling_failure_count=0)


def test_wrong_codes_have_to_wait_longer_each_time_and_then_it_opens_by_itself(client, nurse):
    key, _ = set_up(client)
    other = Client()
    sign_in(other)
    TOTPDevice.objects.update(throttling_failure_count=9, throttling_failure_timestamp=timezone.now())
    response = other.post(STEP, {"code": code_for(key, steps=1)})
    assert response.status_code == 422
    assert re.search(r"Too many wrong codes. Try again in 5 minutes.", text_of(response))
    earlier = timezone.now() - timedelta(minutes=6)
    TOTPDevice.objects.update(throttling_failure_timestamp=earlier)
    assert other.post(STEP, {"code": code_for(key, steps=1)}).status_code == 302


@pytest.mark.parametrize("code", ["", "abc", "12345", "1234567", "٣٣٣٣٣٣", "-1", "0" * 500, "1e5", "\0"])
def test_what_is_no_code_is_refused_with_a_sentence(client, nurse, code):
    set_up(client)
    other = Client()
    sign_in(other)
    assert other.post(STEP, {"code": code}).status_code == 422
    assert other.get("/admin/").status_code == 302


def test_the_session_is_another_one_after_each_step(client, nurse):
    client.get(LOGIN)
    page = sign_in(client)
    before = session_of(client)
    client.post(SET_UP, {"code": code_for(key_on(page))})
    assert session_of(client) != before
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = before
    assert thief.get("/admin/").status_code == 302
    assert not Session.objects.filter(session_key=before).exists()


def test_a_key_that_somebody_else_saw_is_never_taken_over(client, nurse):
    """Who knows a password and was here first must not know what the person's phone shows."""
    thief = Client()
    seen = key_on(sign_in(thief))
    key, _ = set_up(client)
    assert key != seen
    assert thief.post(SET_UP, {"code": code_for(seen)}).status_code == 302
    assert thief.get("/admin/").status_code == 302
    assert TOTPDevice.objects.count() == 1


def test_who_does_nothing_for_half_an_hour_signs_in_again(client, nurse):
    set_up(client)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert not cookie["max-age"]  # it goes with the window
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/admin/")
    client.get("/admin/")
    session = Session.objects.get(session_key=session_of(client))
    assert timedelta(minutes=29) < session.expire_date - timezone.now() <= timedelta(minutes=30)
    session.expire_date = timezone.now() - timedelta(seconds=1)
    session.save()
    assert client.get("/admin/").status_code == 302


def test_next_leads_to_our_own_screens_only(client, nurse):
    key, _ = set_up(client)
    for there in ("https://elsewhere.example/admin/", "//elsewhere.example", "/visits/new/", "javascript:alert(1)"):
        TOTPDevice.objects.update(last_t=-1, drift=0)
        other = Client()
        sign_in(other)
        assert other.post(f"{STEP}?next={there}", {"code": code_for(key)})["Location"] == "/admin/"


def test_between_the_steps_one_can_sign_out(client, nurse):
    sign_in(client)
    client.post(SET_UP, {"sign_out": "1"})
    assert client.get(SET_UP)["Location"].startswith(LOGIN)


@pytest.mark.parametrize("address", [STEP, SET_UP])
def test_who_is_no_staff_sees_no_second_step(client, address):
    assert client.get(address)["Location"].startswith(LOGIN)
    client.force_login(User.objects.create_user("reader", password=PASSWORD))
    assert client.get(address)["Location"].startswith(LOGIN)


# A phone that is lost


def test_a_lost_phone_is_forgotten_by_a_command_and_every_session_ends(client, nurse, capsys):
    key, codes = set_up(client)
    call_command("reset_second_step", "nurse")
    assert "Phone and codes of nurse are forgotten." in capsys.readouterr().out
    assert client.get("/admin/").status_code == 302
    assert not StaticToken.objects.exists()
    new_key, new_codes = set_up(client)
    assert new_key != key
    assert not set(codes) & set(new_codes)
    with pytest.raises(CommandError, match="Nobody here is called nobody"):
        call_command("reset_second_step", "nobody")


def test_a_superuser_and_nobody_else_lets_somebody_set_up_a_new_phone(admin_client, client, nurse, editor):
    set_up(client)
    users = reverse("admin:auth_user_changelist")
    forget = {"action": "reset_second_step", "_selected_action": [nurse.pk]}
    assert "Forget the second step, for a new phone" in text_of(admin_client.get(users))
    nurse.user_permissions.set(Permission.objects.all())
    assert "Forget the second step" not in text_of(client.get(users))
    client.post(users, forget)
    assert TOTPDevice.objects.filter(user=nurse).exists()
    response = admin_client.post(users, forget, follow=True)
    assert "Phone and codes of nurse are forgotten." in text_of(response)
    assert not TOTPDevice.objects.filter(user=nurse).exists()
    assert client.get("/admin/").status_code == 302


def test_who_has_a_new_phone_begins_anew_alone(client, nurse):
    set_up(client)
    assert "You have 10 codes on paper left." in text_of(client.get(STEP))
    page = client.post(STEP, {"anew": "1"}, follow=True)
    assert "Sign in and set up your phone." in text_of(page)
    assert client.get("/admin/").status_code == 302
    set_up(client)
    assert client.get("/admin/").status_code == 200


def test_nobody_reads_keys_and_codes_in_the_admin(admin_client, nurse, client):
    set_up(client)
    index = admin_client.get("/admin/").content.decode()
    assert "otp_totp" not in index
    assert "otp_static" not in index
    for model in ("otp_totp/totpdevice", "otp_static/staticdevice"):
        assert admin_client.get(f"/admin/{model}/").status_code == 404


# Guessing


HOME, ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}, {"REMOTE_ADDR": "203.0.113.8"}


@pytest.fixture
def fresh_buckets(monkeypatch):
    monkeypatch.setattr(rates, "_buckets", Buckets(most=100))
    monkeypatch.setattr(rates, "clock", lambda: 1.0)


@pytest.mark.usefixtures("fresh_buckets")
def test_five_wrong_passwords_lock_that_name_from_that_address_for_a_quarter_of_an_hour(client, nurse):
    for _ in range(4):
        page = sign_in(client, password="wrong", **HOME)  # noqa: S106
        assert page.status_code == 200
        assert WRONG in text_of(page)
    page = sign_in(client, password="wrong", **HOME)  # noqa: S106
    assert page.status_code == 429
    assert "Too many tries" in text_of(page)
    assert "Try again in 15 minutes." in text_of(page)
    assert page["Retry-After"] == "900"
    assert sign_in(client, **HOME).status_code == 429  # the right one, too
    assert sign_in(Client(), **ELSEWHERE).status_code == 200  # the person at another place
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert sign_in(client, **HOME).status_code == 200


@pytest.mark.usefixtures("fresh_buckets")
def test_who_goes_on_guessing_does_not_keep_it_locked(client, nurse):
    for _ in range(5):
        sign_in(client, password="wrong", **HOME)  # noqa: S106
    then = AccessAttempt.objects.get().attempt_time
    sign_in(client, password="wrong", **HOME)  # noqa: S106
    assert AccessAttempt.objects.get().attempt_time == then


@pytest.mark.usefixtures("fresh_buckets")
def test_nobody_learns_which_names_exist(client, nurse):
    User.objects.create_user("reader", password=PASSWORD)
    User.objects.create_user("left", password=PASSWORD, is_staff=True, is_active=False)
    pages = {}
    for name in ("nurse", "reader", "left", "nobody"):
        password = PASSWORD if name in ("reader", "left") else "wrong"
        found = [sign_in(Client(), name, password, **HOME) for _ in range(5)]
        words = [re.sub(r'value="[^"]*"', "", page.content.decode()) for page in found]
        pages[name] = [page.status_code for page in found], words
    assert pages["nurse"][0] == [200] * 4 + [429]
    assert pages["nurse"] == pages["nobody"]
    assert pages["left"] == pages["nobody"]
    assert pages["reader"][1][0] == pages["nobody"][1][0]


@pytest.mark.usefixtures("fresh_buckets")
def test_other_ways_to_write_a_name_are_the_same_name(client, nurse):
    for name in ("nurse", "nurse ", "\uff4eurse", " nurse", "nurs\uff45"):
        page = sign_in(client, name, "wrong", **HOME)
    assert page.status_code == 429


@pytest.mark.usefixtures("fresh_buckets")
def test_one_address_may_try_many_names_only_so_often(client):
    for number in range(rates.FEWER["login"].at_once):
        assert sign_in(client, f"name-{number}", "wrong", **HOME).status_code == 200
    page = sign_in(client, "one-more", "wrong", **HOME)
    assert page.status_code == 429
    assert "Try again in 10 seconds." in text_of(page)
    assert "wrong" not in re.findall(r'value="([^"]*)"', page.content.decode())
    assert sign_in(client, "one-more", "wrong", **ELSEWHERE).status_code == 200


@pytest.mark.usefixtures("fresh_buckets")
def test_of_a_wrong_password_nothing_is_in_the_log(client, nurse, caplog):
    with caplog.at_level("DEBUG"):
        for _ in range(6):
            sign_in(client, "typed-secret", "wrong-secret", **HOME)
    assert "secret" not in caplog.text
    assert "203.0.113" not in caplog.text
    kept = str(AccessAttempt.objects.values().get())
    assert "wrong-secret" not in kept


# In another language


def test_every_word_of_signing_in_is_translated(client, nurse):
    with spoken():
        page = sign_in(client)
        key = key_on(page)
        said = (second_step.typed_key(key.hex()), "nurse")
        assert_translated(page, *said)
        assert_translated(client.post(SET_UP, {"code": "x"}), *said)
        assert_translated(client.post(SET_UP, {"code": code_for(key)}), "nurse")
        assert_translated(client.get(STEP), "nurse")
        other = Client()
        assert_translated(sign_in(other), "nurse")
        assert_translated(other.post(STEP, {"code": "123456"}), "nurse")
        assert_translated(other.post(STEP, {"code": "123456"}), "nurse")
        for _ in range(5):
            page = sign_in(other, "nobody", "wrong")
        assert page.status_code == 429
        assert_translated(page)
