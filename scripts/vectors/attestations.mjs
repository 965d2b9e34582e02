// The verifier of paths in JavaScript: what primitives/attestations does in Rust, with nothing of it. A path is the
// JSON of the node's `attestations_receiptPath`; the root is one that a final header names.
import { keccak_256 } from '@noble/hashes/sha3';

const LEAF = ascii('quittance.attested-leaf.v1');
const NODE = ascii('quittance.attested-node.v1');
const ROOT = ascii('quittance.attested-root.v1');
const ENGINE = '0x04' + Buffer.from('qatt', 'ascii').toString('hex');
const MAX_LEAVES = 65536;

function ascii(text) {
	return Buffer.from(text, 'ascii');
}

/** Bytes of a text in hexadecimal with 0x. */
export function bytes(hex) {
	if (!/^0x([0-9a-f]{2})*$/.test(hex)) throw new Error(`${hex} is not hexadecimal`);
	return Buffer.from(hex.slice(2), 'hex');
}

export const hex = (buffer) => `0x${Buffer.from(buffer).toString('hex')}`;

/** A number as so many bytes in little-endian order. */
export function le(value, length) {
	const number = BigInt(value);
	if (number < 0n || number >> BigInt(8 * length)) throw new Error(`${value} is out of range`);
	return Buffer.from(number.toString(16).padStart(2 * length, '0'), 'hex').reverse();
}

export const keccak = (...parts) => Buffer.from(keccak_256(Buffer.concat(parts)));

function hash(text) {
	const buffer = bytes(text);
	if (buffer.length !== 32) throw new Error(`${text} does not have 32 bytes`);
	return buffer;
}

export const leafHash = (leaf) => keccak(LEAF, bytes(leaf));

/** The root of a block's tree that has `leaf` at a place, or undefined where no such tree is. */
export function blockRoot(leaf, index, count, siblings) {
	if (count > MAX_LEAVES || index >= count) return undefined;
	const left = [...siblings];
	let top = leaf;
	for (let [place, width] = [index, count]; width > 1; place >>= 1, width = (width + 1) >> 1) {
		if ((place ^ 1) >= width) continue;
		if (left.length === 0) return undefined;
		const sibling = left.shift();
		top = place & 1 ? keccak(NODE, sibling, top) : keccak(NODE, top, sibling);
	}
	return left.length === 0 ? keccak(ROOT, le(count, 4), top) : undefined;
}

/** The root of a range that has `leaf` at a place, or undefined where no such range is. */
export function rangeRoot(leaf, index, leaves, items) {
	let within = BigInt(index);
	let rest = BigInt(leaves);
	if (within >= rest) return undefined;
	let peaks = 0;
	for (let height = 63n; ; height -= 1n) {
		const size = 1n << height;
		if (!(rest & size)) continue;
		rest ^= size;
		if (within >= size) {
			within -= size;
			peaks += 1;
			continue;
		}
		const right = rest ? 1 : 0;
		if (items.length !== peaks + Number(height) + right) return undefined;
		let top = leaf;
		for (const sibling of items.slice(peaks, peaks + Number(height))) {
			top = within & 1n ? keccak(sibling, top) : keccak(top, sibling);
			within >>= 1n;
		}
		if (right) top = keccak(items.at(-1), top);
		for (const peak of items.slice(0, peaks).reverse()) top = keccak(top, peak);
		return top;
	}
}

const same = (root, expected) => root !== undefined && root.equals(expected);

/** Whether what a path is about was accepted in its block, given a root of the range from a final header. */
export function verify(path, root) {
	const { leaf, index, siblings, block, range } = path;
	const tree = blockRoot(leafHash(leaf), index, block.count, siblings.map(hash));
	if (block.version !== 1 || !same(tree, hash(block.root))) return false;
	const attested = keccak(
		le(block.version, 1),
		le(block.number, 8),
		hash(block.hash),
		hash(block.root),
		le(block.count, 4),
	);
	return same(rangeRoot(attested, range.index, range.leaves, range.items.map(hash)), hash(root));
}

/** What a header says of attestations, from its digest's items in hexadecimal. */
export function logs(items) {
	return items
		.filter((item) => item.startsWith(ENGINE))
		.map((item) => bytes(item).subarray(6))
		.map((log) =>
			log[0] === 0
				? { range: hex(log.subarray(1, 33)) }
				: { block: { root: hex(log.subarray(1, 33)), count: log.readUInt32LE(33) } },
		);
}
