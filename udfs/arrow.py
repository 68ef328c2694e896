"""Between DuckDB's Arrow columns and blocks of equally long series: the rules for NULL live here.

A function of `udfs` sees finite numbers in two-dimensional arrays and answers NaN where it
has no answer. This module finds the rows that can be asked, groups them by length and by their
other arguments, and turns what was not or could not be answered into NULL.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from udfs.mann_kendall import MutationPoints
from udfs.rounding import Bools, Floats, Integers
from udfs.weights import edge_pattern, edge_weights

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = np.ndarray[Any, Any]
Column = Any  # pyarrow.ChunkedArray or pyarrow.Array; pyarrow ships no types
ArrowFunction = Callable[..., Any]  # (result type, *columns) -> pyarrow.Array


@dataclass(frozen=True)
class Lists:
    """A column of lists of numbers.

    Attributes
    ----------
    values : ndarray
        All elements one after another; a NULL element is NaN.
    lengths : ndarray of int64, shape (rows,)
        Elements of each list; 0 for a NULL list.
    starts : ndarray of int64, shape (rows,)
        Place of the first element of each list in ``values``.
    present : ndarray of bool, shape (rows,)
        False for a NULL list.
    """

    values: Array
    lengths: Integers
    starts: Integers
    present: Bools

    def places(self, rows: Integers) -> Integers:
        """Places in ``values`` of the elements of equally long lists, shape (rows, length)."""
        return self.starts[rows][:, None] + np.arange(self.lengths[rows[0]])

    def block(self, rows: Integers) -> Floats:
        """Elements of equally long lists, shape (rows, length)."""
        length = int(self.lengths[rows[0]])
        if len(rows) * length == len(self.values):  # the usual case: every row, one length
            return self.values.reshape(len(rows), length)
        block: Floats = self.values[self.places(rows)]
        return block

    def list_at(self, row: int) -> Array:
        """Elements of one list."""
        start = int(self.starts[row])
        return self.values[start : start + int(self.lengths[row])]

    def finite(self) -> Bools:
        """Rows whose list is present and holds neither NULL nor NaN nor infinity."""
        bad = ~np.isfinite(self.values)
        if not bad.any():
            return self.present
        owner = np.repeat(np.arange(len(self.lengths)), self.lengths)
        clean: Bools = np.bincount(owner[bad], minlength=len(self.lengths)) == 0
        return self.present & clean


def lists_of(column: Column) -> Lists:
    """Read a column of lists of numbers.

    Parameters
    ----------
    column : pyarrow.ChunkedArray or pyarrow.Array
        Lists of DOUBLE or INTEGER.

    Returns
    -------
    Lists
        A view of the column's memory where that holds no NULL.

    Examples
    --------
    >>> lists_of(pa.array([[1.0, None], None, [2.0]])).lengths.tolist()
    [2, 0, 1]
    """
    array = _array(column)
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    lengths = lengths.astype(np.int64)
    return Lists(
        values=array.flatten().to_numpy(zero_copy_only=False),
        lengths=lengths,
        starts=np.cumsum(lengths) - lengths,
        present=array.is_valid().to_numpy(zero_copy_only=False),
    )


def series_function(
    kernel: Callable[..., Any], *, min_length: int, gaps: bool = False
) -> ArrowFunction:
    """Make an Arrow function of ``kernel(series, *integers)``.

    Parameters
    ----------
    kernel : callable
        Takes series of shape (rows, n) and the other arguments as integers. Returns an array or
        a dataclass of arrays, each of shape (rows,) or (rows, n).
    min_length : int
        Shorter series are answered NULL.
    gaps : bool, optional
        Whether the kernel itself takes NaN for a missing element. Otherwise a list that holds
        NULL, NaN or infinity is answered NULL.

    Returns
    -------
    callable
        Of the Arrow result type, a column of lists and columns of integers. A NULL argument is
        answered NULL.
    """

    def call(result: Any, series: Column, *others: Column) -> Any:
        lists = lists_of(series)
        scalars, present = _integers(others, len(lists.lengths))
        askable = (lists.present if gaps else lists.finite()) & present
        askable &= lists.lengths >= min_length
        answers = _Answers(result, lists)
        for rows, arguments in _groups(askable, lists.lengths, scalars):
            answers.put(rows, _ask(kernel, lists.block(rows), *arguments))
        return answers.to_arrow()

    return call


def mutation_function(
    kernel: Callable[[Floats, int], MutationPoints], *, min_length: int
) -> ArrowFunction:
    """Make an Arrow function of a kernel that finds any number of crossings in each series.

    Parameters
    ----------
    kernel : callable
        `udfs.mann_kendall.mutation_points`.
    min_length : int
        Shorter series are answered NULL.

    Returns
    -------
    callable
        Of the Arrow result type, a column of lists and a column of first years.
    """

    def call(result: Any, series: Column, first_year: Column) -> Any:
        lists = lists_of(series)
        count = len(lists.lengths)
        scalars, present = _integers((first_year,), count)
        askable = lists.finite() & present & (lists.lengths >= min_length)
        first = np.full(count, np.nan)
        owners = [np.zeros(0, dtype=np.int64)]
        found: list[MutationPoints] = []
        for rows, (year,) in _groups(askable, lists.lengths, scalars):
            points = kernel(lists.block(rows), year)
            first[rows] = points.first_significant_year
            owners.append(rows[points.row])
            found.append(points)
        owner = np.concatenate(owners)
        order = np.argsort(owner, kind="stable")
        crossing = result.field("crossings").type.value_type
        columns = {
            field.name: np.concatenate(
                [np.zeros(0, field.type.to_pandas_dtype()), *(vars(p)[field.name] for p in found)]
            )[order]
            for field in crossing
        }
        crossings = _struct(crossing, [_leaf(f.type, columns[f.name]) for f in crossing])
        significant = _leaf(pa.float64(), first).cast(pa.int32())
        lengths = np.bincount(owner, minlength=count)
        return _struct(result, [significant, _list(crossings, lengths)], askable)

    return call


def spatial_function(kernel: Callable[..., Any], *, weighted: bool) -> ArrowFunction:
    """Make an Arrow function of ``kernel(vals, matrix, *integers)``.

    Rows with the same edges and the same other arguments are answered together.

    Parameters
    ----------
    kernel : callable
        Takes values of shape (rows, n), a matrix of weights and integers. Returns an array or a
        dataclass of arrays, each of shape (rows,) or (rows, n).
    weighted : bool
        Whether a list of weights follows the edge lists src and dst; otherwise the weights are
        binary with every place its own neighbour.

    Returns
    -------
    callable
        Of the Arrow result type, columns vals, src, dst (and weights) and columns of integers.
    """
    names = ("src", "dst", "weights") if weighted else ("src", "dst")

    def call(result: Any, vals: Column, *others: Column) -> Any:
        lists = lists_of(vals)
        edges = [lists_of(column) for column in others[: len(names)]]
        scalars, present = _integers(others[len(names) :], len(lists.lengths))
        wanted = lists.present & present
        for part in edges:
            wanted = wanted & part.present
        usable = lists.finite()
        # Edges are checked even where the values cannot be used: a wrong call must not pass
        # because a value happens to be missing.
        together: dict[Hashable, list[int]] = {}
        for row in np.flatnonzero(wanted).tolist():
            key = (
                int(lists.lengths[row]),
                *(part.list_at(row).tobytes() for part in edges),
                *scalars[row].tolist(),
            )
            together.setdefault(key, []).append(row)
        answers = _Answers(result, lists)
        for members in together.values():
            first = members[0]
            parts = [part.list_at(first) for part in edges]
            matrix = _matrix(int(lists.lengths[first]), dict(zip(names, parts, strict=True)))
            rows = np.array([row for row in members if usable[row]], dtype=np.int64)
            if len(rows) and lists.lengths[first]:
                arguments = scalars[first].tolist()
                answers.put(rows, _ask(kernel, lists.block(rows), matrix, *arguments))
        return answers.to_arrow()

    return call


def model_function(
    kernel: Callable[..., Any], *, integer_lists: int = 0, number_lists: int = 0, numbers: int = 0
) -> ArrowFunction:
    """Make an Arrow function of ``kernel(features, targets, future, *others)``.

    Every row is a training set of its own, and takes far longer than its conversion does.

    Parameters
    ----------
    kernel : callable
        Takes arrays of shape (rows, columns), (rows,) and (others, columns), tuples of integers,
        arrays of numbers and single numbers, in this order. Returns None for NULL, a dataclass for
        a struct, or a dataclass of arrays with one entry for each element of a list of structs.
    integer_lists, number_lists, numbers : int, optional
        Columns of each kind that follow the first three.

    Returns
    -------
    callable
        Of the Arrow result type and the columns. A NULL, NaN or infinity among the numbers and a
        NULL among the integers is answered NULL.
    """
    kinds = ("integers",) * integer_lists + ("list",) * number_lists + ("number",) * numbers

    def answer(features: Any, targets: Any, future: Any, *others: Any) -> Any:
        if any(None in vector for vector in (*features, *future)):
            return None
        tables = [_matrix_of(features, "features"), np.array(targets, float)]
        tables.append(_matrix_of(future, "future"))
        given = [
            tuple(other) if kind == "integers" else np.array(other, float)
            for kind, other in zip(kinds, others, strict=True)
        ]
        arrays = [*tables, *(part for part in given if isinstance(part, np.ndarray))]
        if not all(np.isfinite(array).all() for array in arrays):
            return None
        return kernel(
            *tables,
            *(
                part.item() if isinstance(part, np.ndarray) and kind == "number" else part
                for kind, part in zip(kinds, given, strict=True)
            ),
        )

    return row_function(answer)


def row_function(kernel: Callable[..., Any]) -> ArrowFunction:
    """Make an Arrow function of a kernel that is asked for one row after the other.

    Parameters
    ----------
    kernel : callable
        Takes Python values and lists. Returns None for NULL, an array for a list, a dataclass for
        a struct, or a dataclass of arrays with one entry for each element of a list of structs.

    Returns
    -------
    callable
        Of the Arrow result type and the columns. A NULL argument and a NULL inside a list is
        answered NULL; so are NaN that the kernel answers.
    """

    def call(result: Any, *columns: Column) -> Any:
        rows = zip(*(_array(column).to_pylist() for column in columns), strict=True)
        answers = [_row_answer(kernel, result, row) for row in rows]
        return pa.array(answers, type=result, from_pandas=True)  # NaN become NULL, at any depth

    return call


def choice_function(
    kernels: Mapping[str, Callable[..., Any]], *, min_length: int, name: str
) -> ArrowFunction:
    """Make an Arrow function of a series and the name of the kernel that is asked.

    Parameters
    ----------
    kernels : mapping of str to callable
        As `series_function` takes them, all with one type of answer.
    min_length : int
        Shorter series are answered NULL.
    name : str
        What the argument is called in an error.

    Returns
    -------
    callable
        Of the Arrow result type, a column of lists and a column of names. A NULL argument is
        answered NULL, an unknown name is an error.
    """

    def call(result: Any, series: Column, choices: Column) -> Any:
        lists, names = _array(series), _array(choices)
        answers, places = [], []
        for choice in pc.unique(names).to_pylist():
            if choice is not None and choice not in kernels:
                raise ValueError(f"{name} must be one of {', '.join(kernels)}, got {choice}")
            chosen = pc.is_null(names) if choice is None else pc.equal(names, choice)
            part = lists.filter(pc.fill_null(chosen, False))
            if choice is None:
                answers.append(pa.nulls(len(part), result))
            else:
                answers.append(
                    series_function(kernels[choice], min_length=min_length)(result, part)
                )
            places.append(np.flatnonzero(chosen.to_numpy(zero_copy_only=False)))
        if not answers:
            return pa.array([], type=result)
        order = np.argsort(np.concatenate(places), kind="stable")
        return pa.concat_arrays(answers).take(pa.array(order))

    return call


def array_function(kernel: Callable[..., Any]) -> ArrowFunction:
    """Make an Arrow function of a kernel of arrays that is asked for one row after the other.

    Parameters
    ----------
    kernel : callable
        Takes texts and numbers as they are and lists as arrays of float64, a list of lists as
        one array. Answers as `row_function` takes them.

    Returns
    -------
    callable
        Of the Arrow result type and the columns. A NULL argument, and NULL, NaN or infinity
        inside a list, is answered NULL.
    """

    def answer(*row: Any) -> Any:
        given = [_numbers(part) if isinstance(part, list) else part for part in row]
        if not all(np.isfinite(part).all() for part in given if isinstance(part, np.ndarray)):
            return None
        return kernel(*given)

    return row_function(answer)


def _numbers(part: list[Any]) -> Floats:
    """Turn a list, or a list of equally long lists, into an array with NaN for NULL."""
    lengths = {len(inner) for inner in part if isinstance(inner, list)}
    if len(lengths) > 1:
        raise ValueError("the lists inside a list must have the same length")
    return np.array(part, dtype=np.float64)


def _lists(values: Any) -> Any:
    """Turn an array of more dimensions into lists of arrays of one, as pyarrow takes them.

    NaN and infinity become NaN, and a number alone None: both are NULL there.
    """
    if isinstance(values, np.ndarray) and values.ndim > 1:
        return [_lists(part) for part in values]
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return np.where(np.isfinite(values), values, np.nan)
    return None if isinstance(values, float) and not math.isfinite(values) else values


def _row_answer(kernel: Callable[..., Any], result: Any, row: tuple[Any, ...]) -> Any:
    """One row's answer as pyarrow takes it, None or NaN for NULL; lists stay arrays."""
    if any(part is None or (isinstance(part, list) and None in part) for part in row):
        return None
    answer = kernel(*row)
    if answer is None or isinstance(answer, np.ndarray):
        return _lists(answer)
    parts = {field.name: _lists(getattr(answer, field.name)) for field in fields(answer)}
    if pa.types.is_list(result):
        names = list(parts)
        return [dict(zip(names, item, strict=True)) for item in zip(*parts.values(), strict=True)]
    return parts


