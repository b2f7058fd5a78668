"""The parser against another one, against itself cut elsewhere, and against lines that are no exposition."""

import math
import tracemalloc
from collections import Counter
from itertools import chain, pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from llmgw_report.model.scrape import Cell, Interest, Scrape, Wanted
from llmgw_report.sources.exposition import parse
from llmgw_report.sources.exposition.reader import Reader

LABELS = ("model", "provider", "status")
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
NUMBERS = st.one_of(
    st.integers(0, 10**12).map(str),
    st.floats(0, 1e12).map(repr),
    st.sampled_from(["NaN", "+Inf", "-Inf", "1e3", "-0", "0"]),
)
ENDS = st.sampled_from(["", "", "", " 1700000000000", " -5"])
SERIES = st.tuples(st.sampled_from(["a_total", "b", "c_count"]), st.dictionaries(st.sampled_from(LABELS), VALUES))
SAMPLES = st.lists(st.tuples(SERIES, NUMBERS, ENDS, st.sampled_from([" ", " ", " ", "  ", "\t"])), max_size=40)
INTEREST: Interest = {
    "a_total": Wanted(labels=("model", "provider")),
    "b": Wanted(labels=("status",)),
    "c_count": Wanted(labels=()),
}


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def line(name: str, labels: dict[str, str], rest: str) -> str:
    inner = ",".join(f'{label}="{escaped(value)}"' for label, value in labels.items())
    return f"{name}{{{inner}}}{rest}" if inner else f"{name}{rest}"


def text_of(samples: list[tuple[tuple[str, dict[str, str]], str, str, str]], *, end: str = "\n") -> str:
    head = '# HELP b help with \\ and "\n# TYPE a_total counter\n#\n# a comment\n\n# TYPE c summary\n'
    unique = {(name, frozenset(labels.items())): (name, labels, rest) for (name, labels), *rest in samples}
    return head + "".join(
        line(name, labels, f"{gap}{number}{at}") + end for name, labels, (number, at, gap) in unique.values()
    )


def read(text: str | bytes, interest: Interest = INTEREST) -> Scrape:
    return parse([text.encode() if isinstance(text, str) else text], interest, "test")


def may_be(name: str, number: str) -> bool:
    return name == "b" or 0 <= float(number) < 2**63


def cells_of_oracle(text: str) -> dict[str, dict[tuple[str, ...], list[float]]]:
    found: dict[str, dict[tuple[str, ...], list[float]]] = {name: {} for name in INTEREST}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            kept = tuple(sample.labels.get(label, "") for label in INTEREST[sample.name].labels)
            found[sample.name].setdefault(kept, []).append(float(sample.value))
    return found


def cell(values: list[float]) -> Cell:
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return Cell(not_finite=len(values))
    return Cell(
        sum=pytest.approx(math.fsum(finite)),  # type: ignore[arg-type] # equal, and no float
        maximum=max(finite),
        last=finite[-1],
        series=len(finite),
        zeros=finite.count(0.0),
        not_finite=len(values) - len(finite),
    )


@given(SAMPLES)
def test_it_reads_what_the_client_library_reads(
    samples: list[tuple[tuple[str, dict[str, str]], str, str, str]],
) -> None:
    # The client library splits its lines with a universal newline, and lets a counter be anything.
    text = text_of([one for one in samples if "\r" not in "".join(one[0][1].values()) and may_be(one[0][0], one[1])])
    found = read(text)
    assert (found.bad_line_count, found.duplicates) == (0, 0)
    for name, by_labels in cells_of_oracle(text).items():
        assert found.samples[name].keys() == by_labels.keys()
        for labels, values in by_labels.items():
            # Shapes of one name are taken one after the other, so "last" is that of one of them.
            ours, theirs = found.samples[name][labels], cell(values)
            ours.last = theirs.last if ours.series > 1 and ours.last in values else ours.last
            assert ours == theirs
    assert found.sample_count == sum(
        len(values) for cells in cells_of_oracle(text).values() for values in cells.values()
    )


