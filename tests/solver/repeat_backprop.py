# SPDX-License-Identifier: GPL-2.0-or-later
"""Ten iterations of back-propagation, in double, against those that dump_backprop wrote.

    repeat_backprop.py numpy|torch DUMP_PROGRAM

numpy: gradients by hand and the update formulas as PyTorch's documentation states them.
torch: gradients by autograd and the updates of torch.optim.
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
GD, MOMENTUM, ADAGRAD, ADADELTA, ADAM = range(5)
# Rounding errors of the stored type in the weights after one iteration, relative to the largest:
# dot products of some 40 terms; the adaptive methods divide by gradients that may be small.
GROWTH, FLOOR = 200, 1e-14


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


class Options:
    def __init__(self, data):
        for name in ("optimiser", "rate", "momentum", "beta1", "beta2", "averaging", "eps", "decay",
                     "decoupled", "sum", "squared", "smoothing"):
            setattr(self, name, float(data[name, 0, 0][0, 0]))
        self.weight = data["weight", 0, 0][0]


class Numpy:
    def __init__(self, weights, x, label, options):
        self.w = [w.copy() for w in weights]  # W_1, b_1, W_2, b_2, ...
        self.x, self.o, self.k = x, options, 0
        self.t = (1 - options.smoothing) * np.eye(3)[label].T + options.smoothing / 3
        self.weight = options.weight[label]
        self.first = [np.zeros_like(w) for w in weights]
        self.second = [np.zeros_like(w) for w in weights]

    def gradients(self):
        """The loss, and its derivatives by W_1, b_1, ..."""
        p, layers = [self.x], len(self.w) // 2
        for l in range(layers):
            z = self.w[2 * l] @ p[-1] + self.w[2 * l + 1]
            p.append(np.maximum(z, 0) if l + 1 < layers else z)
        z = p.pop()
        scale = self.weight * (1 if self.o.sum else 1 / z.shape[1])
        if self.o.squared:
            s = z
            loss = (scale * ((z - self.t) ** 2).sum(axis=0)).sum() / 2
        else:
            e = np.exp(z - z.max(axis=0))
            s = e / e.sum(axis=0)
            loss = -(scale * (self.t * np.log(s)).sum(axis=0)).sum()
        d, result = scale * (s - self.t), []
        for l in reversed(range(layers)):
            result = [d @ p[l].T, d.sum(axis=1, keepdims=True)] + result
            d = (self.w[2 * l].T @ d) * (p[l] > 0)
        return loss, result

    def update(self, i, g):
        o, w, first, second = self.o, self.w[i], self.first[i], self.second[i]
        if o.decoupled:
            w *= 1 - o.rate * o.decay
        else:
            g = g + o.decay * w
        if o.optimiser == GD:
            w -= o.rate * g
        elif o.optimiser == MOMENTUM:
            first[:] = o.momentum * first + g
            w -= o.rate * first
        elif o.optimiser == ADAGRAD:
            second += g * g
            w -= o.rate * g / (np.sqrt(second) + o.eps)
        elif o.optimiser == ADADELTA:
            second[:] = o.averaging * second + (1 - o.averaging) * g * g
            d = np.sqrt(first + o.eps) / np.sqrt(second + o.eps) * g
            first[:] = o.averaging * first + (1 - o.averaging) * d * d
            w -= o.rate * d
        else:
            first[:] = o.beta1 * first + (1 - o.beta1) * g
            second[:] = o.beta2 * second + (1 - o.beta2) * g * g
            m = first / (1 - o.beta1 ** self.k)
            v = second / (1 - o.beta2 ** self.k)
            w -= o.rate * m / (np.sqrt(v) + o.eps)

    def iterate(self):
        loss, gradients = self.gradients()
        self.k += 1
        for i, g in enumerate(gradients):
            self.update(i, g)
        return loss, np.sqrt(sum(np.sum(g * g) for g in gradients))

    def weights(self):
        return self.w


class Torch:
    def __init__(self, weights, x, label, o):
        self.w = [torch.tensor(w, requires_grad=True) for w in weights]
        self.x, self.label = torch.tensor(x), torch.tensor(label)
        self.o, self.weight = o, torch.tensor(o.weight[label])
        optim, decay = torch.optim, o.decay
        if o.optimiser in (GD, MOMENTUM):
            momentum = o.momentum if o.optimiser == MOMENTUM else 0
            self.optimiser = optim.SGD(self.w, o.rate, momentum=momentum, weight_decay=decay)
        elif o.optimiser == ADAGRAD:
            self.optimiser = optim.Adagrad(self.w, o.rate, eps=o.eps, weight_decay=decay)
        elif o.optimiser == ADADELTA:
            self.optimiser = optim.Adadelta(self.w, o.rate, rho=o.averaging, eps=o.eps,
                                            weight_decay=decay)
        else:
            kind = optim.AdamW if o.decoupled else optim.Adam
            self.optimiser = kind(self.w, o.rate, betas=(o.beta1, o.beta2), eps=o.eps,
                                  weight_decay=decay)

    def iterate(self):
        self.optimiser.zero_grad()
        z = self.x
        for i in range(0, len(self.w), 2):
            z = self.w[i] @ (torch.relu(z) if i else z) + self.w[i + 1]
        f = torch.nn.functional
        if self.o.squared:
            target = (1 - self.o.smoothing) * f.one_hot(self.label, 3).to(z) + self.o.smoothing / 3
            loss = f.mse_loss(z.T, target, reduction="none").sum(dim=1) / 2
        else:
            loss = f.cross_entropy(z.T, self.label, reduction="none", label_smoothing=self.o.smoothing)
        loss = self.weight * loss
        loss = loss.sum() if self.o.sum else loss.mean()
        loss.backward()
        norm = sum(float((w.grad ** 2).sum()) for w in self.w) ** 0.5
        self.optimiser.step()
        return float(loss), norm

    def weights(self):
        return [w.detach().numpy() for w in self.w]


def parts(data, iteration, layers):
    return [data[name, iteration, l] for l in range(1, layers + 1) for name in ("W", "b")]


def worst_difference(data, kind, layers, change=1.0):
    """Largest difference over its tolerance, of every weight and figure of every iteration."""
    o = Options(data)
    o.rate *= change
    label = data["label", 0, 0][0].astype(int)
    net = kind(parts(data, 0, layers), data["X", 0, 0], label, o)
    epsilon, worst = data["epsilon", 0, 0][0, 0], 0
    for k in range(1, ITERATIONS + 1):
        loss, norm = net.iterate()
        tolerance = GROWTH * k * epsilon + FLOOR
        pairs = list(zip(parts(data, k, layers), net.weights()))
        pairs += [(data["loss", k, 0], loss), (data["gradient", k, 0], norm)]
        for ours, theirs in pairs:
            size = np.abs(theirs).max()
            difference = np.abs(ours - theirs).max() / ((size + 1e-2) * tolerance)
            worst = max(worst, difference if np.isfinite(difference) else np.inf)
    return worst


def main(mode, program):
    kind = Numpy if mode == "numpy" else Torch
    failures, count, most, unnoticed = 0, 0, 0, 0
    shapes = ((1, 40, 12, 0), (3, 40, 12, 0), (3, 40, 12, 1), (2, 6, 25, 0), (4, 6, 25, 1))
    for optimiser, shape, (decay, decoupled, sum_) in itertools.product(
            range(5), shapes, ((0, 0, 0), (0.03, 0, 1), (0.03, 1, 0))):
        if mode == "torch" and decoupled and optimiser != ADAM:
            continue  # torch.optim has it for Adam only
        layers, features, columns, sparse = shape
        case = [optimiser, layers, features, columns, decay, decoupled, sum_, sparse,
                count % 2 if sum_ else count % 3]
        data = read(subprocess.run([program, *map(str, case)], check=True,
                                   stdout=subprocess.PIPE).stdout)
        worst = worst_difference(data, kind, layers)
        most, count = max(most, worst), count + 1
        if not worst <= 1:
            failures += 1
            print(f"{case}: off by {worst:.3g} times the tolerance")
        if worst_difference(data, kind, layers, 1.01) <= 1:
            unnoticed += 1
            print(f"{case}: a rate off by 1 % is not noticed")
    print(f"{mode}: {failures} of {count} cases differ, worst {most:.3g} of the tolerance; "
          f"{unnoticed} wrong rates unnoticed")
    return 1 if failures or unnoticed else 0


if __name__ == "__main__":
    if sys.argv[1] == "torch":
        try:
            import torch
        except ImportError:
            print("[  SKIPPED ] needs a python3 that has torch")
            sys.exit(77)
        torch.set_num_threads(1)
    sys.exit(main(sys.argv[1], sys.argv[2]))
