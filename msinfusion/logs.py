import logging
import re

TOKEN = re.compile(r"(/visits/)[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])")


class Secrets(logging.Filter):
    """Takes the tokens of kept visits out of every line, its arguments and its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = TOKEN.sub(r"\1...", record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = TOKEN.sub(r"\1...", record.exc_text)
        return True
