# SPDX-License-Identifier: GPL-2.0-or-later
"""Ten iterations of dlADMM and mDLAM in NumPy, in double, against those that dump_chain wrote.

    numpy_chain.py DUMP_PROGRAM

Written from Algorithm 1 of the dlADMM paper and Algorithm 2 of the mDLAM paper with whole matrices
and dense linear algebra: W_1 is stored and multiplied by X, nothing is carried along, safeguards
compare whole objectives.  Departures from the papers, which the program shares: b is the exact mean,
an L2 penalty is a proximal step, exact steps use the smallest admissible proximal weight.
"""
import itertools
import subprocess
import sys

try:
    import numpy as np
except ImportError:
    print("[  SKIPPED ] needs a python3 that has numpy")
    sys.exit(77)

from numpy_pdadmm import FLOOR, GROWTH, ITERATIONS, cross_entropy, off, read, relu, softmax


def newton(z, c, y, beta):
    """min R(z) + (beta/2) ||z - c||^2, column by column, with a dense Hessian."""
    def value(z):
        return cross_entropy(z, y) + beta / 2 * np.sum((z - c) ** 2, axis=0)

    for _ in range(100):
        s = softmax(z)
        g = s - y + beta * (z - c)
        if np.abs(g).max() <= 1e-15 * max(1, beta):
            break
        hessian = np.einsum("ij,ik->jik", beta + s, np.eye(len(s))) - np.einsum("ij,kj->jik", s, s)
        d = -np.linalg.solve(hessian, g.T[:, :, None])[:, :, 0].T
        t = np.ones(z.shape[1])
        for _ in range(40):
            bad = value(z + t * d) > value(z) + 1e-4 * t * np.sum(g * d, axis=0) + 1e-15
            if not bad.any():
                break
            t = np.where(bad, t / 2, t)
        z = z + t * d
    return z


class Net:
    """Variables of both methods; lists are indexed by the layer l = 1..L, a[0] = X."""

    def __init__(self, data, layers, nu, rho, l2, epsilon):
        self.L, self.nu, self.rho, self.l2, self.epsilon = layers, nu, rho, l2, epsilon
        self.W = [None] + [data["W", 0, l] for l in self.layers()]
        self.b = [None] + [data["b", 0, l] for l in self.layers()]
        self.y = np.eye(3)[data["label", 0, 0][0].astype(int)].T
        self.a, self.z = [data["X", 0, 0]], [None]
        for l in self.layers():
            self.z.append(self.linear(l))
            self.a.append(relu(self.z[l]))
        self.u = [None] * layers + [np.zeros_like(self.z[layers])]

    def layers(self):
        return range(1, self.L + 1)

    def linear(self, l):
        return self.W[l] @ self.a[l - 1] + self.b[l]

    def risk(self):
        return cross_entropy(self.z[self.L], self.y).sum()


class Dladmm(Net):
    def beta(self, l):
        return self.rho if l == self.L else self.nu

    def pressure(self, l):
        """Gradient of layer l's terms by W_l a_{l-1}."""
        r = self.beta(l) * (self.linear(l) - self.z[l])
        return r - self.u[l] if l == self.L else r

    def update_a(self, l):
        g = self.W[l + 1].T @ self.pressure(l + 1) + self.nu * (self.a[l] - relu(self.z[l]))
        if g.any():
            tau = self.nu + self.beta(l + 1) * np.sum((self.W[l + 1] @ g) ** 2) / np.sum(g * g)
            self.a[l] = self.a[l] - g / tau

    def update_z(self, l):
        c = self.linear(l)
        if l == self.L:
            self.z[l] = newton(self.z[l], c - self.u[l] / self.rho, self.y, self.rho)
            return
        a, low, high = self.a[l], np.minimum(c, 0), np.maximum((c + self.a[l]) / 2, 0)
        at_low = (low - c) ** 2 + a ** 2
        at_high = (high - c) ** 2 + (a - high) ** 2
        self.z[l] = np.where(at_high < at_low, high, low)

    def update_b(self, l):
        aim = self.z[l] + (self.u[l] / self.rho if l == self.L else 0)
        self.b[l] = (aim - self.W[l] @ self.a[l - 1]).mean(axis=1, keepdims=True)

    def update_w(self, l):
        a, G = self.a[l - 1], self.pressure(l) @ self.a[l - 1].T
        whole = G + self.l2 * self.W[l]
        if whole.any():
            theta = self.beta(l) * np.sum((whole @ a) ** 2) / np.sum(whole ** 2)
            self.W[l] = (theta * self.W[l] - G) / (theta + self.l2)

    def iterate(self):
        for l in reversed(self.layers()):
            if l < self.L:
                self.update_a(l)
            self.update_z(l)
            self.update_b(l)
            self.update_w(l)
        for l in self.layers():
            self.update_w(l)
            self.update_b(l)
            self.update_z(l)
            if l < self.L:
                self.update_a(l)
        self.u[self.L] = self.u[self.L] + self.rho * (self.z[self.L] - self.linear(self.L))

    def figures(self):
        objective = self.risk()
        for l in self.layers():
            objective += self.l2 / 2 * np.sum(self.W[l] ** 2)
            if l < self.L:
                objective += self.nu / 2 * np.sum((self.z[l] - self.linear(l)) ** 2)
                objective += self.nu / 2 * np.sum((self.a[l] - relu(self.z[l])) ** 2)
        r = self.z[self.L] - self.linear(self.L)
        return {"risk": self.risk(), "objective": objective,
                "lagrangian": objective + np.sum(self.u[self.L] * r) + self.rho / 2 * np.sum(r * r)}


