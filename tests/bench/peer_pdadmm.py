# SPDX-License-Identifier: GPL-2.0-or-later
"""Time of an iteration of pdADMM-G in PyTorch, written as the authors' published program does it.

    peer_pdadmm.py [--layers L] [--hidden H] [--iterations K] [--threads T] [--rho R] [--mu M]
                   [--planetoid PREFIX] [--fixed] [--record]

float32.  As they do: rho is nu too; gradients of the p and W subproblems by autograd; trial loops
that start at 20, double, and keep the block after more than 10 doublings; (mu/2)||W||^2 by plain
gradient; layer 1 multiplies all n_0 features; z_L by at most 50 steps of FISTA of length 4, ended
when the objective changes by less than 0.001.  Penalties: theirs for Cora; from iteration 4 on rho
grows tenfold, up to 1, when the training loss failed twice running to fall by 0.001 (not with
--fixed).  The larger rho, the more trials.  The losses are computed outside the timed part.

Data: values like those of Cora's 140 training nodes with 4 hops (5,732 features, 7 classes), or
Cora's own from the files PREFIX.x, .tx, .allx, .y, .graph, .test.index (trusted: they are pickles).

They let autograd record trials and updates as well, which costs them time and, as nothing is ever
detached, ever more memory.  Here recording is off but for the gradients, which is faster; --record
turns it on within an iteration.  Prints one JSON object.
"""
import argparse
import json
import pickle
import statistics
import time

import numpy as np
import torch

HOPS, NODES, WORDS, CLASSES = 4, 140, 1433, 7
FIRST_TRIAL, MOST_DOUBLINGS, MOST_FISTA, FISTA_STEP, FISTA_END = 20, 10, 50, 4, 1e-3


def cora_like():
    """A binary bag of 18 words a node, then means over more and more nodes of such bags."""
    torch.manual_seed(0)
    blocks = []
    for near in (1, 5, 36, 100):
        words = (torch.rand(near * NODES, WORDS) < 18 / WORDS).float()
        blocks.append(words.reshape(near, NODES, WORDS).mean(dim=0).T)
    return torch.cat(blocks), torch.arange(NODES) % CLASSES


def planetoid(prefix):
    """X = [H; HA~; HA~^2; HA~^3] and labels of the training nodes."""
    import scipy.sparse as sparse

    def load(part):
        with open(f"{prefix}.{part}", "rb") as file:
            return pickle.load(file, encoding="latin1")

    known, test, order = load("allx"), load("tx"), np.loadtxt(f"{prefix}.test.index", dtype=int)
    links, nodes = load("graph"), known.shape[0] + test.shape[0]
    features = sparse.vstack([known, test]).tolil()
    features[order] = test
    pairs = [(i, j) for i, ends in links.items() for j in ends if i != j]
    row, col = np.array(pairs).T
    adjacency = sparse.csr_matrix((np.ones(len(pairs)), (row, col)), shape=(nodes, nodes))
    adjacency = ((adjacency + adjacency.T) > 0).astype(float) + sparse.eye(nodes)
    scale = sparse.diags(np.asarray(adjacency.sum(axis=1)).ravel() ** -0.5)
    adjacency, hop, blocks = scale @ adjacency @ scale, features.tocsr(), []
    label = torch.tensor(load("y").argmax(axis=1))
    for _ in range(HOPS):
        blocks.append(torch.tensor(hop[:len(label)].toarray().T, dtype=torch.float32))
        hop = adjacency @ hop
    return torch.cat(blocks), label


def softmax(z):
    e = torch.exp(z)
    e = torch.where(torch.isinf(e), torch.full_like(e, 88.6).exp(), e)
    return e / (e.sum(dim=0) + 1e-10)


def cross_entropy(y, z):
    return -(y * torch.log(softmax(z) + 1e-10)).sum()


