"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "msinfusion.settings")
# No reader waits for ever: PostgreSQL gives up on a lock, a statement or a transaction that takes too long. Commands, such
# as a migration, may take their time.
os.environ.setdefault(
    "PGOPTIONS", "-c lock_timeout=5s -c statement_timeout=10s -c idle_in_transaction_session_timeout=30s"
)
django = get_wsgi_application()

from msinfusion.front import Front  # noqa: E402 - it reads the library, for which Django has to be ready

application = Front(django)
