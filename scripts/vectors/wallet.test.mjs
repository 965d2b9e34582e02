// Wallets, written again from docs/protocol.md with Node's own cryptography and poseidon-lite: the same
// seed gives the same keys and addresses, the same randomness the same ciphertexts, and what the Rust
// crate encrypted opens here. The words of BIP-39 are checked by their places in its list.
import assert from 'node:assert/strict';
import {
	createCipheriv,
	createDecipheriv,
	createHash,
	createHmac,
	createPrivateKey,
	createPublicKey,
	diffieHellman,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { poseidon3, poseidon4 } from 'poseidon-lite';

const vectors = JSON.parse(
	readFileSync(new URL('../../docs/vectors/wallet.json', import.meta.url), 'utf8'),
);
const ascii = (text) => Buffer.from(text, 'ascii');
const bytes = (hex) => Buffer.from(hex, 'hex');
const join = (...parts) => Buffer.concat(parts);
const le = (value, length) =>
	bytes(BigInt(value).toString(16).padStart(2 * length, '0')).reverse();
const number = (buffer) => BigInt(`0x${Buffer.from(buffer).reverse().toString('hex')}`);
const ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

// Field elements: bytes that are no number below r are refused, 64 random ones are reduced.
const field = (buffer) => {
	assert.equal(buffer.length, 32);
	assert.ok(number(buffer) < ORDER);
	return number(buffer);
};
const wide = (buffer) => number(buffer) % ORDER;
const hexOf = (element) => le(element, 32).toString('hex');
const tag = (text) => number(ascii(text));
const owner = (nk, d) => poseidon3([tag('quittance.owner.v1'), nk, d]);
const commitment = (value, owner, rho) =>
	poseidon3([tag('quittance.note.v1'), value, poseidon3([tag('quittance.note-inner.v1'), owner, rho])]);

// HKDF-SHA256.
const hmac = (key, ...parts) => createHmac('sha256', key).update(join(...parts)).digest();
const extract = (salt, input) => hmac(salt, input);
const expand = (key, info, length) => {
	let [block, out] = [Buffer.alloc(0), Buffer.alloc(0)];
	for (let place = 1; out.length < length; place++) {
		block = hmac(key, block, info, Buffer.from([place]));
		out = join(out, block);
	}
	return out.subarray(0, length);
};

// X25519 of any point, not of the base point alone.
const der = (prefix, key) => ({ key: join(bytes(prefix), key), format: 'der' });
const secretKey = (key) =>
	createPrivateKey({ ...der('302e020100300506032b656e04220420', key), type: 'pkcs8' });
const publicKey = (key) =>
	createPublicKey({ ...der('302a300506032b656e032100', key), type: 'spki' });
const x25519 = (secret, point) =>
	diffieHellman({ privateKey: secretKey(secret), publicKey: publicKey(point) });
const NINE = Buffer.alloc(32);
NINE[0] = 9;

// Bech32m, BIP-350.
const SIGNS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const polymod = (values) =>
	values.reduce((sum, value) => {
		const top = sum >>> 25;
		const next = ((sum & 0x1ffffff) << 5) ^ value;
		return [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3].reduce(
			(mixed, generator, bit) => ((top >>> bit) & 1 ? mixed ^ generator : mixed),
			next,
		);
	}, 1);
const bech32m = (kind, data) => {
	const bits = [...data].map((byte) => byte.toString(2).padStart(8, '0')).join('');
	const fives = bits.match(/.{1,5}/g).map((five) => parseInt(five.padEnd(5, '0'), 2));
	const codes = [...kind].map((sign) => sign.charCodeAt(0));
	const spread = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
	const sum = polymod([...spread, ...fives, 0, 0, 0, 0, 0, 0]) ^ 0x2bc830a3;
	const check = [0, 1, 2, 3, 4, 5].map((place) => (sum >>> (5 * (5 - place))) & 31);
	return `${kind}1${[...fives, ...check].map((five) => SIGNS[five]).join('')}`;
};
const textOf = (kind, body) => bech32m(kind, join(Buffer.from([1]), genesis.subarray(0, 8), body));

// The keys.
const genesis = bytes(vectors.genesis);
const master = extract(ascii('quittance.wallet.v1'), bytes(vectors.seed));
const nk = wide(expand(master, join(ascii('quittance.wallet-nullifier-key.v1'), genesis), 64));
const dk = expand(master, join(ascii('quittance.wallet-diversifier-key.v1'), genesis), 32);
const vk = expand(master, join(ascii('quittance.wallet-view-key.v1'), genesis), 32);
const periodKey = (period) =>
	expand(vk, join(ascii('quittance.wallet-period-key.v1'), le(period, 4)), 32);
const diversifier = (label) =>
	wide(expand(dk, join(ascii('quittance.wallet-diversifier.v1'), label), 64));
const baseOf = (label) =>
	x25519(expand(dk, join(ascii('quittance.wallet-base.v1'), label), 32), NINE);

test('the words are the seed', () => {
	const seed = bytes(vectors.seed);
	const check = createHash('sha256').update(seed).digest().subarray(0, 1);
	const bits = [...join(seed, check)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
	const indices = bits.match(/.{11}/g).map((eleven) => parseInt(eleven, 2));
	assert.deepEqual(indices, vectors.word_indices);
	assert.equal(vectors.words.split(' ').length, 24);
});

test('the keys of a seed on a chain', () => {
	assert.equal(hexOf(nk), vectors.nullifier_key);
	assert.equal(vk.toString('hex'), vectors.view_key);
	assert.equal(textOf('qtcview', join(genesis, vk)), vectors.view_text);
	for (const { period, secret, text } of vectors.periods) {
		const key = periodKey(period);
		assert.equal(key.toString('hex'), secret);
		assert.equal(textOf('qtcperiod', join(genesis, le(period, 4), key)), text);
	}
});

test('the addresses of labels', () => {
	for (const address of vectors.addresses) {
		const label = bytes(address.label);
		const d = diversifier(label);
		assert.equal(hexOf(d), address.diversifier);
		assert.equal(hexOf(owner(nk, d)), address.owner);
		const base = baseOf(label);
		assert.equal(base.toString('hex'), address.base);
		const keys = Array.from({ length: address.periods }, (_, place) =>
			x25519(periodKey(address.first_period + place), base),
		);
		const first = le(address.first_period, 4);
		const body = join(label, first, le(owner(nk, d), 32), base, ...keys);
		assert.equal(textOf('qtc', body), address.text);
	}
});

const cipherOf = (shared, ephemeral, leaf) =>
	expand(
		extract(Buffer.alloc(32), shared),
		join(ascii('quittance.note-key.v1'), ephemeral, leaf),
		32,
	);
const NONCE = Buffer.alloc(12);

test('the same randomness makes the same notes', () => {
	for (const note of vectors.notes) {
		const randomness = bytes(note.randomness);
		const [rho, ephemeralSecret] = [wide(randomness.subarray(0, 64)), randomness.subarray(64)];
		assert.equal(hexOf(rho), note.rho);
		const label = bytes(note.label);
		const owned = owner(nk, diversifier(label));
		const leaf = le(commitment(BigInt(note.value), owned, rho), 32);
		assert.equal(leaf.toString('hex'), note.commitment);
		const base = baseOf(label);
		const ephemeral = x25519(ephemeralSecret, base);
		const shared = x25519(ephemeralSecret, x25519(periodKey(note.period), base));
		const cipher = createCipheriv('aes-256-gcm', cipherOf(shared, ephemeral, leaf), NONCE);
		cipher.setAAD(join(genesis, leaf));
		const plain = join(le(note.value, 8), le(rho, 32), le(owned, 32), label);
		const sealed = join(cipher.update(plain), cipher.final(), cipher.getAuthTag());
		const whole = join(Buffer.from([1]), ephemeral, sealed);
		assert.equal(whole.length, 128);
		assert.equal(whole.toString('hex'), note.ciphertext);
	}
});

const open = (ciphertext, leaf, secret, chain = genesis) => {
	assert.equal(ciphertext[0], 1);
	const ephemeral = ciphertext.subarray(1, 33);
	const key = cipherOf(x25519(secret, ephemeral), ephemeral, leaf);
	const decipher = createDecipheriv('aes-256-gcm', key, NONCE, { authTagLength: 16 });
	decipher.setAAD(join(chain, leaf)).setAuthTag(ciphertext.subarray(112));
	return join(decipher.update(ciphertext.subarray(33, 112)), decipher.final());
};

test('a note opens with the key of its period, for its leaf, on its chain', () => {
	for (const note of vectors.notes) {
		const [ciphertext, leaf] = [bytes(note.ciphertext), bytes(note.commitment)];
		const plain = open(ciphertext, leaf, periodKey(note.period));
		const [value, rho, owned] = [plain.subarray(0, 8), plain.subarray(8, 40), plain.subarray(40, 72)];
		assert.equal(number(value).toString(), note.value);
		assert.equal(plain.subarray(72).toString('hex'), note.label);
		assert.equal(commitment(number(value), field(owned), field(rho)), number(leaf));
		const nullifier = poseidon4([
			tag('quittance.note-nullifier.v1'),
			nk,
			number(leaf),
			BigInt(note.leaf_index),
		]);
		assert.equal(hexOf(nullifier), note.nullifier);
		const other = Buffer.alloc(32, 7);
		assert.throws(() => open(ciphertext, leaf, periodKey(note.period + 1)));
		assert.throws(() => open(ciphertext, other, periodKey(note.period)));
		assert.throws(() => open(ciphertext, leaf, periodKey(note.period), other));
	}
});

test('what is derived for a private job, by the first nullifier of its post', () => {
	const derive = (what, nullifier, length) =>
		expand(dk, join(ascii(`quittance.wallet-private-job-${what}.v1`), nullifier), length);
	for (const post of vectors.posts) {
		const nullifier = bytes(post.nullifier);
		field(nullifier);
		assert.equal(derive('change-key', nullifier, 32).toString('hex'), post.change_key_seed);
		assert.equal(hexOf(wide(derive('salt', nullifier, 64))), post.salt);
		assert.equal(hexOf(wide(derive('rho', nullifier, 64))), post.rho);
		const label = Buffer.from(derive('label', nullifier, 7));
		label[0] |= 0x80;
		assert.equal(label.toString('hex'), post.label);
		assert.equal(hexOf(owner(nk, diversifier(label))), post.owner);
		assert.equal(derive('requester', nullifier, 32).toString('hex'), post.requester_seed);
	}
});

test('what a miner names when it takes a private job', () => {
	for (const lock of vectors.locks) {
		const context = join(le(lock.job, 8), le(lock.nonce, 8));
		const label = Buffer.from(expand(dk, join(ascii('quittance.wallet-payee-label.v1'), context), 7));
		label[0] |= 0x80;
		assert.equal(label.toString('hex'), lock.label);
		assert.equal(hexOf(owner(nk, diversifier(label))), lock.payee);
		const secret = expand(dk, join(ascii('quittance.wallet-opening-key.v1'), context), 32);
		assert.equal(secret.toString('hex'), lock.opening_secret);
		assert.equal(x25519(secret, NINE).toString('hex'), lock.opening_key);
	}
});
