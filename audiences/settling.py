"""The rules of `identifiers` at the engine's speed.

The engine settles what is plain and leaves everything else (null) to the slow, exact functions, once for each
different value. So a pattern here may be narrower than the rules, never wider; tests compare the two.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from audiences.identifiers import (
    COUNTRIES,
    EMAIL,
    EMAIL_LENGTH,
    HASH_OF_NOTHING,
    INVISIBLE,
    SEPARATORS,
    SHA256,
    THAI_DIGITS,
    UUID,
    ZERO_UUID,
    Accepted,
    Country,
    FileReason,
    Form,
    Kind,
    Reason,
)
from audiences.normalising import normalise

REMEMBERED = 100_000
PLAIN_SEPARATORS = r"[\s.()\[\]/'_-]"
RAW, TEXT = pl.col("raw"), pl.col("text")
NOTHING = pl.when(pl.lit(value=False)).then(TEXT)  # null in every row


@dataclass(frozen=True)
class Rules:
    """What a column holds and how it is to be spelled. `country` is the home country, or empty."""

    kind: Kind
    is_hashed: bool = False
    country: str = ""
    countries: tuple[str, ...] = ()
    form: Form = Form.NATIONAL_DIGITS
    landlines: bool = False

    @property
    def hashes(self) -> bool:
        """Whether values are still to be hashed."""
        return not self.is_hashed and self.kind != Kind.IFA


@dataclass
class Settler:
    rules: Rules
    _known: dict[str, tuple[str | None, str | None]] = field(default_factory=dict, repr=False)

    def settle(self, raw: pl.Series) -> pl.DataFrame:
        """Columns `value` (null if refused) and `reason` (null if accepted), row for row."""
        frame = raw.alias("raw").to_frame().with_columns(plain(self.rules).alias("text"))
        settled = frame.select(value=usual(self.rules), reason=pl.lit(None, pl.String))
        open_rows = settled["value"].is_null().arg_true()
        if not len(open_rows):
            return settled
        rest = self._settle_rest(frame["raw"].gather(open_rows))
        return settled.with_columns(settled[name].scatter(open_rows, rest[name]) for name in settled.columns)

    def _settle_rest(self, raw: pl.Series) -> pl.DataFrame:
        """The engine on folded text with every pattern, then the exact functions on what is still open."""
        frame = raw.fill_null("").to_frame().with_columns(folded(self.rules).alias("text"))
        frame = frame.with_columns(value=pl.coalesce(any_spelling(self.rules)))
        frame = frame.with_columns(refusal=pl.when(pl.col("value").is_null()).then(refused(self.rules)))
        is_open = frame["value"].is_null() & frame["refusal"].is_null()
        answers = [(text, *self._ask(text)) for text in frame["raw"].filter(is_open).unique().to_list()]
        table = pl.DataFrame(
            answers, schema=dict.fromkeys(("raw", "exact", "reason"), pl.String), orient="row"
        )
        joined = frame.join(table, on="raw", how="left", maintain_order="left")
        return joined.select(value=pl.coalesce("value", "exact"), reason=pl.coalesce("refusal", "reason"))

    def _ask(self, text: str) -> tuple[str | None, str | None]:
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[text] = exact(self.rules, text)
        return known


def exact(rules: Rules, text: str) -> tuple[str | None, str | None]:
    if "\ufffd" in text:
        return None, FileReason.UNDECODABLE.value
    answer = normalise(
        rules.kind,
        text,
        country=rules.country or None,
        countries=rules.countries,
        form=rules.form,
        landlines=rules.landlines,
        hashed=rules.is_hashed,
    )
    return (answer.value, None) if isinstance(answer, Accepted) else (None, answer.reason.value)


def plain(rules: Rules) -> pl.Expr:
    """The column `raw` made ready, as far as plain ASCII needs it."""
    if rules.kind == Kind.IFA:
        return RAW.str.strip_chars()
    if rules.kind == Kind.EMAIL or rules.is_hashed:
        return RAW.str.strip_chars().str.to_lowercase()
    return _without(PLAIN_SEPARATORS, RAW)


def folded(rules: Rules) -> pl.Expr:
    """The column `raw` made ready with everything that the exact rules fold."""
    text = RAW.str.normalize("NFKC").str.replace_all(INVISIBLE, "").str.strip_chars()
    if rules.kind == Kind.IFA:
        return text
    if rules.kind == Kind.EMAIL or rules.is_hashed:
        return text.str.to_lowercase()
    return _without(SEPARATORS, text.str.replace_many(list(THAI_DIGITS), list(THAI_DIGITS.values())))


def _without(separators: str, text: pl.Expr) -> pl.Expr:
    # A spreadsheet's decimal tail must not lose its dot and become a digit: the exact rules cut it.
    return pl.when(~text.str.ends_with(".0")).then(text.str.replace_all(separators, ""))


def usual(rules: Rules) -> pl.Expr:
    """The value of `text` spelled in the most usual way, null for others."""
    return any_spelling(rules)[0]


def any_spelling(rules: Rules) -> list[pl.Expr]:
    """The value of `text` in each of the spellings the engine knows."""
    if rules.kind == Kind.IFA:
        return [_ifa()]
    if rules.is_hashed:
        return [_hash()]
    return [_email()] if rules.kind == Kind.EMAIL else [*_phones(rules), NOTHING]


def refused(rules: Rules) -> pl.Expr:
    """The reason for cells that are plainly wrong, given that no spelling fits `text`; null for others."""
    home = COUNTRIES.get(rules.country)
    if rules.kind != Kind.PHONE or rules.is_hashed or rules.landlines or home is None or rules.countries:
        return pl.lit(None, pl.String)
    landline = TEXT.str.contains(rf"^(?:0|(?:\+|00){home.code})(?:{home.landline})$")
    # National by its one leading zero, and no line of the only country it may belong to.
    is_nobody = TEXT.str.contains("^0[1-9][0-9]{2,18}$")
    nobody = pl.when(is_nobody).then(pl.lit(Reason.NOT_A_PHONE.value))
    return pl.when(landline).then(pl.lit(Reason.LANDLINE.value)).otherwise(nobody)


def _email() -> pl.Expr:
    return pl.when((TEXT.str.len_bytes() <= EMAIL_LENGTH) & TEXT.str.contains(EMAIL)).then(TEXT)


def _hash() -> pl.Expr:
    return pl.when(TEXT.str.contains(SHA256) & (TEXT != HASH_OF_NOTHING)).then(TEXT)


def _ifa() -> pl.Expr:
    lower = TEXT.str.to_lowercase()
    spelled = pl.when(TEXT.str.to_uppercase() == TEXT).then(TEXT).otherwise(lower)
    return pl.when(TEXT.str.contains(UUID) & (lower != ZERO_UUID)).then(spelled)


def _phones(rules: Rules) -> Iterable[pl.Expr]:
    chosen = {rules.country, *rules.countries} - {""}
    if chosen - set(COUNTRIES) or (chosen and not rules.country):
        return  # other countries have habits that only the exact rules know, and so have undecided lists
    home = COUNTRIES.get(rules.country)
    if home:
        yield _spelled(TEXT.str.extract(home.home(), 1), home, rules.form)
        yield _spelled(TEXT.str.extract(home.home(), 2), home, rules.form)
    for region, country in COUNTRIES.items():
        if region != rules.country:
            yield _spelled(_foreign(country, home, rules), country, rules.form)


def _foreign(country: Country, home: Country | None, rules: Rules) -> pl.Expr:
    """Mobiles written with the code of another country, unless the home country could claim the digits."""
    number = TEXT.str.extract(rf"^(?:\+|00){country.code}0?({country.mobile})$", 1)
    if home is None or rules.form != Form.NATIONAL_DIGITS:
        return number
    if rules.landlines:
        return pl.lit(None, pl.String)
    return pl.when(~number.str.contains(f"^{home.mobile}$")).then(number)


def _spelled(number: pl.Expr, country: Country, form: Form) -> pl.Expr:
    prefix = {Form.NATIONAL_DIGITS: "0", Form.E164_DIGITS: country.code, Form.E164_PLUS: f"+{country.code}"}
    return pl.lit(prefix[form]) + number
