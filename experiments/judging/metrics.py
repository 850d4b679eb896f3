"""The direction that the name of a metric tells, and the way its numbers are written for people."""

import math
import re

from experiments.judging import metric_words
from experiments.snapshot import Value

# A sentence for a project that declares no metric.
DECLARED_SO = (
    "`metrics: [metrics.json: {cache: false}]` declares one, with the name of your own file, below the stage of "
    "`dvc.yaml` that writes it."
)

_HIGHER, _LOWER, _UNKNOWABLE, _TURNED = (
    frozenset(words.split())
    for words in (metric_words.HIGHER, metric_words.LOWER, metric_words.UNKNOWABLE, metric_words.TURNED)
)
_PHRASES = sorted(
    (
        (tuple(phrase.split()), says)
        for phrases, says in (
            (metric_words.HIGHER_PHRASES, "higher"),
            (metric_words.LOWER_PHRASES, "lower"),
            (metric_words.UNKNOWABLE_PHRASES, ""),
        )
        for phrase in re.split(r"[|\n]", phrases.strip())
    ),
    key=lambda each: -len(each[0]),
)
_KNOWN = _HIGHER | _LOWER | _UNKNOWABLE | {word for phrase, _ in _PHRASES for word in phrase}
_LONGEST = 300  # characters of a name that is looked at
_WORD = re.compile(r"[A-Za-z]+[0-9]*|[0-9]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z]{2})(?=[A-Z][A-Z0-9])")


def direction(name: str) -> str:
    """Return which is better, `higher` or `lower`, as the name of a metric tells: `val_loss`, `eval/accuracy`. Empty
    where it does not."""
    if len(name) > _LONGEST:
        return ""
    whole = [word.lower() for word in _WORD.findall(name)]
    split = [word.lower() for part in _WORD.findall(name) for word in _HUMP.split(part)]  # valLoss, but mAP too
    words, says = _without_phrases([*map(_bare, split)])
    known = {*words, *(() if says else map(_bare, whole))}
    if "" in says or _UNKNOWABLE & known or ("best" in known and words[-1] in ("epoch", "step")):
        return ""
    says |= {"higher"} if _HIGHER & known else set()
    says |= {"lower"} if _LOWER & known else set()
    if len(says) != 1:
        return ""
    (found,) = says
    if not {"neg", "negative"} & known:
        return found
    at = next(at for at, word in enumerate(words) if word in ("neg", "negative"))
    turned = found == "lower" and _TURNED.intersection(split[at + 1 : at + 2])
    return "higher" if turned else ""


def _bare(word: str) -> str:
    """Return a word without the number at its end, `top1` or `map50`, unless it is known with it, as `r2`."""
    return word if word in _KNOWN else word.rstrip("0123456789") or word


def _without_phrases(words: list[str]) -> tuple[list[str], set[str]]:
    """Return the words that are in no phrase, and the directions of the phrases."""
    says = set[str]()
    for phrase, direction in _PHRASES:
        size = len(phrase)
        at = next((at for at in range(len(words) - size + 1) if tuple(words[at : at + size]) == phrase), -1)
        if at >= 0:
            says.add(direction)
            words = [*words[:at], "|", *words[at + size :]]
    return words, says


def number(value: Value) -> float | None:
    """Return the value as a float, which may be NaN or infinite. None where it is no number; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:  # an integer of 310 digits
        return math.inf if value > 0 else -math.inf


def written(value: Value, other: Value = None) -> str:
    """Return a metric's value for people, with enough digits to tell it from `other`: `0.9671`, `1,234,567`, `NaN`."""
    if isinstance(value, bool):
        return str(value).lower()
    plain = number(value)
    if plain is None:
        return str(value)
    if not math.isfinite(plain):
        return "NaN" if math.isnan(plain) else "∞" if plain > 0 else "-∞"
    return _fixed(plain, _decimals(plain, number(other)))


def difference(before: Value, after: Value) -> str:
    """Return the difference with the decimals of both values, `+0.0161`. Empty where one of them is no finite
    number."""
    left, right = number(before), number(after)
    if left is None or right is None or not math.isfinite(right - left):
        return ""
    if right == left:
        return "0"
    change = right - left
    text = _fixed(change, _decimals(left, right))
    return text if change < 0 else "+" + text


def _fixed(value: float, decimals: int) -> str:
    if value and (abs(value) >= 1e15 or round(value, decimals) == 0 or (decimals > 6 and abs(value) < 1e-4)):
        return f"{value:.3g}"
    return f"{value:,.{min(decimals, 12)}f}"


def _decimals(value: float, other: float | None) -> int:
    """Return the decimals that show four digits of the larger value and two of the difference, and no more than the
    values have."""
    pair = [value] if other is None or not math.isfinite(other) else [value, other]
    wanted = _places(max(map(abs, pair)), 4)
    if len(pair) == 2:
        wanted = max(wanted, _places(abs(pair[0] - pair[1]), 2))
    for each in pair:
        if abs(each) < 10_000 and not each.is_integer():
            wanted = max(wanted, 2 if abs(each) < 100 else 1)  # 32.17 beside 1,035 is no 32, and 1,000.5 no 1,000
    return min(wanted, max(map(_written_places, pair)))


def _places(size: float, digits: int) -> int:
    if size == 0 or not math.isfinite(size):
        return 0
    return max(0, digits - 1 - math.floor(math.log10(size)))


def _written_places(value: float) -> int:
    """Return how many decimals a number has when it is written out in full."""
    mantissa, _, exponent = repr(value).partition("e")
    decimals = mantissa.partition(".")[2]
    return max(0, (0 if decimals == "0" else len(decimals)) - int(exponent or 0))
