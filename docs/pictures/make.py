"""Pictures of the docs, from the finished demo: python docs/pictures/make.py (needs Chromium)."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {"map.png": ROOT / "data" / "processed" / "demo" / "deliverables" / "map.html"}
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader", "--disable-background-networking", "--no-first-run",
    "--hide-scrollbars", "--window-size=1400,900", "--virtual-time-budget=20000",
)  # fmt: skip


def main() -> None:
    """Take one screenshot of each page."""
    for name, page in PAGES.items():
        if not page.is_file():
            sys.exit(f"{page}: not there. Run `make demo` first.")
        target = Path(__file__).with_name(name)
        with tempfile.TemporaryDirectory() as profile:
            command = ["chromium", *FLAGS, f"--user-data-dir={profile}", f"--screenshot={target}"]
            subprocess.run([*command, page.as_uri()], check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    main()