@given(SAMPLES, st.lists(st.integers(0, 3000)), st.sampled_from(["\n", "\r\n"]))
def test_where_the_blocks_are_cut_does_not_matter(
    samples: list[tuple[tuple[str, dict[str, str]], str, str, str]], cuts: list[int], end: str
) -> None:
    body = text_of(samples, end=end).encode() + b'a_total{model="\xff"} 1\n{ 3\n'
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    assert parse([body[start:stop] for start, stop in pairwise(edges)], INTEREST, "test") == read(body)


#: A line of each shape, so that what follows is of shapes that are known.
KNOWN = """# TYPE a_total counter
a_total{model="m",provider="p"} 0
b{status="s"} 0
b{status="s",zone="z"} 0
c_count{zone="z"} 0
"""
#: What stands between, before and behind label values, in lines that are right and in lines that are not.
SCRAPS = (
    'a_total{model="',
    '",provider="',
    'b{status="',
    '",zone="',
    'c_count{zone="',
    '"} ',
    '"',
    "} ",
    " ",
    ",",
    "#",
)
BLANK_OR_SO = st.sampled_from(
    ["", "# a comment", '# HELP b a "comment"', "oops", "b 3", 'b { status="s"} 1', "b{status="]
)
PLAIN = st.builds(
    lambda kind, first, second, number: kind.format(first, second, number),
    st.sampled_from(
        (
            'a_total{{model="{}",provider="{}"}} {}',
            'b{{status="{}{}"}} {}',
            'b{{status="{}",zone="{}"}} {}',
            'c_count{{zone="{}{}"}} {}',
        )
    ),
    st.sampled_from(["", "x", "y", "\N{ARABIC-INDIC DIGIT ONE}", "} 5", ",zone="]),
    st.sampled_from(["", "x", "y", "z{"]),
    st.sampled_from(
        ["1", "2.5", "0", "1e3", "NaN", "-1", "+Inf", "1_0", "", "1 1700000000000", "1 # {}", "\N{FULLWIDTH DIGIT ONE}"]
    ),
)
SOUND = PLAIN.filter(lambda line: line[-1:].isdigit() and line.isascii() and "_0" not in line and line.count(" ") == 1)
BROKEN = st.lists(st.sampled_from((*SCRAPS, "x", "1", "2")), max_size=9).map("".join)
BLOCKS = st.lists(st.lists(SOUND | SOUND | PLAIN | BLANK_OR_SO | BROKEN, max_size=12), max_size=4)


def reading(blocks: list[list[str]], end: str) -> Scrape:
    reader = Reader(INTEREST)
    for lines in ([KNOWN[:-1]], *blocks):
        reader.read("".join(f"{line}\n" for line in (*lines, end)).encode())
    return reader.scrape("test")


@given(BLOCKS)
@example([['b{status="s"} 1', 'b{status="x', 'b{status="} 5"x"} 6']])
@example([['b{status="s",zone="z"} 1', 'b{status="s",zone="y"} 2"x', 'b{status=",zone="z"} 3']])
@example([["b{status=", 'b{status="s"} _']])
def test_lines_read_together_are_read_like_each_alone(blocks: list[list[str]]) -> None:
    # A block with a backslash anywhere is split line by line.
    assert reading(blocks, "# -") == reading(blocks, "# \\")


#: Numbers of Python, of JSON, of neither; their blanks; what another line may look like.
ODD_NUMBERS = ("-0", "01", "+1", "1.", ".5", "1e400", "1E5", "0x1", "inf", "nan", "Infinity", "null", "true", "1" * 400)
ODD_BLANKS = ("", "\t", "1 ", " 1", "\t1", "1\t", "1\r", "\r1", "1 \r 2", "1\x0b", "1\x85", "1\u2028")
ODD_TAILS = ('"1"', "[1]", "1]", "[1", "1,2", "1,", ",1", "1} 2", "} 1", '1"} 2', '1"} 2"')


