"""How readers see days and times in English, beyond what Django has. A language needs each of these names, in a module of
its own beside this one; `tests/test_language.py` looks. Templates say `|date`, `|date:"DAY_FORMAT"`, `|time`.
"""

DATE_FORMAT = "F j, Y"  # November 27, 2026
YEAR_MONTH_FORMAT = "F Y"
TIME_FORMAT = "g:i a"  # 3:10 p.m.
HOUR_FORMAT = "g a"  # 3 p.m., on an axis
DAY_FORMAT = "l, F j, Y"  # Friday, November 27, 2026
DAY_THIS_YEAR_FORMAT = "l, F j"
DAY_TIME_FORMAT = "l, F j, g:i a"
SHORT_DAY_FORMAT = "D, M j, Y"  # Fri, Nov 27, 2026
SHORT_DAY_THIS_YEAR_FORMAT = "D, M j"
