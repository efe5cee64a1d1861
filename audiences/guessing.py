"""What a file probably is, from its first bytes. The person who uploads it can overrule every guess."""

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

import charset_normalizer

from audiences.identifiers import EMAIL, SHA256, UUID, fold
from audiences.phones import dial
from audiences.records import RecordReader

DELIMITERS = ",\t;|"
# Python's name of the encoding and what people call it. The order is that of the choice on the page.
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp932": "Shift JIS (CP932)",
    "cp950": "Big5 (CP950)",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "euc_jp": "EUC-JP",
    "cp874": "Thai (CP874)",
    "gb18030": "GB 18030",
    "cp1252": "Western (CP1252)",
}
MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
GUESSABLE = ["cp932", "cp950", "euc_jp", "cp874", "gb18030"]
RECORDS = 200
ENOUGH = 0.5  # of the filled cells must look alike

# Words that head a column, folded and without punctuation.
PHONE_WORDS = {
    *(
        "phone",
        "phonenumber",
        "mobile",
        "mobilephone",
        "mobilenumber",
        "cell",
        "cellphone",
        "tel",
        "telephone",
    ),
    *(
        "電話",
        "電話番号",
        "携帯",
        "携帯電話",
        "携帯番号",
        "携帯電話番号",
        "ケータイ",
        "手機",
        "手機號碼",
        "行動電話",
        "電話號碼",
        "聯絡電話",
    ),
    *("โทรศัพท์", "เบอร์โทร", "เบอร์โทรศัพท์", "เบอร์มือถือ", "มือถือ", "หมายเลขโทรศัพท์"),
}
EMAIL_WORDS = {
    *("email", "emailaddress", "mail", "mailaddress", "eメール", "メール", "メールアドレス", "電子メール"),
    *("電子郵件", "電子信箱", "信箱", "電郵", "電子郵件地址", "อีเมล", "อีเมล์", "ที่อยู่อีเมล"),
}
IFA_WORDS = {
    "ifa",
    "idfa",
    "aaid",
    "gaid",
    "adid",
    "advertisingid",
    "maid",
    "広告id",
    "広告識別子",
    "廣告id",
    "廣告識別碼",
}
HASH_WORDS = {"hash", "hashed", "sha256", "phonesha256", "emailsha256", "hashedphone", "hashedemail"}
OTHER_WORDS = {
    *(
        "id",
        "memberid",
        "userid",
        "customerid",
        "name",
        "fullname",
        "firstname",
        "lastname",
        "country",
        "city",
    ),
    *(
        "address",
        "gender",
        "birthday",
        "date",
        "createdat",
        "updatedat",
        "note",
        "tag",
        "會員編號",
        "姓名",
        "名前",
    ),
    *(
        "氏名",
        "会員id",
        "会員番号",
        "住所",
        "性別",
        "生日",
        "生年月日",
        "地址",
        "備註",
        "国",
        "國家",
        "ชื่อ",
        "นามสกุล",
        "ที่อยู่",
        "รหัสสมาชิก",
    ),
}
WORDS = {"phone": PHONE_WORDS, "email": EMAIL_WORDS, "ifa": IFA_WORDS, "hashed": HASH_WORDS}

_email = re.compile(EMAIL)
_sha256 = re.compile(SHA256)
_uuid = re.compile(UUID)
_punctuation = re.compile(r"[\W_]+")
# A zero, a plus, a country code that this product serves, or a mobile whose zero a spreadsheet ate.
_phone = re.compile(r"(?:\+[0-9]{8,15}|0[0-9]{8,15}|(?:81|886|66|62)[0-9]{8,12}|[6-9][0-9]{8,9})")


def guess_encoding(head: bytes, *, whole: bool) -> tuple[str, bool]:
    """(encoding, is it sure). `whole` says that the file ends with `head`."""
    for mark, encoding in MARKS.items():
        if head.startswith(mark):
            return encoding, True
    if b"\0" in head:
        return _utf16_by_zeros(head)
    if _decodes(head, "utf-8", whole=whole):
        return "utf-8", True
    fitting = [encoding for encoding in GUESSABLE if _decodes(head, encoding, whole=whole)]
    return _most_like_language(head, fitting), False


def _utf16_by_zeros(head: bytes) -> tuple[str, bool]:
    """Digits and line ends have a zero byte beside them: after it in LE, before it in BE."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) / 20:  # a few stray NULs
        return "utf-8", False
    return ("utf-16-le" if odd > even else "utf-16-be"), False


def _decodes(head: bytes, encoding: str, *, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(head, final=whole)
    except UnicodeDecodeError:
        return False
    return True


def _most_like_language(head: bytes, fitting: list[str]) -> str:
    if len(fitting) < 2:  # noqa: PLR2004  nothing to choose from
        return fitting[0] if fitting else "cp1252"
    best = charset_normalizer.from_bytes(head, cp_isolation=fitting).best()
    return best.encoding if best and best.encoding in fitting else fitting[0]


def guess_delimiter(text: str) -> str:
    """The one that cuts most records into the same number of fields, more than one, and breaks no quotes."""
    return max(DELIMITERS, key=lambda delimiter: _evenness(text, delimiter))


def _evenness(text: str, delimiter: str) -> tuple[float, int]:
    cut = RecordReader(delimiter).feed(text.encode(), last=True)
    rows = [fields for _line, fields in islice(cut, RECORDS) if fields is None or any(fields)]
    widths = Counter(len(fields) for fields in rows if fields is not None)
    if not widths:
        return 0.0, 0
    width, count = widths.most_common(1)[0]
    return (count / len(rows), width) if width > 1 else (0.0, 0)


def has_header(records: Sequence[list[str]]) -> bool:
    """Is the first record one of names? LINE's own lists have none: data in the first record says no."""
    if not records:
        return False
    first = [cell for cell in records[0] if cell.strip()]
    if any(kind_of(cell) for cell in first) or not first:
        return False
    if any(word_kind(cell) or _plain(cell) in OTHER_WORDS for cell in first):
        return True
    # Nothing known: names stand over data that they do not look like.
    return any(_column_kind(records[1:], index) for index in range(len(records[0])))


def guess_column(title: str, cells: Sequence[str]) -> str:
    """ "phone", "email", "ifa", "hashed" or "": what the cells look like, else what the title says."""
    kinds = Counter(kind_of(cell) for cell in cells if cell.strip())
    kind, count = kinds.most_common(1)[0] if kinds else ("", 0)
    if kind and count >= ENOUGH * kinds.total():
        # Long member numbers look like phone numbers.
        named_otherwise = kind == "phone" and (_is_other(title) or word_kind(title) not in {"", "phone"})
        return "" if named_otherwise else kind
    return word_kind(title)


def word_kind(title: str) -> str:
    plain = _plain(title)
    return next((kind for kind, words in WORDS.items() if plain in words), "")


def kind_of(cell: str) -> str:
    text = fold(cell).lower()
    if "@" in text:
        return "email" if _email.match(text) else ""
    if _sha256.match(text):
        return "hashed"
    if _uuid.match(text):
        return "ifa"
    return "phone" if _phone.fullmatch(dial(cell)) else ""


def _column_kind(records: Sequence[list[str]], index: int) -> str:
    return guess_column("", [row[index] for row in records if index < len(row)])


def _is_other(title: str) -> bool:
    return _plain(title) in OTHER_WORDS


def _plain(title: str) -> str:
    return _punctuation.sub("", fold(title).lower())
