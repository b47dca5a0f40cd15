"""The command `render_report` does not leave its Snakemake behind when it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SNAKEMAKE = """import os, sys, time
from pathlib import Path
Path(sys.argv[sys.argv.index("--report") + 1]).write_text("half a page", encoding="utf-8")
print(os.getpid(), sys.argv[-1], flush=True)
time.sleep(60)
"""


def test_snakemake_ends_with_it(tmp_path):
    (tmp_path / "snakemake.py").write_text(SNAKEMAKE, encoding="utf-8")
    page = tmp_path / "results" / "report.html"
    arguments = ["--snakefile", "Snakefile", "--configuration", "a.yaml", "--stylesheet", "a.css", "--page", str(page)]
    process = subprocess.Popen(
        [sys.executable, "scripts/render_report.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    snakemake, overrides = process.stdout.readline().split()
    assert Path(overrides).is_file()
    assert len(list(page.parent.iterdir())) == 1
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=30)  # its child has the same standard output: this waits for both
    assert process.returncode == -signal.SIGTERM
    assert "stopped by SIGTERM" in log
    assert not Path(f"/proc/{snakemake}/exe").exists()
    assert not list(page.parent.iterdir())
    assert not Path(overrides).parent.exists()
