"""What a metric's name says of its direction, and how its numbers are written for people."""

import math
import re

from experiments.snapshot import Value

HIGHER = """
accuracy acc auc auroc auprc roc f1 f2 fbeta precision recall sensitivity specificity tpr tnr r2 map ap mrr ndcg hits
bleu rouge rougel meteor iou miou dice jaccard kappa mcc psnr ssim reward rewards return fps throughput
"""
LOWER = """
loss losses error errors err rmse mae mse mape smape msle rmsle nll bce logloss crossentropy entropy perplexity ppl
wer cer eer fid brier fpr fnr time latency duration seconds second secs sec ms size bytes
"""
# Rates and counts of something else: `bytes_per_second`, `batch_size`. A wrong direction is worse than none.
UNKNOWABLE = "per batch sample samples dataset vocab"

_HIGHER, _LOWER, _UNKNOWABLE = (frozenset(words.split()) for words in (HIGHER, LOWER, UNKNOWABLE))
_KNOWN = _HIGHER | _LOWER
_LONGEST = 300  # characters of a name that still says something
_WORD = re.compile(r"[A-Za-z]+[0-9]*|[0-9]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z])")


def direction(name: str) -> str:
    """`higher` or `lower`, whichever is better; empty where the name does not say: `val_loss`, `eval/accuracy`."""
    if len(name) > _LONGEST:
        return ""
    words = [word.lower() for word in _WORD.findall(name)]
    words += [word.lower() for part in _WORD.findall(name) for word in _HUMP.split(part)]  # valLoss, but mAP too
    words = [word if word in _KNOWN else word.rstrip("0123456789") for word in words]  # top1, map50
    if _UNKNOWABLE.intersection(words):
        return ""
    higher, lower = _HIGHER.intersection(words), _LOWER.intersection(words)
    if bool(higher) == bool(lower):
        return ""
    if "neg" in words or "negative" in words:  # scikit-learn's neg_mean_squared_error
        return "higher" if lower and "rate" not in words else ""
    return "higher" if higher else "lower"


def number(value: Value) -> float | None:
    """The value as a float (NaN and infinities too), None where it is no number; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:  # an integer of 310 digits
        return math.inf if value > 0 else -math.inf


def written(value: Value, other: Value = None) -> str:
    """A metric's value for people, with as many digits as tell it from `other`: `0.9671`, `1,234,567`, `NaN`."""
    if isinstance(value, bool):
        return str(value).lower()
    plain = number(value)
    if plain is None:
        return str(value)
    if not math.isfinite(plain):
        return "NaN" if math.isnan(plain) else "∞" if plain > 0 else "-∞"
    return _fixed(plain, _decimals(plain, number(other)))


def difference(before: Value, after: Value) -> str:
    """`+0.0161`, with the decimals of both values; empty where one of them is no finite number."""
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
    """Decimals that show four digits of the larger value and two of the difference, but none that are not there."""
    pair = [value] if other is None or not math.isfinite(other) else [value, other]
    wanted = _places(max(map(abs, pair)), 4)
    if len(pair) == 2:
        wanted = max(wanted, _places(abs(pair[0] - pair[1]), 2))
    return min(wanted, max(map(_written_places, pair)))


def _places(size: float, digits: int) -> int:
    if size == 0 or not math.isfinite(size):
        return 0
    return max(0, digits - 1 - math.floor(math.log10(size)))


def _written_places(value: float) -> int:
    """Decimals the number has when it is written out in full."""
    mantissa, _, exponent = repr(value).partition("e")
    decimals = mantissa.partition(".")[2]
    return max(0, (0 if decimals == "0" else len(decimals)) - int(exponent or 0))
