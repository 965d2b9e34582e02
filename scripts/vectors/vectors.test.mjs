// The published vectors, computed again by libraries that share no code with ours: poseidon-lite and
// @noble/hashes. SCALE is written out by hand for the few types that are hashed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blake2b } from '@noble/hashes/blake2b';
import * as poseidons from 'poseidon-lite';

const read = (name) =>
	JSON.parse(readFileSync(new URL(`../../docs/vectors/${name}.json`, import.meta.url), 'utf8'));

const P = (inputs) => poseidons[`poseidon${inputs.length}`](inputs.map(BigInt));
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
const some = (buffer) => Buffer.concat([Buffer.from([1]), buffer]);

const node = (children) => P([tag('quittance.node.v1'), ...children]);
const root = (leaves, depth) => {
	let level = Array.from({ length: 4 ** depth }, (_, place) => BigInt(leaves[place] ?? 0));
	while (level.length > 1) {
		level = Array.from({ length: level.length / 4 }, (_, place) =>
			node(level.slice(4 * place, 4 * place + 4)),
		);
	}
	return level[0];
};

test('poseidon', () => {
	for (const { inputs, hash } of read('poseidon').hashes) {
		assert.equal(P(inputs), BigInt(hash));
	}
});

test('tree', () => {
	for (const { depth, leaves, root: published } of read('tree').trees) {
		if (depth <= 4) assert.equal(root(leaves, depth), BigInt(published));
	}
});

const { subject, body, basic, possession } = read('statement');
const genesis = bytes(subject.genesis);

test('subject', () => {
	const hash = P([
		tag('quittance.subject.v1'),
		...limbs(genesis),
		subject.job,
		...['requester', 'miner', 'model', 'input'].flatMap((id) => limbs(bytes(subject[id]))),
	]);
	assert.equal(field(hash), subject.hash);
});

const subjectHash = number(bytes(subject.hash));

test('body, commitment and nullifier', () => {
	const hash = P([
		tag('quittance.body.v1'),
		body.units,
		body.unit_price,
		body.amount,
		body.start,
		body.end,
		body.expires_at,
		body.serial,
		...limbs(bytes(body.output)),
	]);
	assert.equal(field(hash), body.hash);
	const commitment = P([tag('quittance.receipt.v1'), subjectHash, hash, body.salt]);
	assert.equal(field(commitment), body.commitment);
	const nullifier = P([tag('quittance.nullifier.v1'), subjectHash, body.serial]);
	assert.equal(field(nullifier), body.nullifier);
});

test('the message of a transparent receipt', () => {
	const message = blake2b256(
		ascii('quittance.transparent.v1'),
		genesis,
		bytes(subject.hash),
		le(0, 1),
		le(body.units, 8),
		le(body.unit_price, 16),
		le(body.amount, 16),
		le(body.start, 8),
		le(body.end, 8),
		le(body.expires_at, 8),
		le(body.serial, 16),
		bytes(body.output),
	);
	assert.equal(message.toString('hex'), body.transparent_message);
});

test('arguments, header, context and the public inputs of a basic receipt', () => {
	assert.equal(field(root(basic.issuer_leaves, 2)), basic.issuer_root);
	const circuit = blake2b256(
		ascii('quittance.circuit.v1'),
		Buffer.from([3 << 2, 1, 2, 3]),
		le(0, 1),
		Buffer.from([6 << 2]),
		ascii('schema'),
		le(0, 1),
	);
	assert.equal(circuit.toString('hex'), basic.circuit);
	const callArguments = blake2b256(
		le(subject.job, 8),
		le(1, 1),
		le(body.amount, 16),
		le(body.expires_at, 8),
		le(basic.as_of, 8),
		bytes(body.nullifier),
		bytes(basic.issuer_root),
		le(basic.issuer_index, 1),
	);
	assert.equal(callArguments.toString('hex'), basic.arguments);
	const context = blake2b256(
		ascii('quittance.context.v1'),
		genesis,
		le(basic.pallet, 1),
		circuit,
		some(bytes(subject.hash)),
		callArguments,
		some(bytes(subject.miner)),
		bytes(subject.miner),
		le(basic.valid_until, 8),
		le(basic.nonce, 8),
	);
	const inputs = [
		...limbs(context),
		subjectHash,
		body.amount,
		body.expires_at,
		basic.as_of,
		number(bytes(body.nullifier)),
		number(bytes(basic.issuer_root)),
		basic.issuer_index,
	];
	assert.deepEqual(inputs.map(field), basic.inputs);
});

test('the message that shows possession of an sr25519 key', () => {
	const message = blake2b256(
		ascii('quittance.possession.v1'),
		genesis,
		bytes(possession.account),
		bytes(possession.sr25519),
		bytes(possession.babyjubjub),
	);
	assert.equal(message.toString('hex'), possession.message);
});