class Peer:
    def __init__(self, x, label, layers, hidden, rho, mu):
        self.L, self.rho, self.mu = layers, rho, mu
        self.y = torch.nn.functional.one_hot(label, CLASSES).T.float()
        width = [x.shape[0]] + [hidden] * (layers - 1) + [CLASSES]
        self.W, self.b, self.z, self.q, self.u = ([None] * (layers + 1) for _ in range(5))
        self.p = [None, x] + [None] * (layers - 1)
        self.trials = self.blocks = self.kept = self.fista = 0
        torch.manual_seed(0)
        for l in range(1, layers + 1):
            # Layers above the first of a deep net start as the identity (greedy growth).
            inserted = 1 < l < layers
            self.W[l] = torch.eye(hidden) if inserted else 0.1 * torch.randn(width[l], width[l - 1])
            self.b[l] = torch.zeros(width[l], 1) if inserted else 0.1 * torch.randn(width[l], 1)
            self.z[l] = self.W[l] @ self.p[l] + self.b[l]
            if l < layers:
                self.q[l] = torch.relu(self.z[l])
                self.p[l + 1], self.u[l] = self.q[l], torch.zeros_like(self.q[l])
        self.z[layers] = torch.zeros_like(self.z[layers])

    def descend(self, objective, old):
        """The trial loop on `objective` from `old`."""
        old = old.detach().requires_grad_()
        with torch.enable_grad():
            value = objective(old)
            gradient, = torch.autograd.grad(value, [old])
        self.blocks += 1
        t = FIRST_TRIAL
        for _ in range(MOST_DOUBLINGS + 1):
            new = old - gradient / t
            step = new - old
            self.trials += 1
            if not objective(new) > value + ((t / 2 * step + gradient) * step).sum():
                return new
            t *= 2
        self.kept += 1
        return old

    def update_p(self, l):
        W, b, z, q, u, rho = self.W[l], self.b[l], self.z[l], self.q[l - 1], self.u[l - 1], self.rho
        self.p[l] = self.descend(lambda p: rho / 2 * ((z - W @ p - b) ** 2).sum() + (
            (u + rho / 2 * (p - q)) * (p - q)).sum(), self.p[l])

    def update_w(self, l):
        p, b, z, rho, mu = self.p[l], self.b[l], self.z[l], self.rho, self.mu

        def objective(W):
            r = z - W @ p - b
            return rho / 2 * (r * r).sum() + mu / 2 * (W * W).sum()

        self.W[l] = self.descend(objective, self.W[l])

    def update_b(self, l):
        gradient = (self.rho * (self.W[l] @ self.p[l] + self.b[l] - self.z[l])).mean(
            dim=1, keepdim=True)
        self.b[l] = self.b[l] - gradient / self.rho

    def update_z(self, l):
        W, p, b, q, rho = self.W[l], self.p[l], self.b[l], self.q[l], self.rho

        def objective(z):
            return rho / 2 * (z - W @ p - b) ** 2 + rho / 2 * (q - torch.relu(z)) ** 2

        low = (W @ p + b + self.z[l]) / 2
        high = torch.clamp((2 * low + q) / 3, min=0)
        low = torch.clamp(low, max=0)
        self.z[l] = torch.where(objective(low) > objective(high), high, low)

    def update_z_last(self):
        W, p, b, z, rho = self.W[-1], self.p[-1], self.b[-1], self.z[-1], self.rho
        x, momentum, value = z, 1.0, 1e11
        for _ in range(MOST_FISTA):
            before = value
            value = cross_entropy(self.y, z) + rho / 2 * ((z - W @ p - b) ** 2).sum()
            if abs(value - before) < FISTA_END:
                break
            old, momentum = momentum, (1 + (1 + 4 * momentum ** 2) ** 0.5) / 2
            gamma, old_x = (1 - old) / momentum, x
            step = (z - FISTA_STEP * (softmax(z) - self.y)) / FISTA_STEP
            x = (rho * (W @ p + b) + step) / (rho + 1 / FISTA_STEP)
            z = (1 - gamma) * x + gamma * old_x
            self.fista += 1
        self.z[-1] = z

    def iterate(self):
        for l in range(2, self.L + 1):
            self.update_p(l)
        for l in range(1, self.L + 1):
            self.update_w(l)
        for l in range(1, self.L + 1):
            self.update_b(l)
        for l in range(1, self.L):
            self.update_z(l)
        self.update_z_last()
        for l in range(1, self.L):
            self.q[l] = (self.p[l + 1] + self.u[l] / self.rho + torch.relu(self.z[l])) / 2
        for l in range(1, self.L):
            self.u[l] = self.u[l] + self.rho * (self.p[l + 1] - self.q[l])

    def detach(self):
        for part in (self.p, self.W, self.b, self.z, self.q, self.u):
            part[:] = [a if a is None else a.detach() for a in part]

    def loss(self):
        a = self.p[1]
        for l in range(1, self.L):
            a = torch.relu(self.W[l] @ a + self.b[l])
        return float(cross_entropy(self.y, self.W[-1] @ a + self.b[-1])) / a.shape[1]


def options():
    parser = argparse.ArgumentParser()
    for name, value in (("layers", 2), ("hidden", 500), ("iterations", 20), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--rho", type=float, help="penalty; default 1e-5, 1e-4 from 10 layers on")
    parser.add_argument("--mu", type=float, help="weight of L2; default 10, 0.01 from 10 layers on")
    parser.add_argument("--planetoid", metavar="PREFIX", help="files of a Planetoid data set")
    parser.add_argument("--fixed", action="store_true", help="keep rho")
    parser.add_argument("--record", action="store_true", help="let autograd record everything")
    given = parser.parse_args()
    deep = given.layers >= 10
    given.rho = given.rho or (1e-4 if deep else 1e-5)
    given.mu = (0.01 if deep else 10) if given.mu is None else given.mu
    return given


def main():
    given = options()
    if given.layers < 2 or given.hidden < 1 or given.iterations < 1:
        raise SystemExit(64)
    torch.set_num_threads(given.threads)
    x, label = planetoid(given.planetoid) if given.planetoid else cora_like()
    net = Peer(x, label, given.layers, given.hidden, given.rho, given.mu)
    losses, times = [net.loss()], []
    for k in range(given.iterations + 1):
        begin = time.perf_counter()
        with torch.set_grad_enabled(given.record):
            net.iterate()
        times.append(time.perf_counter() - begin)
        net.detach()
        losses.append(net.loss())
        if k == 0:  # warm-up
            net.trials = net.blocks = net.kept = net.fista = 0
        stalls = k > 2 and all(losses[i] > losses[i - 1] - 1e-3 for i in (-1, -2))
        if stalls and not given.fixed:
            net.rho = min(10 * net.rho, max(1, net.rho))
    print(json.dumps({
        "benchmark": "peer", "torch": torch.__version__, "layers": given.layers,
        "hidden": given.hidden, "features": x.shape[0], "columns": x.shape[1],
        "data": given.planetoid or "random", "threads": given.threads,
        "iterations": given.iterations, "rho": given.rho, "rho_last": net.rho, "mu": given.mu,
        "record": given.record,
        "iteration_ms": round(1e3 * statistics.median(times[1:]), 4),
        "mean_iteration_ms": round(1e3 * statistics.mean(times[1:]), 4),
        "trials": net.trials / net.blocks, "blocks_kept": net.kept / net.blocks,
        "fista_steps": net.fista / given.iterations, "loss_before": losses[0],
        "loss_after": losses[-1]}))


if __name__ == "__main__":
    main()
