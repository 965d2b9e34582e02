#!/usr/bin/env python3
"""Trains the digits classifier, quantises it and writes the files the Rust crate is tested with.

Written beside this script:
  model.json     the integer model
  held-out.json  images never trained on, their labels, and how many the integer model gets right
  vectors.json   images with logits, canonical encodings and digests, computed here without Rust

The arithmetic of the integer model (all of it; `crate::model` in Rust implements the same):
  hidden = min(127, max(0, bias + weights x input) >> shift)     for every layer but the last
  logits = bias + weights x hidden                               for the last layer
  label  = the lowest index among the largest logits
Pixels are 0..16, weights int8, biases and sums int32, every scale a power of two.
"""

import os

# One thread: the order of a floating-point sum must not depend on how many cores there are.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import hashlib
import json
import pathlib
import struct

import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

FOLDER = pathlib.Path(__file__).resolve().parent
SEED = 1
HELD_OUT = 360
HIDDEN = 32
PIXEL_LOG2 = 4  # A pixel p stands for the real number p / 2**4.
PIXEL_MAX = 16
ACTIVATION_MAX = 127
VERSION = 1


def train(images, labels):
    """Float training on pixels scaled to 0..1; `alpha` keeps the weights small enough for int8."""
    network = MLPClassifier(
        (HIDDEN,), alpha=1e-2, learning_rate_init=3e-3, max_iter=400, random_state=SEED
    )
    return network.fit(images / 2**PIXEL_LOG2, labels)


def weight_scale(weights):
    """The largest s for which every weight times 2**s still rounds into -127..127."""
    scale = 0
    while np.abs(np.rint(weights * 2 ** (scale + 1))).max() <= 127:
        scale += 1
    return scale


def quantise(network, calibration):
    """Integer layers; the first layer's shift is the least that fits the calibration images."""
    first, second = (w.T for w in network.coefs_)
    first_bias, second_bias = network.intercepts_

    first_scale = weight_scale(first)
    first_q = np.rint(first * 2**first_scale).astype(np.int64)
    first_bias_q = np.rint(first_bias * 2 ** (first_scale + PIXEL_LOG2)).astype(np.int64)
    largest = (calibration @ first_q.T + first_bias_q).max()
    shift = 0
    while (largest >> shift) > ACTIVATION_MAX:
        shift += 1

    second_scale = weight_scale(second)
    second_q = np.rint(second * 2**second_scale).astype(np.int64)
    hidden_scale = first_scale + PIXEL_LOG2 - shift
    second_bias_q = np.rint(second_bias * 2.0 ** (second_scale + hidden_scale)).astype(np.int64)
    return [
        {"scale": first_scale, "shift": shift, "weights": first_q, "biases": first_bias_q},
        {"scale": second_scale, "shift": 0, "weights": second_q, "biases": second_bias_q},
    ]


def infer(layers, images):
    """Logits of each image, in 64-bit integers that are checked to fit 32 bits."""
    values = np.asarray(images, dtype=np.int64)
    for place, layer in enumerate(layers):
        values = values @ layer["weights"].T + layer["biases"]
        assert np.abs(values).max() < 2**31
        if place + 1 < len(layers):
            values = np.minimum(np.maximum(values, 0) >> layer["shift"], ACTIVATION_MAX)
    return values


def compact(length):
    """SCALE compact integer below 2**30."""
    if length < 2**6:
        return bytes([length << 2])
    if length < 2**14:
        return struct.pack("<H", length << 2 | 1)
    assert length < 2**30
    return struct.pack("<I", length << 2 | 2)


def encode_model(layers):
    out = b"quittance.model" + bytes([VERSION]) + compact(len(layers))
    for layer in layers:
        outputs, inputs = layer["weights"].shape
        out += struct.pack("<HHBB", inputs, outputs, layer["scale"], layer["shift"])
        out += compact(inputs * outputs) + layer["weights"].astype("<i1").tobytes()
        out += compact(outputs) + layer["biases"].astype("<i4").tobytes()
    return out


def encode_architecture(layers):
    out = b"quittance.architecture" + bytes([VERSION, PIXEL_MAX, ACTIVATION_MAX])
    out += compact(len(layers))
    for layer in layers:
        outputs, inputs = layer["weights"].shape
        out += struct.pack("<HHB", inputs, outputs, layer["shift"])
    return out


def encode_input(salt, model, unit_price, images):
    out = b"quittance.input" + bytes([VERSION]) + salt + model + struct.pack("<Q", unit_price)
    return out + compact(len(images)) + images.astype("<u1").tobytes()


