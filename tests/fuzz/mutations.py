"""Ways to damage a file: what disks, copies and people do to bytes, and numbers that send a reader astray."""

from __future__ import annotations

import random
from collections.abc import Callable

Mutation = Callable[[random.Random, bytes], bytes]

LONGEST_RUN = 64
EXTREMES = (b"\x00", b"\xff", b"\x7f" + b"\xff" * 7, b"\x80" + b"\x00" * 7, b"\x00\x00\x00\x01", b"\x40\x00\x00\x00")


def flip_bits(source: random.Random, content: bytes) -> bytes:
    """Flip one bit to eight, anywhere."""
    damaged = bytearray(content)
    for _ in range(source.choice([1, 1, 1, 2, 8])):
        damaged[source.randrange(len(damaged))] ^= 1 << source.randrange(8)
    return bytes(damaged)


def overwrite(source: random.Random, content: bytes) -> bytes:
    """Put zeros, ones, a random run or an extreme number over some bytes."""
    start = source.randrange(len(content))
    length = source.randint(1, LONGEST_RUN)
    new = source.choice([b"\x00" * length, b"\xff" * length, source.randbytes(length), source.choice(EXTREMES)])
    return (content[:start] + new + content[start + len(new) :])[: len(content)]


def truncate(source: random.Random, content: bytes) -> bytes:
    """Cut the end off."""
    return content[: source.choice([source.randrange(len(content)), len(content) - source.randint(1, LONGEST_RUN)])]


def remove(source: random.Random, content: bytes) -> bytes:
    """Take some bytes out."""
    start = source.randrange(len(content))
    return content[:start] + content[start + source.randint(1, LONGEST_RUN) :]


def insert(source: random.Random, content: bytes) -> bytes:
    """Put bytes in between."""
    start = source.randrange(len(content))
    return content[:start] + source.randbytes(source.randint(1, LONGEST_RUN)) + content[start:]


def copy_over(source: random.Random, content: bytes) -> bytes:
    """Write a part of the file over another one, as a lost page does."""
    length = source.choice([8, 64, 512])
    start, end = source.randrange(len(content)), source.randrange(len(content))
    return (content[:start] + content[end : end + length] + content[start + length :])[: len(content)]


def damage_ends(source: random.Random, content: bytes) -> bytes:
    """Flip bits within the first or the last bytes, where formats have their headers and indices."""
    reach = min(512, len(content))
    if source.random() < 0.5:
        return flip_bits(source, content[:reach]) + content[reach:]
    return content[:-reach] + flip_bits(source, content[-reach:])


MUTATIONS: tuple[Mutation, ...] = (flip_bits, overwrite, truncate, remove, insert, copy_over, damage_ends)


def mutated(source: random.Random, content: bytes) -> tuple[str, bytes]:
    """Damage a file in one way, or in two; say which, and give the bytes, which differ from `content`."""
    while True:
        chosen = source.choices(MUTATIONS, k=source.choice([1, 1, 1, 2]))
        damaged = content
        for mutation in chosen:
            damaged = mutation(source, damaged) if damaged else damaged
        if damaged != content:
            return " and ".join(mutation.__name__ for mutation in chosen), damaged
