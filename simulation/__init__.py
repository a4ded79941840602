"""The experiment: virtual time, workload, prices, recording and audit."""

from __future__ import annotations

import os

# Read by Arrow when it is first imported, and by the witness, which inherits it: Arrow's own
# pool keeps what it has freed, 10 to 20 MB in each process that records.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
