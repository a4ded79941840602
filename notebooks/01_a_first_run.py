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
# # A first run
#
# Open Outcry is a stock brokerage made of actors. Here it runs in *virtual time*: the actors are
# the real ones, but their clock is simulated, so that a trading minute takes a second or two, and
# the same seed gives the same run to the last bit.

# %%
from scenarios import simulate

# %% [markdown]
# A *scenario* says who the customers are, what arrives when, and what must hold. `quiet-minute` is
# the smallest one: 100 users, ten stocks, one minute. Keys can be replaced by name, as with
# `--set` on the command line.

# %%
run = simulate("quiet-minute", seed=7, users=150)
run

# %% [markdown]
# What is shown above is the verdict: every limit with what was measured, the audit, and latencies
# by operation. Each number has a name.

# %%
run.passed, run.metrics["latency.place_market.p50"], run.metrics["business.volume_usd"] / 10_000

# %% [markdown]
# ## The tables
#
# Everything that happened is recorded. A table is read when it is first asked for. Times are
# whole microseconds of virtual time since the start, and money is whole 1/10,000 USD, because
# neither may ever be rounded; `columns` tells what each column means.

# %%
run.columns("orders")

# %%
orders = run.orders
orders.groupby(["price_type", "status"], observed=True).size().unstack(fill_value=0)

# %% [markdown]
# ## Load and latency
#
# Customers do not wait for each other: the load is *open*. Requests per second over the day:

# %%
axes = run.plot.load()

# %% [markdown]
# Latency is counted from the instant at which a customer *meant* to send something, to the last
# word about it. The spectrum shows every percentile at once: to the right, rarer and slower. A
# line ends where only ten values are left above it, as more would be chance.

# %%
axes = run.plot.spectrum(["place_market", "place_limit", "quote", "portfolio"])

# %% [markdown]
# Almost all of it is the network between the customer and the brokerage, 5 ms each way on
# average. The brokerage itself takes microseconds:

# %%
axes = run.plot.parts()

# %% [markdown]
# ## One order, hop by hop
#
# Who was slowest, and why? `slowest` names requests, and `why` tells one of them from the click
# to settled cash. The hops are learnt by repeating the run up to that order: a simulated run can
# be repeated exactly, and every recorded instant of the order is checked.

# %%
slow = run.slowest(3, operation="place_market")
slow[["order_id", "symbol", "latency_us", "network_us", "service_us"]]

# %%
told = run.why(slow["order_id"].iloc[0])
print(told)

# %%
axes = told.plot()

# %% [markdown]
# ## Nothing is lost
#
# Every run is audited: two dozen invariants, each checked hundreds or thousands of times, from
# "no cent is made or lost" to "one order per command".

# %%
assert (run.audit["broken"] == 0).all()
run.audit.head(8)

# %% [markdown]
# The same seed gives the same run. The *digest* is one number over everything that was recorded,
# in order.

# %%
again = simulate("quiet-minute", seed=7, users=150)
assert again.digest == run.digest
run.digest[:16]
