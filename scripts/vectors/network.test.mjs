// docs/vectors/network.json, computed again: the architecture's encoding, inference and the commitments,
// with libraries and code that share nothing with ours.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blake2b } from '@noble/hashes/blake2b';
import * as poseidons from 'poseidon-lite';

const vectors = JSON.parse(
	readFileSync(new URL('../../docs/vectors/network.json', import.meta.url), 'utf8'),
);
const { input, layers, items } = vectors;

const P = (inputs) => poseidons[`poseidon${inputs.length}`](inputs.map(BigInt));
const ascii = (text) => Buffer.from(text, 'ascii');
const bytes = (hex) => Buffer.from(hex, 'hex');
const number = (buffer) => BigInt(`0x${Buffer.from(buffer).reverse().toString('hex') || '0'}`);
const tag = (name) => number(ascii(name));
const limbs = (id) => [number(id.subarray(0, 16)), number(id.subarray(16, 32))];
const field = (value) =>
	Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse().toString('hex');
const sha256 = (buffer) => createHash('sha256').update(buffer).digest('hex');
const le16 = (value) => [value & 0xff, value >> 8];
const le32 = (value) => {
	const buffer = Buffer.alloc(4);
	buffer.writeInt32LE(value);
	return [...buffer];
};
const signed = (value) => value & 0xff;
const compact = (value) =>
	value < 64 ? [value << 2] : value < 1 << 14 ? le16((value << 2) | 1) : assert.fail('longer');

const quantisation = ({ shift, rectify }) => [shift, Number(rectify)];
const architecture = Buffer.from([
	...[input.channels, input.rows, input.columns].flatMap(le16),
	...compact(layers.length),
	...layers.flatMap((layer) => {
		switch (layer.kind) {
			case 'dense':
				return [
					0,
					...le16(layer.outputs),
					...(layer.requantise ? [1, ...quantisation(layer.requantise)] : [0]),
				];
			case 'convolution':
				return [
					1,
					...le16(layer.channels),
					layer.kernel,
					layer.stride,
					layer.padding,
					...quantisation(layer.requantise),
				];
			default:
				return [2, layer.window];
		}
	}),
]);
const architectureHash = Buffer.from(
	blake2b(Buffer.concat([ascii('quittance.architecture'), Buffer.from([1]), architecture]), {
		dkLen: 32,
	}),
);
const tensor = Buffer.from(
	layers.flatMap(({ weights = [], biases = [] }) => [
		...weights.map(signed),
		...biases.flatMap((bias) => le32(bias).slice(0, 3)),
	]),
);

const commitment = (head, data) => {
	const elements = [];
	for (let at = 0; at < data.length; at += 31) elements.push(number(data.subarray(at, at + 31)));
	let state = P(head);
	for (let at = 0; at < elements.length; at += 15) {
		const step = elements.slice(at, at + 15);
		state = P([state, ...step, ...Array(15 - step.length).fill(0n)]);
	}
	return field(state);
};

test('the hash of an architecture', () => {
	assert.equal(architectureHash.toString('hex'), vectors.architecture_hash);
});

test('the digest of a network', () => {
	const encoded = Buffer.concat([
		ascii('quittance.network'),
		Buffer.from([1]),
		architecture,
		Buffer.from(compact(tensor.length)),
		tensor,
	]);
	assert.equal(sha256(encoded), vectors.network_digest);
});

test('both commitments to the weights of a network', () => {
	assert.equal(sha256(tensor), vectors.tensor_sha256);
	const head = [tag('quittance.weights.v1'), ...limbs(architectureHash), tensor.length];
	assert.equal(commitment(head, tensor), vectors.weights_commitment);
});

/** What a network says of an item. Numbers are exact: nothing comes near 2^53. */
const infer = (item) => {
	let { channels, rows, columns } = input;
	let x = item;
	const value = (sum, { shift, rectify }) =>
		Math.min(127, Math.max(rectify ? 0 : -127, Math.floor(sum / 2 ** shift)));
	for (const layer of layers) {
		const y = [];
		if (layer.kind === 'dense') {
			for (let o = 0; o < layer.outputs; o++) {
				const sum = x.reduce((s, v, k) => s + v * layer.weights[o * x.length + k], layer.biases[o]);
				y.push(layer.requantise ? value(sum, layer.requantise) : sum);
			}
			[channels, rows, columns] = [layer.outputs, 1, 1];
		} else if (layer.kind === 'convolution') {
			const { kernel, stride, padding } = layer;
			const side = (length) => Math.floor((length + 2 * padding - kernel) / stride) + 1;
			const at = (c, i, j) =>
				i < 0 || j < 0 || i >= rows || j >= columns ? 0 : x[(c * rows + i) * columns + j];
			for (let o = 0; o < layer.channels; o++)
				for (let i = 0; i < side(rows); i++)
					for (let j = 0; j < side(columns); j++) {
						let sum = layer.biases[o];
						for (let c = 0; c < channels; c++)
							for (let a = 0; a < kernel; a++)
								for (let b = 0; b < kernel; b++)
									sum +=
										layer.weights[((o * channels + c) * kernel + a) * kernel + b] *
										at(c, i * stride + a - padding, j * stride + b - padding);
						y.push(value(sum, layer.requantise));
					}
			[channels, rows, columns] = [layer.channels, side(rows), side(columns)];
		} else {
			const { window } = layer;
			for (let c = 0; c < channels; c++)
				for (let i = 0; i < rows; i += window)
					for (let j = 0; j < columns; j += window) {
						let sum = 0;
						for (let a = 0; a < window; a++)
							for (let b = 0; b < window; b++) sum += x[(c * rows + i + a) * columns + j + b];
						y.push(Math.floor(sum / window ** 2));
					}
			[rows, columns] = [rows / window, columns / window];
		}
		x = y;
	}
	return x;
};

test('inference', () => {
	for (const [place, item] of items.entries()) {
		const logits = infer(item);
		assert.deepEqual(logits, vectors.logits[place]);
		assert.equal(logits.indexOf(Math.max(...logits)), vectors.labels[place]);
	}
});

test('the commitments to inputs and outputs', () => {
	const inputs = Buffer.from(items.flat().map(signed));
	const head = (name, data, salt) => [
		tag(`quittance.inference-${name}.v1`),
		items.length,
		data.length,
		...limbs(bytes(salt)),
	];
	assert.equal(
		commitment(head('input', inputs, vectors.input_salt), inputs),
		vectors.input_commitment,
	);
	const outputs = Buffer.from(
		vectors.labels.flatMap((label, place) => [label, ...vectors.logits[place].flatMap(le32)]),
	);
	assert.equal(
		commitment(head('output', outputs, vectors.output_salt), outputs),
		vectors.output_commitment,
	);
});
