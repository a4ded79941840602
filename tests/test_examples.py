"""Every example runs, and prints what it is there to show."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOWN = {
    "send_email.py": """\
to alice@example.com: $10,000.00 came in
  $10,000.00 came in, as transaction U001-1/1.
to alice@example.com: Order U001-1-1 was executed
  Order U001-1-1 was executed: 10 AAPL at $150.00.
2 letters sent, 0 given up
""",
    "observer.py": "ring: AAPL rose from $152.00 to $156.50\n"
    "3 changes were told, the last prices were $157.00 $140.00 $160.00\n",
    "stop_loss.py": """\
95.00 PENDING
90.01 PENDING
88.50 EXECUTED
sold at $88.50 cash $9,885.00
""",
    "trade_by_hand.py": """\
bought: EXECUTED $150.00
offer: PENDING
offer: EXECUTED $165.00
1 DepositCommand accepted
2 BuyCommand executed at $150.00
3 SellCommand executed at $165.00
4 DepositCommand accepted
5 WithdrawCommand accepted
cash $9,325.00 net worth $10,150.00
""",
}


def run_example(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"},
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("example", SHOWN)
def test_an_example_prints_what_it_shows(example: str) -> None:
    if example == "send_email.py":
        pytest.importorskip("aiosmtpd", reason="this example's own mail server is aiosmtpd")

    done = run_example(example)

    assert (done.stdout, done.stderr) == (SHOWN[example], "")


def test_every_example_is_shown() -> None:
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == set(SHOWN)


def test_letters_go_to_the_server_that_was_named() -> None:
    controller = pytest.importorskip("aiosmtpd.controller", reason="the mail server of this test")
    handlers = pytest.importorskip("aiosmtpd.handlers")
    taken = io.StringIO()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = controller.Controller(handlers.Debugging(taken), hostname="127.0.0.1", port=port)
    server.start()
    try:
        done = run_example("send_email.py", "127.0.0.1", str(port), "you@example.com")
    finally:
        server.stop()

    assert (done.returncode, done.stderr) == (0, "")
    assert taken.getvalue().count("To: you@example.com") == 2


@pytest.mark.parametrize("arguments", [("localhost",), ("localhost", "smtp", "you@example.com")])
def test_a_server_that_is_not_named_in_full_is_refused(arguments: tuple[str, ...]) -> None:
    done = run_example("send_email.py", *arguments)

    assert done.returncode == 1
    assert done.stderr == "usage: send_email.py [HOST PORT YOUR_ADDRESS]\n"