@pytest.mark.parametrize("value", [*ODD_NUMBERS, *ODD_BLANKS, *ODD_TAILS], ids=repr)
def test_a_value_among_others_is_what_it_is_alone(value: str) -> None:
    # The first line of a shape is read by the exact parser.
    line = f'b{{status="y"}} {value}'
    alone = read(f"{line}\n")
    for others in (['b{status="x"} 1'], ['b{status="x"} 1', 'b{status="z"} NaN']):
        found = reading([[others[0], line, *others[1:]]], "")
        assert found.samples["b"].get(("y",)) == alone.samples["b"].get(("y",))
        assert [(bad.reason, bad.text) for bad in found.bad_lines] == [
            (bad.reason, bad.text) for bad in alone.bad_lines
        ]


@given(st.lists(st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{1,25})?(e[+-]?[0-9]{1,3})?", fullmatch=True), min_size=1))
@example(["8.5", "1.7976931348623157e308", "0.1"])
def test_a_value_is_rounded_as_python_rounds_it(numbers: list[str]) -> None:
    found = reading([[f'b{{status="{place}"}} {number}' for place, number in enumerate(numbers)]], "")
    values = [float(number) for number in numbers]
    for place, value in enumerate(values):
        if math.isfinite(value):
            assert found.samples["b"][str(place),].last == value


def test_many_lines_that_begin_alike_and_are_wrong_take_no_time_of_their_own() -> None:
    names = [f"m{number}" for number in range(3_000)]
    text = "".join(f'{name}{{a="1"}} 1\n' for name in names)
    wrong = "".join(f'{name}{{a="2"}} _\n' for name in names)
    found = read(text + wrong)
    assert (found.sample_count, found.bad_line_count) == (3_000, 3_000)
    assert [bad.line for bad in found.bad_lines] == list(range(3_001, 3_011))


def test_a_name_of_which_every_line_is_wrong_has_no_labels() -> None:
    assert read('a_total{model="m"} none\nb{status="ok"} 1\n').labels == {"b": ("status",)}


def test_lines_longer_and_bodies_larger_than_a_window() -> None:
    long = "x" * 300_000
    body = "".join(f'a_total{{model="m",provider="p",n="{number}"}} 1\n' for number in range(20_000))
    found = read(f'b{{status="{long}"}} 2\n{body}oops\nb{{status="ok"}} 3\n')
    assert found.samples["b"] == {(long,): cell([2.0]), ("ok",): cell([3.0])}
    assert found.samples["a_total"]["m", "p"].sum == 20_000
    assert [(bad.line, bad.text) for bad in found.bad_lines] == [(20_002, "oops")]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"a_total", "no value"),
        (b"a_total ", "no value"),
        (b"a_total;5", "no space between name and value"),
        (b'a_total{model="m"}', "no value"),
        (b'a_total{model="m"} 1 2 3', "more than a value and a timestamp"),
        (b'a_total{model="m"} 1_000', "not a number"),
        ('a_total{model="m"} \N{ARABIC-INDIC DIGIT ONE}'.encode(), "not a number"),
        ('a_total{model="m"} \xa05'.encode(), "not a number"),
        (b'a_total{model="m"} \x1c5', "not a number"),
        (b'a_total{model="m"} one', "not a number"),
        (b'a_total{model="m" 5', "a comma or a closing brace is missing"),
        (b'a_total{model="m"5', "a comma or a closing brace is missing"),
        (b'a_total{model="m', "a label has no quoted value"),
        (b'a_total{model="m",provider="} 5', "a label has no quoted value"),
        (b"a_total{model=m} 5", "a label has no quoted value"),
        (b'a_total{model="m",model="n"} 5', "a label is given twice"),
        (b'a_total{__name__="m"} 5', "not a label name"),
        (b'a_total{"b",model="m"} 5', "the metric is named twice"),
        (b'{model="m"} 5', "no metric name"),
        (b"0a 5", "not a metric name"),
        (b'a_total{model="\0"} 5', "contains a NUL byte"),
        (b'a_total{model="\xe9"} 5', "is not UTF-8"),
        (b"# TYPE x", "unknown type in a TYPE line"),
        (b"# TYPE x speedometer", "unknown type in a TYPE line"),
        (b"# TYPE 0x counter", "not a metric name after TYPE"),
        (b"# TYPE a_total gauge", "contradicts an earlier TYPE line"),
    ],
)
@pytest.mark.parametrize("before", [b"", b'a_total{model="m"} 7\n', b'a_total{model="m",provider="p"} 7\n'])
def test_a_bad_line_costs_that_line(bad: bytes, reason: str, before: bytes) -> None:
    found = read(b"# TYPE a_total counter\n" + before + bad + b'\na_total{model="good"} 1\n')
    assert found.samples["a_total"]["good", ""].sum == 1
    assert found.sample_count == 1 + bool(before)
    assert found.bad_line_count == 1
    assert (found.bad_lines[0].line, found.bad_lines[0].reason) == (2 + bool(before), reason)


