"""Made-up customers: the same list for the same seed, in the spellings that people really export.

Phone numbers come out of arithmetic, mail addresses lie under `.example`, nothing leaves the machine. About
five rows in a hundred repeat somebody in another spelling, one cell in a hundred cannot be used.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

SEED = 20261122
PEOPLE_PER_BLOCK = 20_000
WIDE = str.maketrans("0123456789-@", "０１２３４５６７８９－＠")
HEADER = "member_id,name,phone,email,updated_at\n"
NAMES = ["陳怡君", "林志明", "黃淑芬", "張家豪", "李美玲", "王冠宇", '"王, 小明"']
HOSTS = ["shop.example", "mail.example", "post.tw.example", "inbox.example"]
UNUSABLE_PHONES = ["", "n/a", "02-2345-0000", "0912", "9.1E+11", "0000000000"]
UNUSABLE_EMAILS = ["", "unknown", "a.shop.example", "a@@shop.example", "a b@shop.example", "@shop.example"]

# `digits` are the nine behind the trunk zero.
PHONES: list[tuple[int, Callable[[str], str]]] = [
    (30, lambda digits: f"0{digits}"),
    (28, lambda digits: f"0{digits[:3]}-{digits[3:6]}-{digits[6:]}"),
    (7, lambda digits: f"0{digits[:3]} {digits[3:6]} {digits[6:]}"),
    (14, lambda digits: f"+886{digits}"),
    (8, lambda digits: f"+886-{digits[:3]}-{digits[3:6]}-{digits[6:]}"),
    (5, lambda digits: f"886{digits}"),
    (3, lambda digits: digits),
    (2, lambda digits: f"+886 (0){digits}"),
    (3, lambda digits: f"0{digits}".translate(WIDE)),
]
EMAILS: list[tuple[int, Callable[[str], str]]] = [
    (75, str),
    (10, str.capitalize),
    (8, str.upper),
    (5, lambda address: f" {address} "),
    (2, lambda address: address.translate(WIDE)),
]


def write_customers(path: Path, rows: int) -> None:
    dice = random.Random(SEED)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        for start in range(0, rows, PEOPLE_PER_BLOCK):
            file.writelines(_rows(dice, start, min(PEOPLE_PER_BLOCK, rows - start)))


def _rows(dice: random.Random, start: int, count: int) -> Iterator[str]:
    people = [_earlier(dice, number) for number in range(start, start + count)]
    phones = _spelled(dice, [_digits(person) for person in people], PHONES, UNUSABLE_PHONES)
    emails = _spelled(dice, [f"u{person}@{HOSTS[person % 4]}" for person in people], EMAILS, UNUSABLE_EMAILS)
    for number, phone, email in zip(range(start, start + count), phones, emails, strict=True):
        yield f"M{number:08},{NAMES[number % 7]},{phone},{email},2026-{number % 12 + 1:02}-01\n"


def _earlier(dice: random.Random, number: int) -> int:
    return dice.randrange(number) if number and dice.random() < 0.05 else number


def _digits(person: int) -> str:
    """A bijection: distinct people have distinct numbers, and the numbers are scattered."""
    return f"9{(person * 48_271 + 7) % 90_000_000:08}"


def _spelled(
    dice: random.Random,
    values: list[str],
    spellings: list[tuple[int, Callable[[str], str]]],
    unusable: list[str],
) -> Iterator[str]:
    weights = [weight for weight, _spell in spellings]
    chosen = dice.choices([spell for _weight, spell in spellings], weights, k=len(values))
    for value, spell in zip(values, chosen, strict=True):
        yield dice.choice(unusable) if dice.random() < 0.01 else spell(value)