def series_outlook(kernel: Callable[..., Any], *, series: int) -> ArrowFunction:
    """Make an Arrow function of ``kernel(*series, integer)`` that is asked row by row.

    Parameters
    ----------
    kernel : callable
        Takes arrays and an integer; its answer may have any length.
    series : int
        Columns of lists of numbers, before the one of integers.

    Returns
    -------
    callable
        As `row_function`; NaN and infinity are answered NULL.
    """

    def answer(*values: Any) -> Any:
        arrays = [np.array(part, float) for part in values[:series]]
        if not all(np.isfinite(array).all() for array in arrays):
            return None
        return kernel(*arrays, *values[series:])

    return row_function(answer)


def _matrix_of(vectors: list[list[float]], name: str) -> Floats:
    """Vectors as the rows of a matrix; a different length is a mistake."""
    lengths = {len(vector) for vector in vectors}
    if len(lengths) > 1:
        raise ValueError(f"every list in {name} must have the same length")
    matrix: Floats = np.array(vectors, float).reshape(len(vectors), *lengths or (0,))
    return matrix


class _Answers:
    """Collects the arrays that a kernel gives for each group, in the order of the rows."""

    def __init__(self, result: Any, lists: Lists) -> None:
        self._result = result
        self._lists = lists
        self._given: Bools = np.zeros(len(lists.lengths), dtype=np.bool_)
        self._arrays: dict[str, Array] = {}
        for name, kind, per_element in _leaves(result):
            size = len(lists.values) if per_element else len(lists.lengths)
            dtype = np.dtype(kind.to_pandas_dtype())
            empty = np.nan if dtype.kind == "f" else None if dtype.kind == "O" else 0
            self._arrays[name] = np.full(size, empty, dtype=dtype)

    def put(self, rows: Integers, parts: dict[str, Array]) -> None:
        """Store the answer for ``rows``; a row whose numbers are all NaN has none."""
        given: Bools = np.zeros(len(rows), dtype=np.bool_)
        for name, part in parts.items():
            self._arrays[name][rows if part.ndim == 1 else self._lists.places(rows)] = part
            if part.dtype.kind == "f":
                given |= ~np.isnan(part.reshape(len(rows), -1)).all(axis=1)
        self._given[rows] = given

    def to_arrow(self) -> Any:
        """Build the column of answers."""
        return self._build(self._result, "", per_element=False)

    def _build(self, kind: Any, name: str, *, per_element: bool) -> Any:
        given = None if per_element else self._given
        if pa.types.is_list(kind):
            element = self._build(kind.value_type, name, per_element=True)
            return _list(element, self._lists.lengths, given)
        if pa.types.is_struct(kind):
            parts = [self._build(f.type, f.name, per_element=per_element) for f in kind]
            return _struct(kind, parts, given)
        return _leaf(kind, self._arrays[name])