def test_only_the_first_ten_bad_lines_are_kept_in_their_order() -> None:
    plain = 'a_total{model="m"} 1\n'
    found = read(plain + "".join(f'a_total{{model="{n}"}} x\n{n}\n' for n in range(50)))
    assert found.bad_line_count == 100
    assert [bad.line for bad in found.bad_lines] == list(range(2, 12))


@pytest.mark.parametrize(
    "again",
    [
        'a_total{model="m",provider="p"} 5',
        'a_total{provider="p",model="m"} 5',
        'a_total{ model="m", provider="p", } 5 123',
        '{"a_total",model="m",provider="p"} 5',
        'a_total{"model"="m",provider="p"} 5 # {trace="t"} 1',
    ],
)
def test_a_series_that_comes_twice_counts_once_and_the_first_time(again: str) -> None:
    first = 'a_total{model="n",provider="p"} 1\na_total{model="m",provider="p"} 3\n'
    found = read(f'{first}{again}\na_total{{model="o",provider="p"}} 1\n')
    assert found.samples["a_total"]["m", "p"] == cell([3.0])
    assert (found.duplicates, found.sample_count, found.families["a_total"].series) == (1, 3, 3)


@pytest.mark.parametrize("letter", ["x", "\N{GRINNING FACE}"])
def test_a_line_that_does_not_end_costs_no_memory(letter: str) -> None:
    blocks = (letter.encode() * (2**14) for _ in range(4 * 2**10))  # 64 or 256 MiB
    head = b'b{status="a"} 1\nb{status="'
    tracemalloc.start()
    found = parse(chain([head], blocks, [b'"} 1\nb{status="c"} 2\n']), INTEREST, "test")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 2**20
    assert found.samples["b"].keys() == {("a",), ("c",)}
    assert [(bad.line, bad.reason) for bad in found.bad_lines] == [(2, "longer than 1048576 characters")]
    assert found.bytes > 64 * 2**20


@pytest.mark.parametrize(
    ("last", "bad"), [(b"b 2", 1), (b"b", 1), (b"# EOF", 0), (b"# TYPE b gauge", 0), (b"  ", 0), (b"b 2\r", 1)]
)
def test_a_sample_that_is_cut_short_is_not_read_as_a_smaller_one(last: bytes, bad: int) -> None:
    found = read(b'b{status="a"} 1\n' + last)
    assert (found.sample_count, found.bad_line_count) == (1, bad)
    assert all("truncated" in one.reason for one in found.bad_lines)


@pytest.mark.parametrize("value", ["-1", "NaN", "+Inf", "-Inf", "-1e-300"])
@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("a_total", ""),
        ("a_total", "# TYPE a_total counter\n"),
        ("a_total", "# TYPE a counter\n"),
        ("b", "# TYPE b counter\n"),
        ("c_count", "# TYPE c summary\n"),
        ("c_bucket", "# TYPE c histogram\n"),
    ],
)
def test_a_counter_counts(name: str, declared: str, value: str) -> None:
    found = read(f'{declared}{name}{{model="m"}} 1\n{name}{{model="n"}} 2\n{name}{{model="o"}} {value}\n')
    assert [(bad.line, bad.reason) for bad in found.bad_lines] == [
        (3 + bool(declared), "a counter that is negative, infinite, 2^63 and more, or not a number")
    ]
    assert (found.sample_count, found.bad_line_count) == (2, 1)