def encode_output(salt, input_digest, labels, logits):
    out = b"quittance.output" + bytes([VERSION]) + salt + input_digest
    out += compact(len(labels)) + labels.astype("<u1").tobytes()
    return out + compact(len(logits)) + logits.astype("<i4").tobytes()


def blake2_256(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def rows(values, indent):
    """A matrix with one compact row a line."""
    pad = " " * indent
    inner = (",\n" + pad).join(json.dumps(v, separators=(",", ":")) for v in values)
    return "[\n" + pad + inner + "\n" + pad[:-1] + "]"


def write(name, text):
    json.loads(text)
    (FOLDER / name).write_text(text + "\n", encoding="ascii", newline="\n")
    print(f"{name}: {len(text) + 1} bytes")


def main():
    digits = load_digits()
    images = digits.data.astype(np.int64)
    labels = digits.target.astype(np.int64)
    assert images.min() == 0 and images.max() == PIXEL_MAX and images.shape[1] == 64

    train_ids, held_ids = train_test_split(
        np.arange(len(labels)), test_size=HELD_OUT, random_state=SEED, stratify=labels
    )
    held_ids = np.sort(held_ids)
    network = train(images[train_ids], labels[train_ids])
    layers = quantise(network, images[train_ids])

    held, truth = images[held_ids], labels[held_ids]
    float_correct = int((network.predict(held / 2**PIXEL_LOG2) == truth).sum())
    integer_correct = int((infer(layers, held).argmax(axis=1) == truth).sum())
    print(f"scikit-learn {sklearn.__version__}, numpy {np.__version__}")
    print(f"float:   {float_correct}/{HELD_OUT} = {float_correct / HELD_OUT:.4f}")
    print(f"integer: {integer_correct}/{HELD_OUT} = {integer_correct / HELD_OUT:.4f}")
    assert integer_correct >= 0.95 * HELD_OUT

    parts = []
    for layer in layers:
        outputs, inputs = layer["weights"].shape
        parts.append(
            f'  {{"inputs":{inputs},"outputs":{outputs},'
            f'"scale":{layer["scale"]},"shift":{layer["shift"]},\n'
            f'   "weights":{rows(layer["weights"].tolist(), 4)},\n'
            f'   "biases":{json.dumps(layer["biases"].tolist(), separators=(",", ":"))}}}'
        )
    write(
        "model.json",
        f'{{"format":"quittance.model","version":{VERSION},\n "layers":[\n'
        + ",\n".join(parts)
        + "\n ]}",
    )
    write(
        "held-out.json",
        f'{{"float_correct":{float_correct},"integer_correct":{integer_correct},\n'
        f' "indices":{json.dumps(held_ids.tolist(), separators=(",", ":"))},\n'
        f' "labels":{json.dumps(truth.tolist(), separators=(",", ":"))},\n'
        f' "images":{rows(held.tolist(), 2)}}}',
    )

    # Six held-out images, the darkest and lightest ones possible, and the image that drives the
    # first hidden unit highest, which the calibration never saw and which reaches saturation.
    extreme = np.where(layers[0]["weights"][0] > 0, PIXEL_MAX, 0)
    chosen = np.vstack([held[:6], np.zeros(64), np.full(64, PIXEL_MAX), extreme]).astype(np.int64)
    logits = infer(layers, chosen)
    predicted = logits.argmax(axis=1)
    model_bytes = encode_model(layers)
    weights_digest = hashlib.sha256(model_bytes).digest()
    input_salt, output_salt = bytes(range(32)), bytes(range(32, 64))
    unit_price = 1_000_000_000
    input_bytes = encode_input(input_salt, weights_digest, unit_price, chosen)
    output_bytes = encode_output(output_salt, blake2_256(input_bytes), predicted, logits)
    fields = {
        "model_length": len(model_bytes),
        "weights_digest": weights_digest.hex(),
        "architecture_hash": blake2_256(encode_architecture(layers)).hex(),
        "unit_price": unit_price,
        "input_salt": input_salt.hex(),
        "input_bytes": input_bytes.hex(),
        "input_digest": blake2_256(input_bytes).hex(),
        "output_salt": output_salt.hex(),
        "output_bytes": output_bytes.hex(),
        "output_digest": blake2_256(output_bytes).hex(),
        "labels": predicted.tolist(),
    }
    lines = [f' "{k}":{json.dumps(v, separators=(",", ":"))}' for k, v in fields.items()]
    lines.append(f' "logits":{rows(logits.tolist(), 2)}')
    lines.append(f' "images":{rows(chosen.tolist(), 2)}')
    write("vectors.json", "{\n" + ",\n".join(lines) + "\n}")


if __name__ == "__main__":
    main()
