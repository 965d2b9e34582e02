// The published vectors of attestations, by a verifier that shares no code with ours.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blockRoot, bytes, hex, keccak, le, leafHash, logs, rangeRoot, verify } from './attestations.mjs';

const vectors = JSON.parse(
	readFileSync(new URL('../../docs/vectors/attestations.json', import.meta.url), 'utf8'),
);

const levels = ['transparent', 'basic', 'enhanced'];

const receipt = (of) => [
	le(0, 1),
	le(of.job, 8),
	...[of.subject, of.miner, of.issuer].map(bytes),
	le(levels.indexOf(of.level), 1),
	le(of.amount, 16),
	bytes(of.nullifier),
	of.output ? Buffer.concat([le(1, 1), bytes(of.output)]) : le(0, 1),
];

const message = (of) => [
	le(1, 1),
	le(of.target, 4),
	le(of.sequence, 8),
	bytes(of.sender),
	'receipt' in of.statement ? le(0, 1) : le(1, 1),
	bytes(of.statement.receipt ?? of.statement.note),
	bytes(of.payload),
];

test('leaves', () => {
	for (const vector of vectors.leaves) {
		const parts = vector.receipt ? receipt(vector.receipt) : message(vector.message);
		assert.equal(hex(Buffer.concat(parts)), vector.encoded);
		assert.equal(hex(leafHash(vector.encoded)), vector.hash);
	}
});

const leaf = (number) => keccak(Buffer.from(`leaf ${number}`, 'ascii'));

test('trees of blocks', () => {
	for (const { count, root, paths } of vectors.blocks) {
		for (const { index, siblings } of paths) {
			assert.equal(hex(blockRoot(leaf(index), index, count, siblings.map(bytes))), root);
			assert.equal(blockRoot(leaf(index), count, count, siblings.map(bytes)), undefined);
			const longer = [...siblings, root].map(bytes);
			assert.equal(blockRoot(leaf(index), index, count, longer), undefined);
		}
	}
});

test('ranges', () => {
	for (const { leaves, root, proofs } of vectors.ranges) {
		for (const { index, items } of proofs) {
			assert.equal(hex(rangeRoot(leaf(index), index, leaves, items.map(bytes))), root);
			assert.equal(rangeRoot(leaf(index), leaves, leaves, items.map(bytes)), undefined);
			const longer = [...items, root].map(bytes);
			assert.equal(rangeRoot(leaf(index), index, leaves, longer), undefined);
		}
	}
});

test('whole paths, and none with anything changed', () => {
	for (const { path, range_root: root } of vectors.paths) {
		assert.equal(verify(path, root), true);
		assert.equal(verify(path, vectors.blocks[0].root), false);
		const flipped = (text) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
		const changes = [
			(changed) => (changed.leaf = flipped(changed.leaf)),
			(changed) => (changed.index += 1),
			(changed) => (changed.siblings = changed.siblings.map(flipped).concat(root)),
			(changed) => (changed.block.version = 2),
			(changed) => (changed.block.number += 1),
			(changed) => (changed.block.hash = flipped(changed.block.hash)),
			(changed) => (changed.block.root = flipped(changed.block.root)),
			(changed) => (changed.block.count += 1),
			(changed) => changed.range.items.push(root),
			(changed) => (changed.range.leaves = changed.range.index),
		];
		for (const change of changes) {
			const changed = structuredClone(path);
			change(changed);
			assert.equal(verify(changed, root), false, String(change));
		}
	}
});

test('items of digests', () => {
	const others = ['0x0642414245b5', '0x0466726e6b00'];
	const [range, block] = vectors.logs;
	const items = [others[0], range.digest_item, others[1], block.digest_item];
	assert.deepEqual(logs(items), [{ range: range.range }, { block: block.block }]);
});
