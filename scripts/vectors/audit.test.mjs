// The published vectors of what an auditor is shown, computed again by a library that shares no code with ours:
// poseidon-lite. BabyJubJub is written out here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as poseidons from 'poseidon-lite';

const vectors = JSON.parse(
	readFileSync(new URL('../../docs/vectors/audit.json', import.meta.url), 'utf8'),
);

/** The number that bytes are in little-endian order. */
const number = (buffer) => BigInt(`0x${Buffer.from(buffer).reverse().toString('hex') || '0'}`);
/** A number as so many bytes in little-endian order. */
const le = (value, length) =>
	Buffer.from(BigInt(value).toString(16).padStart(2 * length, '0'), 'hex').reverse();
const field = (value) => le(value, 32).toString('hex');
const element = (hex) => number(Buffer.from(hex, 'hex'));
const tag = (name) => number(Buffer.from(name, 'ascii'));
const P = (name, ...inputs) =>
	poseidons[`poseidon${inputs.length + 1}`]([tag(name), ...inputs].map(BigInt));

const r = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const base = {
	x: 5299619240641551281634865583518297030282874472190772894086521144482721001553n,
	y: 16950150798460657717958625567821834550301663161624707787222815936182638968203n,
};
const mod = (value) => ((value % r) + r) % r;
const power = (value, exponent) => {
	let result = 1n;
	for (let [square, rest] = [mod(value), exponent]; rest > 0n; rest >>= 1n) {
		if (rest & 1n) result = mod(result * square);
		square = mod(square * square);
	}
	return result;
};
const inverse = (value) => power(value, r - 2n);
/** 168700 x² + y² = 1 + 168696 x² y². */
const add = (p, q) => {
	const product = mod(168696n * p.x * q.x * p.y * q.y);
	return {
		x: mod((p.x * q.y + p.y * q.x) * inverse(1n + product)),
		y: mod((p.y * q.y - 168700n * p.x * q.x) * inverse(1n - product)),
	};
};
const multiple = (scalar, point) => {
	let sum = { x: 0n, y: 1n };
	for (let [power, rest] = [point, BigInt(scalar)]; rest > 0n; rest >>= 1n) {
		if (rest & 1n) sum = add(sum, power);
		power = add(power, power);
	}
	return sum;
};
const point = (hex) => ({ x: element(hex.slice(0, 64)), y: element(hex.slice(64)) });

const { auditor, ephemeral_key: ephemeralKey, notes } = vectors;
const [A, R] = [point(auditor.point), point(ephemeralKey.point)];
// As the auditor has it, with its secret and what the call shows.
const S = multiple(auditor.scalar, R);

test('both keys, and the point that their holders share', () => {
	assert.deepEqual(multiple(auditor.scalar, base), A);
	assert.deepEqual(multiple(ephemeralKey.scalar, base), R);
	assert.deepEqual(multiple(ephemeralKey.scalar, A), S);
	assert.deepEqual(S, point(vectors.shared));
});

test('what the notes are worth', () => {
	for (const { value, commitment, mask, encrypted } of notes) {
		const hash = P('quittance.audit-mask.v1', S.x, S.y, element(commitment));
		assert.equal(field(hash), mask);
		assert.equal(String(mod(element(encrypted) - hash)), value);
		assert.equal(field(mod(BigInt(value) + hash)), encrypted);
	}
});

test('the last public signal', () => {
	const encrypted = notes.map((note) => element(note.encrypted));
	const signal = (...shown) => field(P('quittance.audit.v1', A.x, A.y, R.x, R.y, ...shown));
	assert.equal(signal(encrypted[0]), vectors.of_the_first.signal);
	assert.equal(signal(...encrypted), vectors.of_both.signal);
});

test('what calls show', () => {
	const key = le(vectors.number, 4).toString('hex');
	const [first, second] = notes.map((note) => note.encrypted);
	assert.equal(key + ephemeralKey.point + first, vectors.of_the_first.withdraw);
	assert.equal(key + ephemeralKey.point + first + second, vectors.of_both.transfer);
	assert.equal(key + first + second, vectors.of_both.settle);
});
