"""Prints the first numbers of a named random stream, from the definition: SHA-256 of the JSON list [seed, *purpose]
seeds xoroshiro128+ (Blackman & Vigna 2018, rotations 24, 16, 37), of which the low 32 bits are used.

python tests/oracles/random_streams.py      (standard library only)
"""

import hashlib
import json

MASK = 2**64 - 1


def rotate(x, k):
    return ((x << k) | (x >> (64 - k))) & MASK


def stream(seed, *purpose):
    digest = hashlib.sha256(json.dumps([seed, *purpose], separators=(",", ":")).encode()).digest()
    s0, s1 = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")
    while True:
        yield (s0 + s1) & 0xFFFFFFFF
        s1 ^= s0
        s0, s1 = rotate(s0, 24) ^ s1 ^ ((s1 << 16) & MASK), rotate(s1, 37)


def derived_seed(seed, *purpose):
    digest = hashlib.sha256(json.dumps([seed, *purpose], separators=(",", ":")).encode()).digest()
    return int.from_bytes(digest[16:20], "big") >> 1


numbers = stream(0, "pinned")
print("generator(0, 'pinned'):", [next(numbers) for _ in range(3)])
numbers = stream(-7, "order", 3)
print("generator(-7, 'order', 3):", [next(numbers) for _ in range(3)])
print("deriveSeed(5, 'dropout', 3):", derived_seed(5, "dropout", 3))
