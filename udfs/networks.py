"""Feed-forward networks trained side by side (eqs 5-6): ReLU units, a linear output, L-BFGS.

One network of some hundred weights takes longer to call than to compute. So the networks of an
ensemble are trained together: their weights lie in one array, every product is taken for all of
them at once, and each walks its own way. What a network becomes depends on its seed and its rows,
never on the others in the array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from udfs.rounding import Bools, Floats, Integers

MEMORY = 10
"""Steps that L-BFGS remembers."""
SUFFICIENT_DECREASE = 1e-4
"""Armijo's constant: the share of the promised decrease that a step must bring."""
SHORTER = 0.3
"""Factor by which a step that brings too little is shortened, at most `TRIALS` times."""
TRIALS = 25
GRADIENT_TOLERANCE = 1e-7
LOSS_TOLERANCE = 1e-12
"""Relative decrease below which a network is done."""

Layers = list[tuple[Floats, Floats]]
Objective = Callable[[Floats, Integers], tuple[Floats, Floats]]


def forward(layers: Layers, rows: Floats) -> Floats:
    """Answer of one network or of many: ReLU in the hidden layers, linear in the last.

    Parameters
    ----------
    layers : list of (weights, biases)
        Weights of shape (units below, units above), biases of shape (units above,); or both with
        one more axis in front, the networks.
    rows : ndarray, shape (rows, columns)
        Scaled inputs.

    Returns
    -------
    ndarray, shape (rows,) or (networks, rows)
        Scaled output.

    Examples
    --------
    >>> layers = [
    ...     (np.array([[1.0], [-1.0]]), np.array([0.5])),
    ...     (np.array([[2.0]]), np.array([1.0])),
    ... ]
    >>> forward(layers, np.array([[1.0, 0.0], [0.0, 3.0]])).tolist()
    [4.0, 1.0]
    """
    for weights, biases in layers[:-1]:
        rows = np.maximum(rows @ weights + biases[..., None, :], 0.0)
    weights, biases = layers[-1]
    result: Floats = (rows @ weights + biases[..., None, :])[..., 0]
    return result


def train(
    rows: Floats,
    goal: Floats,
    hidden: tuple[int, ...],
    seeds: tuple[int, ...],
    penalties: Floats,
    iterations: int,
) -> Layers:
    """Train one network for each seed on the same rows, by full-batch L-BFGS.

    The loss is half the mean squared error plus half the penalty times the squared weights over
    the number of rows. First weights are uniform within sqrt(6 / (units below + above)), after
    Glorot and Bengio (2010).

    Parameters
    ----------
    rows : ndarray, shape (rows, columns)
        Scaled inputs.
    goal : ndarray, shape (rows,)
        Scaled output.
    hidden : tuple of int
        Units of each hidden layer.
    seeds : tuple of int
        Seed of each network's first weights.
    penalties : ndarray, shape (networks,)
        L2 penalty of each network.
    iterations : int
        Steps after which a network is used as it stands.

    Returns
    -------
    list of (weights, biases)
        With the networks as first axis; ask them with `forward`.

    Examples
    --------
    >>> rows = np.linspace(-1.0, 1.0, 9)[:, None]
    >>> layers = train(rows, rows[:, 0], (4,), (1, 2), np.array([1e-3, 1e-3]), 200)
    >>> np.abs(forward(layers, rows) - rows[:, 0]).max(axis=1).round(2).tolist()
    [0.0, 0.0]
    """
    shapes = _layer_shapes(rows.shape[1], hidden)

    def objective(weights: Floats, members: Integers) -> tuple[Floats, Floats]:
        return _loss_and_gradient(_unpack(weights, shapes), rows, goal, penalties[members])

    first = np.stack([_first_weights(shapes, seed) for seed in seeds])
    return _unpack(_minimise(objective, first, iterations), shapes)


def _layer_shapes(columns: int, hidden: tuple[int, ...]) -> list[tuple[int, int]]:
    sizes = (columns, *hidden, 1)
    return list(pairwise(sizes))


def _first_weights(shapes: list[tuple[int, int]], seed: int) -> Floats:
    """Random weights and biases of one network, one after another."""
    random = np.random.default_rng(seed)
    parts = []
    for below, above in shapes:
        bound = np.sqrt(6.0 / (below + above))
        parts += [random.uniform(-bound, bound, size) for size in (below * above, above)]
    return np.concatenate(parts)


def _unpack(weights: Floats, shapes: list[tuple[int, int]]) -> Layers:
    """Layers of networks whose numbers lie in the rows of an array."""
    layers, start = [], 0
    for below, above in shapes:
        middle, end = start + below * above, start + (below + 1) * above
        layers.append((weights[:, start:middle].reshape(-1, below, above), weights[:, middle:end]))
        start = end
    return layers


