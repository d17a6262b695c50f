"""Every limit of lists and of what people add to them. Pages say these numbers with the tag of the same name."""

MOST_NOW = 3  # things under "Now": more at once helps nobody who is tired

LONGEST_NOTE = 1_000  # characters; a paragraph or two, and the page still loads on a ward
LONGEST_OWN = 200  # characters of a thing of one's own: one line to tick
MOST_OWN = 100  # of them on a list
MOST_CHANGES = 5_000  # to one list: far beyond any use, so that a link can't fill the disk

DAYS_AFTER_LAST = 30  # a list is kept after the last day that anything on it has
DAYS_UNOPENED = 400  # and no longer than this after anybody opened it: longer than a year between two doses

LONGEST_CODE = 60  # characters that are looked at of what is typed as the code of a sheet