class Mdlam(Net):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.s, self.k = 0, 0
        self.W_before, self.a_before = list(self.W), list(self.a)

    def objective(self):
        return self.risk() + sum(
            self.l2 / 2 * np.sum(self.W[l] ** 2) +
            self.rho / 2 * np.sum((self.z[l] - self.linear(l)) ** 2) for l in self.layers())

    def w_from(self, l, W):
        a = self.a[l - 1]
        G = self.rho * (W @ a + self.b[l] - self.z[l]) @ a.T
        whole = G + self.l2 * W
        if not whole.any():
            return W
        theta = self.rho * np.sum((whole @ a) ** 2) / np.sum(whole ** 2)
        return (theta * W - G) / (theta + self.l2)

    def a_from(self, l, a):
        W, f = self.W[l + 1], relu(self.z[l])
        g = self.rho * W.T @ (W @ a + self.b[l + 1] - self.z[l + 1])
        if not g.any():
            return np.clip(a, f - self.epsilon, f + self.epsilon)
        tau = self.rho * np.sum((W @ g) ** 2) / np.sum(g * g)
        while True:
            d = np.clip(a - g / tau, f - self.epsilon, f + self.epsilon) - a
            if self.rho * np.sum((W @ d) ** 2) <= tau * np.sum(d * d) * (1 + 1e-12):
                return a + d
            tau *= 2

    def accelerated(self, values, before, l, step, omega):
        start, old = self.objective(), values[l]
        values[l] = step(l, old + omega * (old - before[l]))
        if omega > 0 and self.objective() >= start:
            values[l] = step(l, old)
        before[l] = old

    def iterate(self):
        following = (1 + np.sqrt(1 + 4 * self.s ** 2)) / 2
        omega = (self.s - 1) / following if self.k > 0 else 0
        for l in self.layers():
            self.accelerated(self.W, self.W_before, l, self.w_from, omega)
            self.b[l] = (self.z[l] - self.W[l] @ self.a[l - 1]).mean(axis=1, keepdims=True)
            c = self.linear(l)
            if l == self.L:
                self.z[l] = newton(self.z[l], c, self.y, self.rho)
                continue
            low = self.a[l] - self.epsilon
            self.z[l] = np.minimum(np.where(low > 0, np.maximum(c, low), c),
                                   self.a[l] + self.epsilon)
            self.accelerated(self.a, self.a_before, l, self.a_from, omega)
        self.s, self.k = following, self.k + 1

    def figures(self):
        return {"risk": self.risk(), "objective": self.objective(),
                "lagrangian": self.objective()}


def differences(data, net):
    """(what, relative difference over its tolerance) of every tensor of every iteration."""
    rounding = data["rounding", 0, 0][0, 0]
    for k in range(ITERATIONS + 1):
        if k > 0:
            net.iterate()
        figures = net.figures()
        for (name, iteration, layer), theirs in data.items():
            if iteration != k or name in ("X", "label", "rounding"):
                continue
            ours = np.asarray(figures[name] if name in figures else getattr(net, name)[layer])
            yield (f"{name} of layer {layer}, iteration {k}",
                   off(ours, theirs, np.abs(ours).max()) / (GROWTH * (k + 1) * rounding + FLOOR))


def main(program):
    shapes = itertools.product((1, 2, 4), ((40, 12), (6, 25)))
    penalties = (("dladmm", 0.1, 0.3, 0), ("dladmm", 0.02, 1.5, 0), ("mdlam", 0, 0.1, 100),
                 ("mdlam", 0, 1, 0.05))
    worst, failures, unnoticed, cases = 0, 0, 0, 0
    for (layers, (features, columns)), (method, nu, rho, epsilon), l2 in itertools.product(
            shapes, penalties, (0, 0.3)):
        case = [method, layers, features, columns, nu, rho, l2, epsilon]
        data = read(subprocess.run([program, *map(str, case)], check=True,
                                   stdout=subprocess.PIPE).stdout)
        kind = Dladmm if method == "dladmm" else Mdlam
        what, most = max(differences(data, kind(data, layers, nu, rho, l2, epsilon)),
                         key=lambda d: d[1])
        worst, cases = max(worst, most), cases + 1
        if not most <= 1:
            failures += 1
            print(f"{case}: {what} is off by {most:.3g} times the tolerance")
        # The comparison must notice a penalty that is off by a hundredth.
        wrong = max(d for _, d in differences(data, kind(data, layers, nu, 1.01 * rho, l2, epsilon)))
        if wrong <= 1:
            unnoticed += 1
            print(f"{case}: rho off by 1 % is not noticed")
    print(f"{failures} of {cases} cases differ, worst {worst:.3g} of the tolerance; "
          f"{unnoticed} wrong penalties unnoticed")
    return 1 if failures or unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
