"""What every command does alike: its log reproduces it, and a user's mistake is one line and status 1."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from signedag.command_line import add_settings, command_parser, provenance, reproducing_command, run_command
from signedag.config.weights import SignNetwork
from signedag.errors import UserError

ROOT = Path(__file__).resolve().parents[2]

# A command in the style of scripts/: it copies what it is given, or fails as it is told.
COMMAND = '''"""Copy a message."""
import sys
from pathlib import Path
sys.path.insert(0, "{scripts}")
from signedag.command_line import add_settings, command_parser, run_command
from signedag.config.weights import SignNetwork
from signedag.errors import UserError

def work(arguments):
    if arguments.message == "mistake":
        raise UserError("events 3 to 5: feature 'met_gev' is NaN; correct the branch")
    if arguments.message == "bug":
        raise KeyError("bug")
    Path(arguments.output).write_text(f"{{arguments.message}} {{arguments.settings.epochs}}", encoding="utf-8")

def main(argv=None):
    parser = command_parser(__file__, __doc__)
    add_settings(parser, SignNetwork)
    parser.add_argument("--message", required=True)
    parser.add_argument("--output", required=True)
    return run_command(parser, work, argv)

sys.exit(main())
'''


@pytest.fixture
def command(tmp_path: Path) -> Path:
    script = tmp_path / "scripts" / "copy_message.py"
    script.parent.mkdir()
    script.write_text(COMMAND.format(scripts=ROOT / "scripts"), encoding="utf-8")
    return script


def run(command: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(command.relative_to(command.parents[1])), *arguments],
        cwd=command.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_first_line_of_the_log_repeats_the_step(command: Path) -> None:
    awkward = 'it\'s $HOME; "quoted" `date` \\ *'
    settings = '{"epochs":7,"inputs":["met_gev"]}'
    first = run(command, "--settings", settings, "--message", awkward, "--output", "result.txt")
    assert first.returncode == 0, first.stderr
    folder = command.parents[1]
    result = folder / "result.txt"
    assert result.read_text(encoding="utf-8") == f"{awkward} 7"
    line = first.stderr.splitlines()[0]
    assert shlex.split(line)[1] == "scripts/copy_message.py"
    result.unlink()
    subprocess.run(["bash", "-c", line], cwd=folder, check=True, capture_output=True)
    assert result.read_text(encoding="utf-8") == f"{awkward} 7"


def test_a_mistake_is_one_line_and_status_one(command: Path) -> None:
    failed = run(command, "--settings", "{}", "--message", "mistake", "--output", "result.txt")
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[1:] == ["error: events 3 to 5: feature 'met_gev' is NaN; correct the branch"]


def test_wrong_settings_are_one_line_and_status_one(command: Path) -> None:
    failed = run(command, "--settings", '{"epoch": 3}', "--message", "x", "--output", "result.txt")
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[1:] == [
        "error: --settings: (top level): unknown key 'epoch'; did you mean 'epochs'?"
    ]


def test_a_missing_argument_is_status_two(command: Path) -> None:
    failed = run(command, "--settings", "{}", "--message", "x")
    assert failed.returncode == 2
    assert "the following arguments are required: --output" in failed.stderr


def test_a_bug_keeps_its_traceback(command: Path) -> None:
    failed = run(command, "--settings", "{}", "--message", "bug", "--output", "result.txt")
    assert failed.returncode == 1
    assert "Traceback" in failed.stderr
    assert "KeyError: 'bug'" in failed.stderr


def test_help_explains_the_command_and_its_settings(command: Path) -> None:
    shown = run(command, "--help")
    assert shown.returncode == 0
    assert shown.stdout.startswith("usage: python scripts/copy_message.py")
    assert "Copy a message." in shown.stdout
    for name, field in SignNetwork.model_fields.items():
        assert f"  {name}: {field.description}" in shown.stdout


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "a.root"), "a.root: No such file or directory"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a.root"), "a.root: No space left on device"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "No space left on device"),
    ],
)
def test_the_machine_says_no(error: OSError, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    def work(_arguments: object) -> None:
        raise error

    assert run_command(command_parser("scripts/x.py", "X."), work, []) == 1
    lines = capsys.readouterr().err.splitlines()[1:]
    assert lines == [f"error: {message}; check the path, the space and the permissions"]


def test_too_little_memory_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def work(_arguments: object) -> None:
        raise MemoryError("Unable to allocate 8.00 EiB")

    assert run_command(command_parser("scripts/x.py", "X."), work, []) == 1
    assert capsys.readouterr().err.splitlines()[1:] == [
        "error: not enough memory (Unable to allocate 8.00 EiB); give the job more"
    ]


def test_other_system_errors_keep_their_traceback() -> None:
    def work(_arguments: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    with pytest.raises(BrokenPipeError):
        run_command(command_parser("scripts/x.py", "X."), work, [])


def test_settings_argument_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("epochs: 4\n", encoding="utf-8")
    parser = command_parser("scripts/x.py", "X.")
    add_settings(parser, SignNetwork)
    assert parser.parse_args(["--settings", str(path)]).settings == SignNetwork(epochs=4)
    with pytest.raises(UserError, match="give JSON or an existing file"):
        parser.parse_args(["--settings", str(tmp_path / "nowhere.yaml")])


def test_the_reproducing_command_is_relative_where_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "scripts" / "x.py")])
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    assert reproducing_command(["--a", "b c"]) == ".venv/bin/python scripts/x.py --a 'b c'"
    monkeypatch.setattr(sys, "argv", ["/elsewhere/x.py"])
    assert reproducing_command([]) == ".venv/bin/python /elsewhere/x.py"


def test_provenance_says_how_a_file_came_to_be() -> None:
    settings = SignNetwork(epochs=4)
    described = provenance(settings, "train_sign_network", sample="tt", fold=1)
    assert described["settings"] == settings.as_json()
    assert described["sample"] == "tt"
    assert described["fold"] == "1"
    assert len(described["code_version"]) == 12
