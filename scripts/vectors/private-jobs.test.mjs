// The published vectors of private jobs, computed again by libraries that share no code with ours:
// poseidon-lite and @noble/hashes. BabyJubJub is written out here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blake2b } from '@noble/hashes/blake2b';
import * as poseidons from 'poseidon-lite';

const vectors = JSON.parse(
	readFileSync(new URL('../../docs/vectors/private-jobs.json', import.meta.url), 'utf8'),
);

const P = (name, ...inputs) =>
	poseidons[`poseidon${inputs.length + 1}`]([tag(name), ...inputs].map(BigInt));
const ascii = (text) => Buffer.from(text, 'ascii');
const bytes = (hex) => Buffer.from(hex, 'hex');
const blake2b256 = (...parts) => Buffer.from(blake2b(Buffer.concat(parts), { dkLen: 32 }));

/** The number that bytes are in little-endian order. */
const number = (buffer) => BigInt(`0x${Buffer.from(buffer).reverse().toString('hex') || '0'}`);
/** A number as so many bytes in little-endian order. */
const le = (value, length) =>
	Buffer.from(BigInt(value).toString(16).padStart(2 * length, '0'), 'hex').reverse();
const tag = (name) => number(ascii(name));
const limbs = (id) => [number(id.subarray(0, 16)), number(id.subarray(16, 32))];
const field = (value) => le(value, 32).toString('hex');
const element = (hex) => number(bytes(hex));
const opaque = (hex) => Buffer.concat([Buffer.from([bytes(hex).length << 2]), bytes(hex)]);
const some = (buffer) => Buffer.concat([Buffer.from([1]), buffer]);

const r = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const order = 2736030358979909402780800718157159386076813972158567259200215660948447373041n;
const base = {
	x: 5299619240641551281634865583518297030282874472190772894086521144482721001553n,
	y: 16950150798460657717958625567821834550301663161624707787222815936182638968203n,
};
const identity = { x: 0n, y: 1n };
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
	let sum = identity;
	for (let [power, rest] = [point, BigInt(scalar)]; rest > 0n; rest >>= 1n) {
		if (rest & 1n) sum = add(sum, power);
		power = add(power, power);
	}
	return sum;
};
const onCurve = ({ x, y }) =>
	mod(168700n * x * x + y * y - 1n - 168696n * mod(x * x) * mod(y * y)) === 0n;
const point = (hex) => ({ x: element(hex.slice(0, 64)), y: element(hex.slice(64)) });

const note = (value, owner, rho) =>
	P('quittance.note.v1', value, P('quittance.note-inner.v1', owner, rho));

const { terms, escrow, change_key: changeKey, ephemeral_key: ephemeralKey } = vectors;
const { payee, paid, change } = vectors;
const subject = element(vectors.subject);

test('terms, escrow, offer and agreement', () => {
	const { unit_price: price, max_units: units } = terms;
	const hash = P('quittance.terms.v1', price, units, element(terms.salt));
	assert.equal(field(hash), terms.hash);
	assert.equal(String(BigInt(price) * BigInt(units)), escrow.value);
	const commitment = note(escrow.value, element(escrow.owner), element(escrow.rho));
	assert.equal(field(commitment), escrow.commitment);
	const { x, y } = point(changeKey.point);
	const offer = P('quittance.offer.v1', commitment, hash, x, y);
	assert.equal(field(offer), vectors.offer);
	const agreement = P('quittance.agreement.v1', offer, element(payee.owner));
	assert.equal(field(agreement), vectors.agreement);
});

test('the opening, as the requester sends it', () => {
	const numbers = [terms.unit_price, terms.max_units].map((number) => le(number, 8));
	const elements = [terms.salt, escrow.owner, escrow.rho].map(bytes);
	assert.equal(Buffer.concat([...numbers, ...elements]).toString('hex'), vectors.opening);
	assert.equal(bytes(vectors.opening).length, 112);
});

test('the payee', () => {
	const secrets = [payee.nullifier_key, payee.diversifier].map(element);
	assert.equal(field(P('quittance.owner.v1', ...secrets)), payee.owner);
});

test('what a panel found, as the chain commits to it and as it could be hidden', () => {
	const { verdict, hidden } = vectors.settle_verdict;
	const commitment = (salt) => P('quittance.private-verdict.v1', subject, vectors.units, salt);
	assert.equal(field(commitment(0)), verdict);
	assert.equal(field(commitment(element(hidden.salt))), hidden.verdict);
});

