"""Drives a headless Chromium by the DevTools protocol, over a pipe and without any library."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import signal
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

CHROMIUM: Final = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)

_SWITCHES: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-extensions",
    "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
    "--remote-debugging-pipe",
)  # fmt: skip


class Browser:
    """One tab of a Chromium of its own; leaving it as a context manager ends that.

    Attributes:
        complaints: What pages have written to the console, as errors or warnings.
    """

    def __init__(self) -> None:
        assert CHROMIUM, "there is no Chromium"
        self.complaints: list[str] = []
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self._write = os.pipe()
        self._read, theirs_out = os.pipe()
        self._pid = self._start(theirs_in, theirs_out)
        os.close(theirs_in)
        os.close(theirs_out)
        self._number = 0
        self._heard = b""
        self._session = ""
        self._session = self._attach()
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def _start(self, source: int, sink: int) -> int:
        """Start Chromium, which speaks the protocol on the descriptors 3 and 4."""
        assert CHROMIUM
        # Copies above 10, so that neither is overwritten before it is in its place.
        high = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (source, sink)]
        quiet = [(os.POSIX_SPAWN_OPEN, end, os.devnull, os.O_WRONLY, 0) for end in (1, 2)]
        places = [(os.POSIX_SPAWN_DUP2, end, place) for place, end in enumerate(high, 3)]
        command = [CHROMIUM, *_SWITCHES, f"--user-data-dir={self._profile.name}", "about:blank"]
        pid = os.posix_spawn(CHROMIUM, command, os.environ, file_actions=[*quiet, *places])
        for end in high:
            os.close(end)
        return pid

    def _attach(self) -> str:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        return str(attached["sessionId"])

    def call(self, method: str, **settings: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self._number += 1
        request = {"id": self._number, "method": method, "params": settings}
        if self._session:
            request["sessionId"] = self._session
        os.write(self._write, json.dumps(request).encode() + b"\0")
        while (answer := self._hear()).get("id") != self._number:
            self._note(answer)
        assert "error" not in answer, answer
        return dict(answer["result"])

    def _hear(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            piece = os.read(self._read, 1 << 20)
            assert piece, "Chromium has gone"
            self._heard += piece
        message, _, self._heard = self._heard.partition(b"\0")
        return dict(json.loads(message))

    def _note(self, event: dict[str, Any]) -> None:
        told = event.get("params", {})
        if event.get("method") == "Log.entryAdded":
            self.complaints.append(str(told["entry"]["text"]))
        elif event.get("method") in {"Runtime.exceptionThrown", "Runtime.consoleAPICalled"}:
            self.complaints.append(json.dumps(told))

    def open(self, page: Path, width: int, scheme: str = "light", medium: str = "screen") -> None:
        """Show a page on a screen or on paper of a width in pixels, by a colour scheme."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
            mobile=False,
        )  # fmt: skip
        wanted = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", media=medium, features=[wanted])
        self.call("Page.navigate", url=page.resolve().as_uri())
        while self.ask("document.readyState") != "complete":
            pass

    def ask(self, script: str) -> Any:
        """Return what an expression of JavaScript comes to."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, file: Path) -> None:
        """Write an image of the whole page."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def print(self, file: Path) -> None:
        """Print the page as PDF, on the paper that it asks for."""
        printed = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        file.write_bytes(base64.b64decode(printed["data"]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        os.close(self._write)
        os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)
        os.close(self._read)
        self._profile.cleanup()
