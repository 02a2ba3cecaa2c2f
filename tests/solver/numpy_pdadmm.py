# SPDX-License-Identifier: GPL-2.0-or-later
"""Ten iterations of pdADMM-G in NumPy, in double, against those that dump_pdadmm wrote.

    numpy_pdadmm.py DUMP_PROGRAM

Written from the paper's Algorithm 1 with whole matrices and dense linear algebra: W_1 is stored and
multiplied by X, nothing is carried along, z_L is solved with a dense Hessian for each column.
Departures from the paper, which the program shares: the bias step is the exact minimiser, an L2
penalty is a proximal step, and exact steps use the smallest admissible proximal weight.
"""
import itertools
import subprocess
import sys

try:
    import numpy as np
except ImportError:
    print("[  SKIPPED ] needs a python3 that has numpy")
    sys.exit(77)

ITERATIONS = 10
# Growth of a rounding error of the stored type over one iteration: an iteration is a dozen products
# and sums of up to 40 terms, and its exact steps divide by squared norms.  z_L is solved to FLOOR.
GROWTH, FLOOR = 100, 1e-11


def read(stream):
    """{(name, iteration, layer): matrix} of a dump."""
    data, at = {}, 0
    while at < len(stream):
        end = stream.index(b"\n", at)
        name, *numbers = stream[at:end].decode().split()
        iteration, layer, rows, cols = map(int, numbers)
        at = end + 1 + 8 * rows * cols
        data[name, iteration, layer] = np.frombuffer(
            stream[end + 1:at], dtype="=f8").reshape((rows, cols), order="F")
    return data


def relu(z):
    return np.maximum(z, 0)