@pytest.mark.parametrize("declared", ["# TYPE a_total gauge\n", "# TYPE a_total untyped\n"])
def test_what_is_declared_to_be_no_counter_may_be_below_0(declared: str) -> None:
    assert read(f"{declared}a_total -1\n").samples["a_total"]["", ""].sum == -1


@pytest.mark.parametrize("name", ["b", "c_sum", "c_created", "c_count"])
def test_what_does_not_say_that_it_counts_may_be_anything(name: str) -> None:
    assert read(f'{name} -1\n{name}{{a="b"}} NaN\n').bad_line_count == 0


def test_names_in_quotes_and_escapes() -> None:
    found = read('{"x.y",model="a\\\\b\\"c\\nd\\q"} 1\n# TYPE "x.y" gauge\n', {"x.y": Wanted(labels=("model",))})
    assert found.samples["x.y"] == {('a\\b"c\nd\\q',): cell([1.0])}
    assert found.families["x.y"].type == "gauge"


def test_parts_of_a_family_are_its_series_whatever_the_order() -> None:
    text = """
# TYPE requests counter
requests_total{a="1"} 1
requests_created{a="1"} 1
seconds_sum 1
seconds_count 1
# TYPE seconds histogram
seconds_bucket{le="+Inf"} 1
# TYPE size_count counter
# TYPE size summary
size_count 1
loose_total 1
# TYPE requests counter
# TYPE idle gauge
# EOF"""
    found = read(text)
    assert {family.name: (family.type, family.series) for family in found.families.values()} == {
        "requests": ("counter", 2),
        "seconds": ("histogram", 3),
        "size_count": ("counter", 1),
        "size": ("summary", 0),
        "idle": ("gauge", 0),
        "loose_total": ("untyped", 1),
    }


def test_a_byte_order_mark_is_only_one_at_the_start() -> None:
    assert read(b"\xef\xbb\xbfb 1\n").sample_count == 1
    assert read(b"b 1\n\xef\xbb\xbfb 1\n").bad_line_count == 1


def test_millions_of_shapes_need_no_plan_to_be_counted() -> None:
    text = "".join(f'm{number}{{a="1"}} 1\n' for number in range(12_000)) * 2
    found = read(text)
    assert Counter(family.series for family in found.families.values()) == {2: 12_000}


COUNTED = Wanted(labels=("p",), low=0, high=100, implausible="no count", adds_up=True)
LARGEST = Wanted(labels=("p",), low=0, high=100, implausible="no duration")


@pytest.mark.parametrize("value", ["-1", "100", "1e300", "+Inf", "-Inf"])
def test_a_value_that_cannot_be_right_costs_its_line(value: str) -> None:
    text = f'g{{p="a"}} 7\ng{{p="b"}} {value}\ng{{p="c"}} 8\n'
    found = read(text, {"g": LARGEST})
    assert {labels: cell.last for labels, cell in found.samples["g"].items()} == {("a",): 7, ("c",): 8}
    assert [(bad.line, bad.reason) for bad in found.bad_lines] == [(2, "no duration")]


def test_not_a_number_is_no_mistake_of_a_gauge() -> None:
    found = read('g{p="a"} NaN\ng{p="b"} 99\n', {"g": LARGEST})
    assert (found.bad_line_count, found.samples["g"]["a",].not_finite, found.samples["g"]["b",].last) == (0, 1, 99)


def test_a_sum_over_series_that_cannot_be_right_leaves_out_what_comes_last() -> None:
    lines = [f'g{{p="{number}"}} 60' for number in range(3)]
    found = read("\n".join(lines) + "\n", {"g": COUNTED})
    assert sum(cell.sum for cell in found.samples["g"].values()) == 60
    assert found.bad_line_count == 2
    assert read("\n".join(lines) + "\n", {"g": LARGEST}).bad_line_count == 0