def _array(column: Column) -> Any:
    """One array of a chunked column."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _integers(columns: tuple[Column, ...], rows: int) -> tuple[Integers, Bools]:
    """Columns of integers as an array of shape (rows, columns), and the rows without a NULL."""
    values = np.zeros((rows, len(columns)), dtype=np.int64)
    present: Bools = np.ones(rows, dtype=np.bool_)
    for place, column in enumerate(columns):
        array = _array(column)
        values[:, place] = pc.fill_null(array, 0).to_numpy(zero_copy_only=False)
        present &= array.is_valid().to_numpy(zero_copy_only=False)
    return values, present


def _groups(
    askable: Bools, lengths: Integers, scalars: Integers
) -> Iterator[tuple[Integers, tuple[int, ...]]]:
    """Rows that share their length and their other arguments, with these arguments."""
    rows = np.flatnonzero(askable)
    if len(rows) == 0:
        return
    lengths, scalars = lengths[rows], scalars[rows]
    if (lengths == lengths[0]).all() and (scalars == scalars[0]).all():
        yield rows, tuple(scalars[0].tolist())
        return
    keys = np.column_stack([lengths, scalars])
    _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    for number, place in enumerate(first):
        yield rows[group == number], tuple(scalars[place].tolist())


def _matrix(count: int, edges: dict[str, Array]) -> csr_array:
    """Weights of one edge list; a NULL in it is a mistake, never a missing value."""
    for name in ("src", "dst"):
        wrong = np.isnan(edges[name]) if edges[name].dtype.kind == "f" else np.zeros(1)
        if wrong.any():
            raise ValueError(f"{name} must not hold NULL, found at edge {int(wrong.argmax()) + 1}")
    src, dst = edges["src"].astype(np.int64), edges["dst"].astype(np.int64)
    if "weights" in edges:
        return edge_weights(count, src, dst, edges["weights"])
    return edge_pattern(count, src, dst)


def _ask(kernel: Callable[..., Any], block: Floats, *arguments: Any) -> dict[str, Array]:
    """Arrays of a kernel's answer by name; a bare array has no name.

    NumPy sums the only column of an array in another order than each of several. So a single row
    is asked twice: otherwise last digits would depend on how DuckDB cuts its batches.
    """
    rows = len(block)
    answer = kernel(block if rows > 1 else np.repeat(block, 2, axis=0), *arguments)
    if isinstance(answer, np.ndarray):
        return {"": answer[:rows]}
    return {field.name: getattr(answer, field.name)[:rows] for field in fields(answer)}


def _leaves(
    kind: Any, name: str = "", per_element: bool = False
) -> Iterator[tuple[str, Any, bool]]:
    """Name, type and whether there is one for each element, of every number in a type."""
    if pa.types.is_list(kind):
        yield from _leaves(kind.value_type, name, True)
    elif pa.types.is_struct(kind):
        for field in kind:
            yield from _leaves(field.type, field.name, per_element)
    else:
        yield name, kind, per_element


def _leaf(kind: Any, array: Array) -> Any:
    """Arrow array with NULL for NaN and infinity."""
    if array.dtype.kind == "f":
        array = np.where(np.isfinite(array), array, np.nan)
    return pa.array(array, type=kind, from_pandas=True)


def _struct(kind: Any, parts: list[Any], given: Bools | None = None) -> Any:
    mask = None if given is None else pa.array(~given)
    return pa.StructArray.from_arrays(parts, fields=list(kind), mask=mask)


def _list(elements: Any, lengths: Integers, given: Bools | None = None) -> Any:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    mask = None if given is None else pa.array(~given)
    return pa.ListArray.from_arrays(pa.array(offsets), elements, mask=mask)
