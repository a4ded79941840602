# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What a fault does to the tail, and why nothing is lost
#
# Machines crash, networks lose and repeat messages. This notebook lets a brokerage run twice on
# the same orders, once in peace and once under faults, and looks at what changes (the tail of the
# latencies) and at what does not (every cent).

# %%
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from scenarios import compare, simulate

# %% [markdown]
# ## The same minute, in peace and under faults
#
# Both runs have the same seed, so that the same customers want the same things at the same
# instants. In the second one 2 % of all messages are lost and 2 % arrive twice, and every ten
# seconds some actor crashes: its memory is gone, and it is rebuilt from its journal. Clients send
# a command again that has no answer after half a second.

# %%
SAME = {
    "seed": 5, "duration": "60s", "users": {"count": 150, "retry_after": "500ms"},
    "must_see": [],
    "load": [
        {"shape": "constant-arrival-rate", "unit": unit, "start": "30s", "duration": "55s",
         "rate": "20/s"}
        for unit in ("orders", "other")
    ],
}  # fmt: skip
FAULTS = [
    {"kind": "drop", "at": "30s", "share": "2%"},
    {"kind": "duplicate", "at": "30s", "share": "2%"},
    {"kind": "crash", "at": "35s", "every": "10s", "amount": "2s", "share": "5%"},
]
calm = simulate("quiet-minute", **SAME)
rough = simulate("quiet-minute", **SAME, fault=FAULTS)
rough

# %% [markdown]
# ## The tail
#
# The median hardly moves: most requests meet no fault. The tail is another world. Whoever waits
# for an actor that is down, or for a message that was lost, waits for a timer: the client's half
# second, doubled each time, or the second after which an actor says again what nobody has
# confirmed. These timers are the steps in the figure.

# %%
latencies = {"in peace": calm.latency(by=None), "under faults": rough.latency(by=None)}
pd.concat({name: frame.loc["all"] for name, frame in latencies.items()}, axis=1).round(4)

# %%
_, axes = plt.subplots(figsize=(9, 4), layout="constrained")
for run, colour, dashes in ((calm, "#1f5fbf", "-"), (rough, "#b3500b", "--")):
    latency_ms = run.requests.query("counts")["latency_us"].sort_values().to_numpy(float) / 1e3
    longer = 1 - np.arange(len(latency_ms)) / len(latency_ms)
    name = "under faults" if run is rough else "in peace"
    axes.plot(latency_ms, longer, dashes, color=colour, label=name)
axes.set(xlabel="latency (virtual time), ms", ylabel="share that took longer")
axes.set(xscale="log", yscale="log")
legend = axes.legend(frameon=False)

# %% [markdown]
# `compare` tells which metrics changed, and by how much.

# %%
compared = compare(calm, rough)
compared.differences.query("watched").loc[
    lambda rows: rows["outcome"] != "same", ["base", "new", "relative", "outcome"]
].head(12)

# %% [markdown]
# ## Nothing is lost
#
# What went wrong, by its own account:

# %%
rough.faults.groupby("kind", observed=True)["count"].sum()

# %% [markdown]
# And what the audit found, in either run: every invariant was checked, and none was broken. No
# cent and no share was made or lost, every execution was applied exactly once, no client was told
# anything that a crash could undo.

# %%
assert (rough.audit["broken"] == 0).all()
assert (calm.audit["broken"] == 0).all()
rough.audit["checked"].sum(), rough.audit["broken"].sum()

# %% [markdown]
# ## How an order survives a crash
#
# The slowest order that was executed shows how it is done. What an actor has said and nobody has
# confirmed follows from its journal alone; so it can say it again after a crash. Whoever hears it
# twice acts once: orders and executions have numbers.

# %%
slow = rough.slowest(40)
executed = set(rough.orders.query("status == 'EXECUTED'")["order_id"])
order = next(name for name in slow["order_id"] if name in executed)
told = rough.why(order)
print(told)

# %%
axes = told.plot()

# %% [markdown]
# The price of all this is latency, paid by a few. Whether that is acceptable is a question of
# limits: `"latency.place_market.p99" = "< 500ms"` is one of them, and the verdict above says
# whether it was met.
