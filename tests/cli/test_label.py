"""``label`` as a person starts it: the page is there, an answer lies in the file, Ctrl-C ends it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
PHOTO = "6301052001001-p2.jpg"


def test_the_page_is_served_and_what_is_typed_is_kept(tmp_path: Path) -> None:
    shutil.copy(ROOT / "samples" / PHOTO, tmp_path)
    command = [sys.executable, "-m", "ocr_pipeline", "label", str(tmp_path), "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    try:
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", process.stderr.readline())
        assert found is not None
        with urllib.request.urlopen(found[0], timeout=60) as page:
            assert "paslon_1" in page.read().decode()
        data = urllib.parse.urlencode({"photo": PHOTO, "field": "paslon_1", "boxes": "221"}).encode()
        with urllib.request.urlopen(found[0], data=data, timeout=60) as page:
            assert "paslon_2" in page.read().decode()
        (row,) = map(json.loads, (tmp_path / "labels.jsonl").read_text().splitlines())
        assert row["fields"] == {"paslon_1": {"boxes": "221", "value": 221}}
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
