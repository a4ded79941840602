"""A short story for each planted bug: the bug is caught in it, and without it all is well."""

from __future__ import annotations

import planted.account_stories
import planted.book_stories
import planted.feed_stories
import planted.machine_stories
import planted.notice_stories
import planted.session_stories  # noqa: F401 - these fill the table
from planted.telling import STORIES, told

__all__ = ["STORIES", "told"]