test('both keys, and the point that their holders share', () => {
	const [mine, theirs] = [point(changeKey.point), point(ephemeralKey.point)];
	for (const [key, { scalar }] of [
		[mine, changeKey],
		[theirs, ephemeralKey],
	]) {
		assert.deepEqual(multiple(scalar, base), key);
		assert.ok(onCurve(key));
		assert.deepEqual(multiple(order, key), identity);
		assert.notDeepEqual(key, identity);
	}
	const shared = multiple(ephemeralKey.scalar, mine);
	assert.deepEqual(multiple(changeKey.scalar, theirs), shared);
	assert.deepEqual(shared, point(vectors.shared));
});

test('what the payee gets', () => {
	const amount = BigInt(vectors.units) * BigInt(terms.unit_price);
	assert.equal(String(amount - BigInt(vectors.fee)), paid.value);
	const commitment = note(paid.value, element(payee.owner), element(paid.rho));
	assert.equal(field(commitment), paid.commitment);
	assert.equal(String(BigInt(escrow.value) - amount), change.value);
});

test('the change, as a requester finds it with its key and what the chain shows', () => {
	const shared = multiple(changeKey.scalar, point(ephemeralKey.point));
	const mask = P('quittance.change-mask.v1', shared.x, shared.y, element(change.commitment));
	assert.equal(field(mask), change.mask);
	const value = mod(element(change.encrypted) - mask);
	assert.equal(String(value), change.value);
	const rho = P('quittance.change-rho.v1', shared.x, shared.y, subject);
	assert.equal(field(rho), change.rho);
	assert.equal(field(note(value, element(escrow.owner), rho)), change.commitment);
});

const context = (call, about) =>
	limbs(
		blake2b256(
			ascii('quittance.context.v1'),
			bytes(vectors.header.genesis),
			le(vectors.header.pallet, 1),
			bytes(call.circuit),
			about,
			bytes(call.arguments),
			le(0, 1),
			bytes(vectors.header.payee),
			le(vectors.header.valid_until, 8),
			le(call.nonce ?? 0, 8),
		),
	);

test('arguments, context and the public inputs of post_private_job', () => {
	const call = vectors.post_private_job;
	const callArguments = blake2b256(
		...[call.root, ...call.nullifiers, call.change, escrow.commitment, terms.hash].map(bytes),
		bytes(changeKey.point),
		le(call.paid_in, 16),
		le(call.fee, 16),
		bytes(call.job),
		opaque(call.ciphertext),
	);
	assert.equal(callArguments.toString('hex'), call.arguments);
	const inputs = [
		...context(call, le(0, 1)),
		...[call.root, ...call.nullifiers, call.change, vectors.offer].map(element),
		BigInt(call.paid_in) + BigInt(call.fee),
	];
	assert.deepEqual(inputs.map(field), call.inputs);
});

const shown = [
	...[paid.commitment, change.commitment, ephemeralKey.point, change.encrypted].map(bytes),
	le(vectors.fee, 16),
];
const common = [
	subject,
	...[vectors.agreement, paid.commitment, change.commitment].map(element),
	...Object.values(point(ephemeralKey.point)),
	element(change.encrypted),
	BigInt(vectors.fee),
];

test('arguments, context and the public inputs of settle', () => {
	const call = vectors.settle;
	const callArguments = blake2b256(
		le(call.job, 8),
		...shown,
		bytes(call.issuer_root),
		le(call.issuer_index, 1),
		bytes(call.nullifier),
		le(call.expires_at, 8),
		le(call.as_of, 8),
		opaque(call.ciphertext),
	);
	assert.equal(callArguments.toString('hex'), call.arguments);
	const times =
		BigInt(call.as_of) + (BigInt(call.expires_at) << 64n) + (BigInt(call.issuer_index) << 128n);
	const receipt = [element(call.issuer_root), element(call.nullifier), times];
	const statement = P('quittance.settle.v1', ...common, ...receipt);
	const inputs = [...context(call, some(bytes(vectors.subject))), statement];
	assert.deepEqual(inputs.map(field), call.inputs);
});

test('arguments, context and the public inputs of settle_verdict', () => {
	const call = vectors.settle_verdict;
	const callArguments = blake2b256(le(call.job, 8), ...shown, opaque(call.ciphertext));
	assert.equal(callArguments.toString('hex'), call.arguments);
	const statement = P('quittance.settle-verdict.v1', ...common, element(call.verdict));
	const inputs = [...context(call, some(bytes(vectors.subject))), statement];
	assert.deepEqual(inputs.map(field), call.inputs);
});
