"""A job that was under way when the process was killed is done after the next start, once."""

import subprocess
import sys
import time
from pathlib import Path

WORKER = """
import sys, time
from pathlib import Path
from lading.adapters.jobs_dbos import DbosJobs
from lading.ports.jobs import Job, JobState

folder, life = Path(sys.argv[1]), sys.argv[2]

def scan(arguments):
    (folder / f"started-{life}").touch()
    if life == "first":
        time.sleep(600)
    with (folder / "results").open("a") as results:
        results.write(arguments["digest"] + "\\n")

jobs = DbosJobs(f"sqlite:///{folder}/jobs.db", {"scan": scan}, workers=1)
jobs.start()
jobs.enqueue(Job("scan", "scan:1", {"digest": "sha256:01"}))
while jobs.state("scan:1") is not JobState.DONE:
    time.sleep(0.05)
jobs.stop()
"""


def test_a_scan_interrupted_by_kill_completes_once_after_the_restart(tmp_path: Path) -> None:
    first = subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path), "first"])
    limit = time.monotonic() + 60
    while not (tmp_path / "started-first").exists():
        assert first.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.05)
    first.kill()
    first.wait()
    assert not (tmp_path / "results").exists()

    subprocess.run([sys.executable, "-c", WORKER, str(tmp_path), "second"], check=True, timeout=120)
    assert (tmp_path / "results").read_text() == "sha256:01\n"
