"""Unpacks a part of a wheel: unpack_wheel.py WHEEL FOLDER PREFIX...

Members whose names start with one of the prefixes are written below FOLDER, with their permissions. zipfile checks
each member's CRC. Prints the bytes written so far, now and then, one number a line.
"""

import os
import sys
import zipfile

CHUNK = 1 << 22


def main(wheel, folder, prefixes):
    written = 0
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            if member.is_dir() or not member.filename.startswith(prefixes):
                continue
            path = os.path.join(folder, *member.filename.split("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(member) as source, open(path, "wb") as target:
                while chunk := source.read(CHUNK):
                    target.write(chunk)
                    written += len(chunk)
                    print(written, flush=True)
            permissions = (member.external_attr >> 16) & 0o777
            if permissions:
                os.chmod(path, permissions | 0o600)


try:
    main(sys.argv[1], sys.argv[2], tuple(sys.argv[3:]))
except (OSError, zipfile.BadZipFile) as error:
    sys.exit(str(error))
