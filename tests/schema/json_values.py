"""Any JSON value, and above all texts that are nearly dates: what hypothesis draws from."""

from hypothesis import strategies as st

# PostgreSQL holds neither NUL nor lone surrogates; the wire refuses them before anything else.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


def _numbers(most: int, digits: int) -> st.SearchStrategy[str]:
    return st.integers(0, most).map(lambda number: f"{number:0{digits}}")


_DAYS = st.tuples(
    st.sampled_from(
        ["0000", "0001", "0099", "1900", "2000", "2021", "2024", "9999", "202", "+2021"]
    ),
    _numbers(13, 2),
    _numbers(32, 2),
).map("-".join)
_CLOCKS = st.tuples(_numbers(25, 2), _numbers(61, 2)).map(":".join)
_SECONDS = _numbers(61, 2).map(":{}".format)
_FRACTIONS = st.text("0123456789", max_size=11).map(".{}".format)
_OFFSETS = st.one_of(
    st.sampled_from(
        ["Z", "z", "+00:00", "-00:00", "+23:59", "-23:59", "+24:00", "+05:99", "+5:30"]
    ),
    st.tuples(
        st.sampled_from("+-"), _numbers(25, 2), st.sampled_from(["", ":"]), _numbers(61, 2)
    ).map("".join),
)
_ENDS = st.sampled_from(["", "", "", " ", "\n", "\u0663", "\uff10", "x"])


def _maybe(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(part, st.just(""))


NEAR_DATES = st.tuples(
    _DAYS,
    _maybe(
        st.tuples(
            st.sampled_from(["T", " ", "t", "  "]),
            _CLOCKS,
            _maybe(_SECONDS),
            _maybe(_FRACTIONS),
            _maybe(_OFFSETS),
        ).map("".join)
    ),
    _ENDS,
).map("".join)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
    NEAR_DATES,
)

VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
