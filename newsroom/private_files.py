"""Modes of files that no other user of the machine may read, independent of the umask."""

import logging
import os
import stat
from pathlib import Path

log = logging.getLogger(__name__)

# The group may read, so that backups and the web server in front can be given access.
FOLDER_MODE = 0o750
FILE_MODE = 0o640
# The journals of SQLite, which hold the same rows.
DATABASE_SUFFIXES = ("", "-wal", "-shm", "-journal")


def make_folder_private(path: Path) -> None:
    """Create a folder if it is missing, and remove the permissions of other users."""
    try:
        path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        log.warning("Cannot create %s: %s", path, error)
    restrict(path, FOLDER_MODE)


def make_database_private(name: str | Path) -> None:
    """Restrict an SQLite file and its journals; create the file first, as SQLite gives its mode to the journals.

    Does nothing for a database in memory, or in a missing folder, which SQLite reports.
    """
    path = Path(name)
    if ":memory:" in str(name) or str(name).startswith("file:") or not path.parent.is_dir():
        return
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        log.warning("Cannot create %s: %s", path, error)
    for suffix in DATABASE_SUFFIXES:
        restrict(path.with_name(path.name + suffix), FILE_MODE)


def restrict(path: Path, mode: int) -> None:
    """Remove the permissions that `mode` does not grant; log a warning if that is not possible.

    A folder with the sticky bit, such as /tmp, is meant for all users and not changed.
    """
    try:
        current = stat.S_IMODE(path.stat().st_mode)
        if current & stat.S_ISVTX:
            log.warning("%s is shared by all users; use a folder that only the site uses.", path)
        elif current & ~mode:
            path.chmod(current & mode)
    except FileNotFoundError:
        pass
    except OSError as error:
        log.warning("Cannot restrict access to %s: %s", path, error)
