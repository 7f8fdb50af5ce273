"""`python -m sandbox.host`: hosts the app of a folder until it is told to stop."""

import argparse
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.faults import arm_from_environment
from sandbox.host.hostfile import HostError, load_settings
from sandbox.host.local_host import LocalHost


def main() -> int:
    """Run the command line; 0 after SIGTERM or Ctrl-C, 1 where the app can't be hosted."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.host", description=__doc__)
    parser.add_argument("--app-dir", type=Path, default=Path.cwd())
    parser.add_argument("--port", type=int, default=7071)
    parser.add_argument("--settings", type=Path)
    parser.add_argument("--lease", type=float, default=600.0, help="seconds; 600 as in Azure")
    parser.add_argument("--max-poll", type=float, default=2.0, help="seconds between looks")
    parser.add_argument("--ready-file", type=Path)
    parser.add_argument("--function-key")
    parser.add_argument("--master-key")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("azure").setLevel(logging.WARNING)
    arm_from_environment()
    try:
        if options.settings:
            load_settings(options.settings)
        host = LocalHost.of_folder(
            options.app_dir.resolve(),
            port=options.port,
            lease=options.lease,
            max_poll_seconds=options.max_poll,
            function_key=options.function_key,
            master_key=options.master_key,
        )
    except HostError as error:
        print(f"the app can't be hosted: {error}", file=sys.stderr)
        return 1
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _end_with_parent()
    try:
        host.start()
    except HostError as error:
        print(f"the app can't be hosted: {error}", file=sys.stderr)
        return 1
    print(f"listening on {host.url}", flush=True)
    if options.ready_file:
        ready = {
            "url": host.url,
            "function_key": host.keys.function,
            "master_key": host.keys.master,
            "pid": os.getpid(),
        }
        partial = options.ready_file.with_suffix(".partial")
        partial.write_text(json.dumps(ready), "utf-8")
        partial.replace(options.ready_file)
    stop.wait()
    if not host.stop():
        logging.shutdown()
        os._exit(0)  # what still runs would keep the interpreter
    return 0


def _end_with_parent() -> None:
    """End at once when the process that holds our standard input dies, if one asked for that."""
    if os.environ.get("SANDBOX_END_WITH_STDIN") != "1":
        return

    def watch() -> None:
        while os.read(0, 1):  # not sys.stdin, whose lock would be held at exit
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
