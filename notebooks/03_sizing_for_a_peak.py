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
# # Sizing a brokerage for a peak
#
# How many workers does it take for so many orders a second? Queueing theory has an answer for a
# simple model, and a simulation has one for this brokerage. This notebook compares the two, and
# then reads off the load at which a limit breaks.

# %%
from math import factorial

import numpy as np
from matplotlib import pyplot as plt

from scenarios import simulate, sweep

# %% [markdown]
# ## The model
#
# In an M/M/c queue, orders arrive at random at a mean rate $\lambda$ and are served by $c$
# workers, each order taking an exponentially distributed time with mean $s$. With
# $a = \lambda s$ and $\rho = a / c$, the share of orders that wait is Erlang's C, and the mean
# wait is $W = C \cdot s / (c (1 - \rho))$. (Kleinrock, *Queueing Systems*, vol. 1, 1975, ch. 3.)


# %%
def erlang_c(workers, offered):
    """Return the share of orders that wait; `offered` is arrival rate times service time."""
    rest = sum(offered**n / factorial(n) for n in range(workers))
    full = offered**workers / factorial(workers) / (1 - offered / workers)
    return full / (rest + full)


def mean_wait_s(workers, rate_per_s, service_s):
    """Return the mean wait of an order in an M/M/c queue, in seconds."""
    offered = rate_per_s * service_s
    return erlang_c(workers, offered) * service_s / (workers - offered)


# %% [markdown]
# ## What one order costs
#
# A slow machine (a two-hundredth of the one that was calibrated) fills up at a few dozen orders a
# second, so that a look at its limits is quick. What an order costs is the time of all workers
# together over the number of orders, measured at a low load.

# %%
LOAD = {"shape": "constant-arrival-rate", "start": "30s", "duration": "60s"}
SLOW = {
    "users": 200, "duration": "60s", "must_see": [],
    "cluster": {"speed": 0.005, "client_delay": "0s"},
    "overrides": {"limits": {}, 'limits."latency.place_market.p99"': "< 100ms"},
}  # fmt: skip
idle = simulate("quiet-minute", **SLOW, load=[{**LOAD, "unit": "orders", "rate": "20/s"}])

timeline = idle.table("timeline").iloc[30:90]
service_s = timeline["busy_us"].sum() / 1e6 / timeline["completed"].sum()
print(
    f"one order takes {1_000 * service_s:.1f} ms of a worker, so that one worker carries at most "
    f"{1 / service_s:.0f} orders a second"
)

# %% [markdown]
# ## The sweep
#
# A *matrix* names keys with the values they are to take. All cells have the same seeds, so that
# they differ by what the matrix changes and by nothing else. They run in processes of their own.

# %%
rates = [20, 40, 60, 75, 110, 140]
swept = sweep(
    "quiet-minute",
    **SLOW,
    load=[{**LOAD, "unit": "orders", "rate": "20/s"}],
    metric="latency.place_market.p99",
    matrix={"cluster.workers": [1, 2], "load.0.rate": [f"{rate}/s" for rate in rates]},
)
cells = swept.cells
cells[["cluster.workers", "load.0.rate", "verdict", "utilisation.mean", "latency.place_market.mean",
       "latency.place_market.p99"]].round(4)  # fmt: skip

# %% [markdown]
# ## Theory against measurement
#
# With no network in between, the mean latency of an order is its service and its wait. An order
# here is a chain of half a dozen messages through several actors, and its service times hardly
# vary. The model has one exponential service instead, and says so much for the wait; a constant
# service (M/D/1) would halve it.

# %%
_, axes = plt.subplots(figsize=(9, 4.5), layout="constrained")
for workers, colour in ((1, "#1f5fbf"), (2, "#b3500b")):
    own = cells[cells["cluster.workers"] == workers]
    offered = own["load.0.rate"].str.removesuffix("/s").astype(float)
    fine = np.linspace(5, 0.97 * workers / service_s, 100)
    model = [service_s + mean_wait_s(workers, rate, service_s) for rate in fine]
    axes.plot(fine, 1_000 * np.array(model), "--", color=colour, label=f"M/M/{workers}, mean")
    axes.plot(offered, 1_000 * own["latency.place_market.mean"], "o-", color=colour,
              label=f"measured mean, {workers} worker{'s' * (workers > 1)}")  # fmt: skip
axes.set(xlabel="offered load, orders/s", ylabel="latency of a market order (virtual), ms",
         yscale="log")  # fmt: skip
legend = axes.legend(frameon=False)

# %% [markdown]
# Below saturation the model is of the right size, and it errs on the safe side. Beyond it there
# is no steady state: what is measured then is how long the peak lasted. That is the part that a
# formula cannot tell, and a simulation can.
#
# ## The limit decides
#
# Customers do not feel means. Let the promise be that 99 of 100 market orders are answered within
# 100 ms; that is the limit that the cells above were judged by.

# %%
for workers in (1, 2):
    passed = cells[(cells["cluster.workers"] == workers) & (cells["verdict"] == "passed")]
    print(f"{workers} worker(s): the promise is kept up to {passed['load.0.rate'].iloc[-1]}")

# %% [markdown]
# The figure of the sweep marks the knee of the curve, beyond which the latency rises faster than
# the load. With so few cells it can only be one of them: a closer look takes more rates.

# %%
axes = swept.plot()

# %% [markdown]
# For a figure with an interval, `openoutcry capacity SCENARIO` bisects the load until the limits
# just hold, with several seeds, and says which part fills up first.