def softmax(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def cross_entropy(z, y):
    most = z.max(axis=0)
    return np.log(np.exp(z - most).sum(axis=0)) + most - (y * z).sum(axis=0)


class Net:
    """The variables of Problem 2; lists are indexed by the layer l = 1..L."""

    def __init__(self, x, y, weight, bias, nu, rho, l2, start, levels=None):
        self.levels = levels  # of p_l, l >= 2, at [l]; None: p is real
        self.L, self.N, self.y = len(weight) - 1, x.shape[1], y
        self.nu, self.rho, self.l2, self.start = nu, rho, l2, start
        self.W, self.b = [None] + weight[1:], [None] + bias[1:]
        self.p, self.z, self.q, self.u = ([None] * (self.L + 1) for _ in range(4))
        self.p[1] = x
        for l in self.layers():
            self.z[l] = self.linear(l)
            if l < self.L:
                self.q[l] = relu(self.z[l])
                self.p[l + 1] = self.nearest(l + 1, self.q[l]) if levels else self.q[l]
                self.u[l] = np.zeros_like(self.q[l])

    def layers(self, first=1):
        return range(first, self.L + 1)

    def linear(self, l):
        return self.W[l] @ self.p[l] + self.b[l]

    def nearest(self, l, x):
        """The nearest level, of two as near the lower: argmin finds the first."""
        levels = self.levels[l]
        return levels[np.abs(x[:, :, None] - levels).argmin(axis=2)]

    def update_p_quantised(self, l, g, curvature):
        tau = self.start or curvature(g) / np.sum(g * g)
        while True:
            d = self.nearest(l, self.p[l] - g / tau) - self.p[l]
            if curvature(d) <= tau * np.sum(d * d):
                break
            tau *= 2
        self.p[l] = self.p[l] + d

    def weight(self, exact, curvature, point):
        """The proximal weight: `exact`, or the first of start, 2 start, ... whose point d away
        has Q(d) <= t ||d||^2, with Q = `curvature`."""
        if self.start == 0:
            return exact()
        t = self.start
        while True:
            d = point(t)
            if curvature(d) <= t * np.sum(d * d):
                return t
            t *= 2

    def update_p(self, l):
        nu, rho, W, p = self.nu, self.rho, self.W[l], self.p[l]
        g = nu * W.T @ (self.linear(l) - self.z[l]) + self.u[l - 1] + rho * (p - self.q[l - 1])
        if not g.any():
            return

        def curvature(d):
            return nu * np.sum((W @ d) ** 2) + rho * np.sum(d * d)

        if self.levels:
            self.update_p_quantised(l, g, curvature)
            return
        tau = self.weight(lambda: curvature(g) / np.sum(g * g), curvature, lambda t: -g / t)
        self.p[l] = p - g / tau

    def update_w(self, l):
        W, p, l2 = self.W[l], self.p[l], self.l2
        G = self.nu * (self.linear(l) - self.z[l]) @ p.T

        def curvature(d):
            return self.nu * np.sum((d @ p) ** 2)

        def prox(theta):
            return (theta * W - G) / (theta + l2)

        whole = G + l2 * W
        if not whole.any():
            return
        theta = self.weight(lambda: curvature(whole) / np.sum(whole * whole), curvature,
                            lambda t: prox(t) - W)
        self.W[l] = prox(theta)

    def update_b(self, l):
        self.b[l] = (self.z[l] - self.W[l] @ self.p[l]).mean(axis=1, keepdims=True)

    def update_z(self, l):
        a, q, k = self.linear(l), self.q[l], self.z[l]

        def value(z):
            return (z - a) ** 2 + (q - relu(z)) ** 2 + (z - k) ** 2

        low, high = np.minimum((a + k) / 2, 0), np.maximum((a + q + k) / 3, 0)
        self.z[l] = np.where(value(high) < value(low), high, low)

    def update_z_last(self):
        """Damped Newton on R(z) + (nu/2) ||z - a||^2, a dense solve for each column."""
        a, z, y, nu = self.linear(self.L), self.z[self.L], self.y, self.nu

        def value(z):
            return cross_entropy(z, y) + nu / 2 * np.sum((z - a) ** 2, axis=0)

        for _ in range(100):
            s = softmax(z)
            g = s - y + nu * (z - a)
            if np.abs(g).max() <= 1e-15 * max(1, nu):
                break
            hessian = np.einsum("ij,ik->jik", nu + s, np.eye(len(s))) - np.einsum(
                "ij,kj->jik", s, s)
            d = -np.linalg.solve(hessian, g.T[:, :, None])[:, :, 0].T
            t = np.ones(self.N)
            for _ in range(40):
                bad = value(z + t * d) > value(z) + 1e-4 * t * np.sum(g * d, axis=0) + 1e-15
                if not bad.any():
                    break
                t = np.where(bad, t / 2, t)
            z = z + t * d
        self.z[self.L] = z

    def iterate(self):
        for l in self.layers(2):
            self.update_p(l)
        for l in self.layers():
            self.update_w(l)
        for l in self.layers():
            self.update_b(l)
        for l in range(1, self.L):
            self.update_z(l)
        self.update_z_last()
        for l in range(1, self.L):
            self.q[l] = (self.rho * self.p[l + 1] + self.u[l] + self.nu * relu(self.z[l])) / (
                self.rho + self.nu)
        for l in range(1, self.L):
            self.u[l] = self.u[l] + self.rho * (self.p[l + 1] - self.q[l])

    def figures(self):
        gap = [self.p[l + 1] - self.q[l] for l in range(1, self.L)]
        risk = cross_entropy(self.z[self.L], self.y).sum()
        objective = risk
        for l in self.layers():
            objective += self.l2 / 2 * np.sum(self.W[l] ** 2)
            objective += self.nu / 2 * np.sum((self.z[l] - self.linear(l)) ** 2)
            if l < self.L:
                objective += self.nu / 2 * np.sum((self.q[l] - relu(self.z[l])) ** 2)
        square = sum(np.sum(d * d) for d in gap)
        dual = sum(np.sum(u * d) for u, d in zip(self.u[1:], gap))
        return {"risk": risk, "objective": objective, "residual": np.sqrt(square),
                "lagrangian": objective + dual + self.rho / 2 * square}


def off(ours, theirs, size):
    """Largest difference over `size` (or 1 %, where there is next to none); not a number: infinite.
    """
    difference = np.abs(ours - theirs).max() / (0.01 + size)
    return difference if np.isfinite(difference) else np.inf


def differences(data, net):
    """(what, relative difference over its tolerance) of every tensor of every iteration."""
    epsilon = data["epsilon", 0, 0][0, 0]
    for k in range(ITERATIONS + 1):
        if k > 0:
            net.iterate()
        figures = net.figures()
        for (name, iteration, layer), theirs in data.items():
            if iteration != k or name in ("X", "label", "epsilon", "gram", "levels"):
                continue
            ours = np.asarray(figures[name] if name in figures else getattr(net, name)[layer])
            size = np.abs(ours).max()
            if name == "residual":  # p and q nearly cancel in it
                size = np.sqrt(sum(np.sum(q * q) for q in net.q[1:-1]))
            yield (f"{name} of layer {layer}, iteration {k}",
                   off(ours, theirs, size) / (GROWTH * (k + 1) * epsilon + FLOOR))


def start(data, layers, nu, rho, l2, step):
    label = data["label", 0, 0][0].astype(int)
    weight = [None] + [data["W", 0, l] for l in range(1, layers + 1)]
    bias = [None] + [data["b", 0, l] for l in range(1, layers + 1)]
    levels = [data.get(("levels", 0, l), [None])[0] for l in range(layers + 1)]
    return Net(data["X", 0, 0], np.eye(3)[label].T, weight, bias, nu, rho, l2, step,
               levels if ("levels", 0, 2) in data else None)


def main(program):
    shapes = itertools.product((2, 4), ((40, 12), (6, 25)))
    penalties = ((0.1, 0.1, 0), (0.02, 0.1, 0), (0.07, 0.1, 256), (0.02, 0.1, 1000))
    worst, failures, unnoticed = 0, 0, 0
    for (layers, (features, columns)), (nu, rho, levels), l2, step in itertools.product(
            shapes, penalties, (0, 0.3), (0, 0.01)):
        case = [layers, features, columns, nu, rho, l2, step, levels]
        data = read(subprocess.run([program, *map(str, case)], check=True,
                                   stdout=subprocess.PIPE).stdout)
        assert data["gram", 0, 0][0, 0] == (columns <= features)
        what, most = max(differences(data, start(data, layers, nu, rho, l2, step)),
                         key=lambda d: d[1])
        worst = max(worst, most)
        if not most <= 1:
            failures += 1
            print(f"{case}: {what} is off by {most:.3g} times the tolerance")
        # The comparison must notice a penalty that is off by a hundredth.
        wrong = max(d for _, d in differences(
            data, start(data, layers, nu, 1.01 * rho, l2, step)))
        if wrong <= 1:
            unnoticed += 1
            print(f"{case}: rho off by 1 % is not noticed")
    print(f"{failures} of 64 cases differ, worst {worst:.3g} of the tolerance; "
          f"{unnoticed} wrong penalties unnoticed")
    return 1 if failures or unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
