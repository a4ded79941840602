"""What is installed is whole, runs from anywhere, and says so when others took its names."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("actors", "simulation", "reports", "scenarios")
LAUNCHER = "scenarios/openoutcry.py"

Install = tuple[Path, Path]  # the command, and the folder of installed packages


def call(*command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def make(*command: str | Path, cwd: Path) -> None:
    result = call(*command, cwd=cwd)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    make(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def install(folder: Path, *what: str | Path) -> Install:
    """Make a virtual environment with our project alone; dependencies come from this one."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    packages = folder.joinpath("lib", f"python{sysconfig.get_python_version()}", "site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "install"]
    make(*pip, "--no-deps", "--no-index", "--no-build-isolation", *what, cwd=folder)
    return folder / "bin" / "openoutcry", packages


@pytest.fixture(scope="module")
def from_wheel(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Install:
    return install(tmp_path_factory.mktemp("from_wheel"), wheel)


@pytest.fixture(scope="module")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Install:
    return install(tmp_path_factory.mktemp("editable"), "--editable", ROOT)


@pytest.fixture(params=["from_wheel", "editable"])
def installed(request: pytest.FixtureRequest) -> Install:
    found: Install = request.getfixturevalue(request.param)
    return found


def test_the_wheel_holds_every_file_of_the_four_packages_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    present = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == present - {LAUNCHER} | {"openoutcry.py"}


def test_the_wheel_holds_types_scenarios_bars_and_templates(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert "scenarios/library/opening-bell.toml" in names
    assert "simulation/prices/real_bars.csv" in names
    assert any(name.startswith("reports/templates/") for name in names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_command_works_from_another_folder(installed: Install, tmp_path: Path) -> None:
    command, _ = installed

    result = call(command, "scenarios", cwd=tmp_path)

    assert result.returncode == 0, result.stderr
    assert "opening-bell" in result.stdout


def test_bundled_scenarios_are_valid_where_they_are_installed(
    installed: Install, tmp_path: Path
) -> None:
    command, _ = installed

    result = call(command, "validate", "opening-bell", "trading-day", "quiet-minute", cwd=tmp_path)

    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_of_the_same_name_gives_one_clear_error(
    installed: Install, tmp_path: Path, name: str
) -> None:
    command, _ = installed
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()

    result = call(command, "scenarios", cwd=tmp_path, PYTHONPATH=str(tmp_path))

    assert (result.returncode, result.stdout) == (2, "")
    assert f"'{name}' stands for {tmp_path / name}" in result.stderr
    assert "virtual environment" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_plain_module_of_the_same_name_gives_one_clear_error(
    from_wheel: Install, tmp_path: Path
) -> None:
    command, _ = from_wheel
    (tmp_path / "reports.py").touch()

    result = call(command, "scenarios", cwd=tmp_path, PYTHONPATH=str(tmp_path))

    assert result.returncode == 2
    assert f"'reports' stands for {tmp_path / 'reports.py'}" in result.stderr


def test_a_folder_in_the_working_directory_does_no_harm(
    from_wheel: Install, tmp_path: Path
) -> None:
    command, _ = from_wheel
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "__init__.py").touch()

    assert call(command, "--version", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("name", ["actors", "simulation", "reports"])
def test_a_notebook_beside_a_folder_of_our_packages_name_gets_one_clear_error(
    from_wheel: Install, tmp_path: Path, name: str
) -> None:
    command, _ = from_wheel
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()

    result = call(command.parent / "python", "-c", "from scenarios import simulate", cwd=tmp_path)

    told = result.stderr.splitlines()[-1]
    assert told.startswith(f"ImportError: the name '{name}' stands for {tmp_path / name}, which")


def test_a_distribution_that_overwrote_our_files_is_named(wheel: Path, tmp_path: Path) -> None:
    command, packages = install(tmp_path / "venv", wheel)
    (packages / "scenarios" / "__init__.py").write_text("STRANGE = True\n", encoding="utf-8")
    stranger = packages / "strange-1.0.dist-info"
    stranger.mkdir()
    (stranger / "RECORD").write_text("scenarios/__init__.py,sha256=0,15\n", encoding="utf-8")

    result = call(command, "--version", cwd=tmp_path)

    assert result.returncode == 2
    assert "strange-1.0 has written its own scenarios/__init__.py" in result.stderr


def test_a_package_that_went_missing_is_named(wheel: Path, tmp_path: Path) -> None:
    command, packages = install(tmp_path / "venv", wheel)
    (packages / "actors" / "__init__.py").unlink()

    result = call(command, "--version", cwd=tmp_path)

    assert result.returncode == 2
    assert "'actors' is not installed, or not whole" in result.stderr