const { draw, finding } = read('panel');

test('the seed of a panel and the points that its members are drawn by', () => {
	const seed = draw.contributions.reduce(
		(seed, output) => blake2b256(ascii('quittance.panel-seed.v1'), seed, bytes(output)),
		Buffer.alloc(32),
	);
	assert.equal(seed.toString('hex'), draw.seed);
	const points = draw.points.map((_, attempt) => {
		const digest = blake2b256(
			ascii('quittance.panel-point.v1'),
			bytes(draw.genesis),
			seed,
			le(draw.job, 8),
			le(draw.draw, 1),
			le(attempt, 4),
		);
		return String(number(digest) % BigInt(draw.total));
	});
	assert.deepEqual(points, draw.points);
});

test('what a member of a panel commits to', () => {
	const commitment = (found) =>
		blake2b256(
			ascii('quittance.finding.v1'),
			bytes(draw.genesis),
			le(draw.job, 8),
			le(draw.draw, 1),
			bytes(finding.member),
			found,
			bytes(finding.salt),
		).toString('hex');
	const right = Buffer.concat([le(0, 1), le(finding.candidate, 1), le(finding.amount, 16)]);
	assert.equal(commitment(right), finding.commitment);
	assert.equal(commitment(le(1, 1)), finding.wrong_commitment);
	assert.equal(commitment(le(2, 1)), finding.unfetched_commitment);
});

const notes = read('notes');
const element = (hex) => number(bytes(hex));

test('owner keys, commitments and nullifiers of notes', () => {
	for (const note of notes.notes) {
		const owner = P([
			tag('quittance.owner.v1'),
			element(note.nullifier_key),
			element(note.diversifier),
		]);
		assert.equal(field(owner), note.owner);
		const inner = P([tag('quittance.note-inner.v1'), owner, element(note.rho)]);
		assert.equal(field(inner), note.inner);
		const commitment = P([tag('quittance.note.v1'), note.value, inner]);
		assert.equal(field(commitment), note.commitment);
		const nullifier = P([
			tag('quittance.note-nullifier.v1'),
			element(note.nullifier_key),
			commitment,
			note.leaf_index,
		]);
		assert.equal(field(nullifier), note.nullifier);
	}
});

test('the tree of notes', () => {
	// All places after the first 4^2 are empty, and a tree of empty places is the same everywhere.
	const { depth, leaves, root: published } = notes.tree;
	let [above, empty] = [root(leaves.map(element), 2), root([], 2)];
	for (let level = 2; level < Number(depth); level++) {
		[above, empty] = [node([above, empty, empty, empty]), node(Array(4).fill(empty))];
	}
	assert.equal(field(above), published);
});

test('arguments, context and the public inputs of transfer and withdraw', () => {
	const { header, transfer, withdraw, tree } = notes;
	const [real, most, dummy] = notes.notes;
	const compact = (length) => Buffer.from([length << 2]);
	const opaque = (hex) => Buffer.concat([compact(bytes(hex).length), bytes(hex)]);
	const spent = [tree.root, real.nullifier, dummy.nullifier];
	const context = (call, submitter) =>
		blake2b256(
			ascii('quittance.context.v1'),
			bytes(header.genesis),
			le(header.pallet, 1),
			bytes(call.circuit),
			le(0, 1),
			bytes(call.arguments),
			submitter,
			bytes(call.payee),
			le(header.valid_until, 8),
			le(header.nonce, 8),
		);

	const transferArguments = blake2b256(
		...[...spent, most.commitment, dummy.commitment].map(bytes),
		le(transfer.fee, 16),
		...transfer.ciphertexts.map(opaque),
	);
	assert.equal(transferArguments.toString('hex'), transfer.arguments);
	const transferInputs = [
		...limbs(context(transfer, some(bytes(transfer.relayer)))),
		...[...spent, most.commitment, dummy.commitment].map(element),
		transfer.fee,
	];
	assert.deepEqual(transferInputs.map(field), transfer.inputs);

	const withdrawArguments = blake2b256(
		...[...spent, dummy.commitment].map(bytes),
		le(withdraw.amount, 16),
		le(withdraw.fee, 16),
		opaque(withdraw.ciphertext),
	);
	assert.equal(withdrawArguments.toString('hex'), withdraw.arguments);
	const withdrawInputs = [
		...limbs(context(withdraw, le(0, 1))),
		...[...spent, dummy.commitment].map(element),
		withdraw.amount,
		withdraw.fee,
	];
	assert.deepEqual(withdrawInputs.map(field), withdraw.inputs);
});
