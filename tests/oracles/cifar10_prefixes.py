"""Prints lib/datasets/cifar10_test_prefixes.ts' table: cifar10_prefixes.py test_batch.bin (the first 1,000 records count)."""
import base64
import hashlib
import sys

RECORD, COUNT, KEPT = 3073, 1000, 6
with open(sys.argv[1], "rb") as file:
    data = file.read(RECORD * COUNT)
assert len(data) == RECORD * COUNT, "wanted 1,000 records at least"
digest, table = hashlib.sha256(), b""
for start in range(0, len(data), RECORD):
    digest.update(data[start : start + RECORD])
    table += digest.copy().digest()[:KEPT]
print(base64.b64encode(table).decode())
