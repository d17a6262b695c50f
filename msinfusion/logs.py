import json
import logging
import re
import traceback
from datetime import UTC, datetime

TOKEN = re.compile(r"(/visits/)[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])")


class Secrets(logging.Filter):
    """Takes the tokens of kept visits out of every line, its arguments and its traceback. Where Django refuses a request for
    security, it would repeat what was sent: here it says why it refused, and no more."""

    def filter(self, record: logging.LogRecord) -> bool:
        area, _, why = record.name.rpartition(".")
        if area == "django.security" and why != "csrf":
            record.msg, record.args = f"A request was refused ({why}).", ()
        record.msg, record.args = TOKEN.sub(r"\1...", record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = TOKEN.sub(r"\1...", record.exc_text)
        return True


class Line(logging.Formatter):
    """A record as one line of JSON. Of a request that failed it says by which kind of error and where: the words of an
    error may hold what somebody typed."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            line["error"] = kind.__name__
            places = [f"{place.filename}:{place.lineno} {place.name}" for place in traceback.extract_tb(trace)]
            whole = record.exc_text or self.formatException(record.exc_info)
            line["trace"] = "\n".join(places) if hasattr(record, "request") else whole
        return json.dumps(line, ensure_ascii=False)