def _loss_and_gradient(
    layers: Layers, rows: Floats, goal: Floats, penalties: Floats
) -> tuple[Floats, Floats]:
    """Loss of every network, shape (networks,), and its gradient, shape (networks, numbers)."""
    networks, count = len(penalties), len(goal)
    outputs = [np.broadcast_to(rows, (networks, *rows.shape))]
    for weights, biases in layers[:-1]:
        outputs.append(np.maximum(outputs[-1] @ weights + biases[:, None, :], 0.0))
    residual = (outputs[-1] @ layers[-1][0] + layers[-1][1][:, None, :])[..., 0] - goal
    loss = 0.5 * (residual**2).mean(axis=1)
    slope = (residual / count)[..., None]
    parts: list[Floats] = []
    for place in range(len(layers) - 1, -1, -1):
        weights = layers[place][0]
        shrinkage = penalties / count
        loss = loss + 0.5 * shrinkage * (weights**2).sum(axis=(1, 2))
        gradient = outputs[place].transpose(0, 2, 1) @ slope + shrinkage[:, None, None] * weights
        parts[:0] = [gradient.reshape(networks, -1), slope.sum(axis=1)]
        if place:
            slope = (slope @ weights.transpose(0, 2, 1)) * (outputs[place] > 0)
    return loss, np.concatenate(parts, axis=1)


@dataclass
class _Walk:
    """Where every network stands, and the last steps that it took."""

    weights: Floats
    loss: Floats
    gradient: Floats
    steps: Floats  # (MEMORY, networks, numbers)
    changes: Floats  # of the gradient, as steps
    curvatures: Floats  # (MEMORY, networks), 1 / (step . change); 0 where a step is not used
    scale: Floats  # (networks,), size of the first guess of a step


def _minimise(objective: Objective, first: Floats, iterations: int) -> Floats:
    """Limited-memory BFGS with backtracking, for every row of ``first`` by itself."""
    loss, gradient = objective(first, np.arange(len(first)))
    walk = _Walk(
        first.copy(),
        loss,
        gradient,
        np.zeros((MEMORY, *first.shape)),
        np.zeros((MEMORY, *first.shape)),
        np.zeros((MEMORY, len(first))),
        1.0 / np.abs(gradient).sum(axis=1).clip(1e-12),
    )
    active = np.arange(len(first))
    for iteration in range(iterations):
        going = _step(objective, walk, active, iteration)
        active = active[going]
        if len(active) == 0:
            break
    return walk.weights


def _step(objective: Objective, walk: _Walk, active: Integers, iteration: int) -> Bools:
    """Move the active networks one step; returns which of them go on."""
    direction = _direction(walk, active, iteration)
    weights, loss, gradient, moved = _search(objective, walk, active, direction)
    step, change = weights - walk.weights[active], gradient - walk.gradient[active]
    curvature, size = _dot(step, change), _dot(change, change)
    use = curvature > 1e-10 * size
    place = iteration % MEMORY
    walk.steps[place, active], walk.changes[place, active] = step, change
    walk.curvatures[place, active] = np.divide(1.0, curvature, out=np.zeros(len(active)), where=use)
    walk.scale[active] = np.divide(curvature, size, out=walk.scale[active], where=use)
    before = walk.loss[active]
    walk.weights[active], walk.loss[active], walk.gradient[active] = weights, loss, gradient
    flat = np.abs(gradient).max(axis=1) < GRADIENT_TOLERANCE
    stuck = before - loss <= LOSS_TOLERANCE * np.abs(before)
    going: Bools = moved & ~flat & ~stuck
    return going


def _direction(walk: _Walk, active: Integers, iteration: int) -> Floats:
    """Two-loop recursion: minus the approximate inverse Hessian times the gradient."""
    latest = [(iteration - 1 - back) % MEMORY for back in range(min(iteration, MEMORY))]
    wanted = walk.gradient[active].copy()
    shares = np.zeros((MEMORY, len(active)))
    for place in latest:
        shares[place] = walk.curvatures[place, active] * _dot(walk.steps[place, active], wanted)
        wanted -= shares[place][:, None] * walk.changes[place, active]
    wanted *= walk.scale[active][:, None]
    for place in reversed(latest):
        back = walk.curvatures[place, active] * _dot(walk.changes[place, active], wanted)
        wanted += (shares[place] - back)[:, None] * walk.steps[place, active]
    uphill = _dot(wanted, walk.gradient[active]) <= 0
    wanted[uphill] = walk.gradient[active][uphill] * walk.scale[active][uphill][:, None]
    return -wanted


def _search(
    objective: Objective, walk: _Walk, active: Integers, direction: Floats
) -> tuple[Floats, Floats, Floats, Bools]:
    """Longest of ever shorter steps that brings enough; a network without one stays."""
    promised = _dot(direction, walk.gradient[active])
    weights, loss = walk.weights[active].copy(), walk.loss[active].copy()
    gradient = walk.gradient[active].copy()
    moved: Bools = np.zeros(len(active), dtype=np.bool_)
    length = np.ones(len(active))
    trying = np.arange(len(active))
    for _ in range(TRIALS):
        members = active[trying]
        tried = walk.weights[members] + length[trying, None] * direction[trying]
        found, slope = objective(tried, members)
        limit = walk.loss[members] + SUFFICIENT_DECREASE * length[trying] * promised[trying]
        good = found <= limit
        taken = trying[good]
        weights[taken], loss[taken], gradient[taken] = tried[good], found[good], slope[good]
        moved[taken] = True
        trying = trying[~good]
        if len(trying) == 0:
            break
        length[trying] *= SHORTER
    return weights, loss, gradient, moved


def _dot(one: Floats, other: Floats) -> Floats:
    result: Floats = np.einsum("ij,ij->i", one, other)
    return result
