// The envelope format and the HPKE under it, written again from docs/protocol.md and RFC 9180 with
// nothing but Node's own cryptography: it opens what the Rust crate sealed and, from the same
// randomness, seals the same bytes. BLAKE2b with 32 bytes is @noble/hashes'; Node has it only with 64.
import assert from 'node:assert/strict';
import {
	createCipheriv,
	createDecipheriv,
	createHmac,
	createPrivateKey,
	createPublicKey,
	diffieHellman,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blake2b } from '@noble/hashes/blake2b';

const read = (name) =>
	JSON.parse(readFileSync(new URL(`../../docs/vectors/${name}.json`, import.meta.url), 'utf8'));
const ascii = (text) => Buffer.from(text, 'ascii');
const bytes = (hex) => Buffer.from(hex, 'hex');
const join = (...parts) => Buffer.concat(parts);
const uint = (value, length) => bytes(value.toString(16).padStart(2 * length, '0'));
const le = (value, length) => uint(value, length).reverse();

// HKDF-SHA256, and RFC 9180 in base mode.
const hmac = (key, ...parts) => createHmac('sha256', key).update(join(...parts)).digest();
const extract = (salt, input) => hmac(salt.length ? salt : Buffer.alloc(32), input);
const expand = (key, info, length) => {
	let [block, out] = [Buffer.alloc(0), Buffer.alloc(0)];
	for (let place = 1; out.length < length; place++) {
		block = hmac(key, block, info, uint(place, 1));
		out = join(out, block);
	}
	return out.subarray(0, length);
};
const labelledExtract = (suite, salt, label, input) =>
	extract(salt, join(ascii('HPKE-v1'), suite, ascii(label), input));
const labelledExpand = (suite, key, label, info, length) =>
	expand(key, join(uint(length, 2), ascii('HPKE-v1'), suite, ascii(label), info), length);

const none = Buffer.alloc(0);
const KEM = join(ascii('KEM'), uint(0x20, 2));
const suiteOf = (aead) => join(ascii('HPKE'), uint(0x20, 2), uint(1, 2), uint(aead, 2));
const AES = { 1: ['aes-128-gcm', 16], 2: ['aes-256-gcm', 32] };

const der = (prefix, key) => ({ key: join(bytes(prefix), key), format: 'der' });
const secretKey = (key) =>
	createPrivateKey({ ...der('302e020100300506032b656e04220420', key), type: 'pkcs8' });
const publicKey = (key) =>
	createPublicKey({ ...der('302a300506032b656e032100', key), type: 'spki' });
const publicOf = (secret) =>
	createPublicKey(secretKey(secret)).export({ format: 'der', type: 'spki' }).subarray(12);
const deriveSecret = (input) =>
	labelledExpand(KEM, labelledExtract(KEM, none, 'dkp_prk', input), 'sk', none, 32);

/** Key and first nonce, by the secret key of one side and the public key of the other. */
const schedule = (aead, info, secret, other, encapsulated, recipient) => {
	const shared = diffieHellman({ privateKey: secretKey(secret), publicKey: publicKey(other) });
	const context = join(encapsulated, recipient);
	const prk = labelledExtract(KEM, none, 'eae_prk', shared);
	const secretOf = labelledExpand(KEM, prk, 'shared_secret', context, 32);
	const suite = suiteOf(aead);
	const about = join(
		uint(0, 1),
		labelledExtract(suite, none, 'psk_id_hash', none),
		labelledExtract(suite, none, 'info_hash', info),
	);
	const base = labelledExtract(suite, secretOf, 'secret', none);
	return {
		key: labelledExpand(suite, base, 'key', about, AES[aead][1]),
		nonce: labelledExpand(suite, base, 'base_nonce', about, 12),
		exporter: labelledExpand(suite, base, 'exp', about, 32),
	};
};

const encrypt = (aead, key, nonce, associated, plain) => {
	const cipher = createCipheriv(AES[aead][0], key, nonce).setAAD(associated);
	return join(cipher.update(plain), cipher.final(), cipher.getAuthTag());
};
const decrypt = (aead, key, nonce, associated, sealed) => {
	const decipher = createDecipheriv(AES[aead][0], key, nonce, { authTagLength: 16 });
	decipher.setAAD(associated).setAuthTag(sealed.subarray(-16));
	return join(decipher.update(sealed.subarray(0, -16)), decipher.final());
};

test('RFC 9180', () => {
	const { vectors } = read('hpke');
	assert.deepEqual(vectors.map(({ aead_id }) => aead_id), [1, 2]);
	for (const vector of vectors) {
		const [aead, info, enc] = [vector.aead_id, bytes(vector.info), bytes(vector.enc)];
		const recipient = bytes(vector.pkRm);
		const ephemeral = deriveSecret(bytes(vector.ikmE));
		assert.deepEqual(publicOf(ephemeral), enc);
		assert.deepEqual(publicOf(deriveSecret(bytes(vector.ikmR))), recipient);
		const sides = [
			schedule(aead, info, ephemeral, recipient, enc, recipient),
			schedule(aead, info, bytes(vector.skRm), enc, enc, recipient),
		];
		for (const { key, nonce, exporter } of sides) {
			assert.equal(key.toString('hex'), vector.key);
			assert.equal(nonce.toString('hex'), vector.base_nonce);
			assert.equal(exporter.toString('hex'), vector.exporter_secret);
			for (const { aad, pt, ct, nonce } of vector.encryptions) {
				const sealed = encrypt(aead, key, bytes(nonce), bytes(aad), bytes(pt));
				assert.equal(sealed.toString('hex'), ct);
			}
		}
	}
});

// Envelopes, version 1.
const { subject: about } = read('statement');
const { keys, envelopes, rewrapped } = read('envelope');
const INFO = ascii('quittance.envelope-key.v1');
const digestOf = (ciphertext) => Buffer.from(blake2b(ciphertext, { dkLen: 32 }));
const contextOf = (size, subject = bytes(about.hash), genesis = bytes(about.genesis)) =>
	join(genesis, subject, le(size, 8));
const derive = (dataKey, label) => expand(extract(none, dataKey), ascii(label), 32);
const keyOf = (dataKey) => derive(dataKey, 'quittance.envelope-payload.v1');
const commitmentOf = (dataKey) => derive(dataKey, 'quittance.envelope-commitment.v1');
const NONCE = Buffer.alloc(12);

const wrap = (dataKey, recipient, context, randomness) => {
	const ephemeral = deriveSecret(randomness);
	const enc = publicOf(ephemeral);
	const { key, nonce } = schedule(2, INFO, ephemeral, recipient, enc, recipient);
	return join(recipient, enc, encrypt(2, key, nonce, context, dataKey));
};
const headerOf = (size, digest, wrapped) =>
	join(uint(1, 1), le(size, 8), digest, uint(4 * wrapped.length, 1), ...wrapped);

const open = (header, ciphertext, secret, context = contextOf(header.readUInt32LE(1))) => {
	assert.equal(header[0], 1);
	const [digest, count] = [header.subarray(9, 41), header[41] / 4];
	assert.equal(header.length, 42 + 112 * count);
	assert.deepEqual(digestOf(ciphertext), digest);
	const own = publicOf(secret);
	const places = Array.from({ length: count }, (_, place) => 42 + 112 * place);
	const from = places.find((place) => header.subarray(place, place + 32).equals(own));
	if (from === undefined) return undefined;
	const enc = header.subarray(from + 32, from + 64);
	const { key, nonce } = schedule(2, INFO, secret, enc, enc, own);
	const sealed = header.subarray(from + 64, from + 112);
	const dataKey = decrypt(2, key, nonce, join(context, digest), sealed);
	assert.deepEqual(ciphertext.subarray(0, 32), commitmentOf(dataKey));
	return decrypt(2, keyOf(dataKey), NONCE, context, ciphertext.subarray(32));
};

const named = (name) => keys.find((key) => key.name === name);
const readersOf = ({ recipients }) => [...recipients, 'auditor'];
const publicsOf = (list) =>
	readersOf(list).map((name) => bytes(named(name).public)).sort(Buffer.compare);
/** Each header with its ciphertext. */
const headers = [
	...envelopes.map((envelope) => [envelope, envelope]),
	[rewrapped, envelopes.at(-1)],
];

test('the public keys of the envelopes', () => {
	for (const key of keys) assert.equal(publicOf(bytes(key.secret)).toString('hex'), key.public);
});

test('whoever an envelope is for opens it, and nobody else', () => {
	for (const [list, { ciphertext, payload }] of headers) {
		for (const { name, secret } of keys) {
			const opened = open(bytes(list.header), bytes(ciphertext), bytes(secret));
			assert.equal(opened?.toString('hex'), readersOf(list).includes(name) ? payload : undefined);
		}
	}
});

test('an envelope opens in its context only', () => {
	for (const [list, { ciphertext, payload }] of headers) {
		const size = payload.length / 2;
		const other = Buffer.alloc(32, 7);
		for (const context of [contextOf(size, other), contextOf(size, undefined, other)]) {
			const secret = bytes(named('auditor').secret);
			assert.throws(() => open(bytes(list.header), bytes(ciphertext), secret, context));
		}
	}
});

test('the same randomness seals the same envelopes', () => {
	for (const envelope of envelopes) {
		const drawn = (place) => bytes(envelope.randomness).subarray(32 * place, 32 * place + 32);
		const [dataKey, payload] = [drawn(0), bytes(envelope.payload)];
		const context = contextOf(payload.length);
		const ciphertext = join(
			commitmentOf(dataKey),
			encrypt(2, keyOf(dataKey), NONCE, context, payload),
		);
		assert.equal(ciphertext.toString('hex'), envelope.ciphertext);
		const digest = digestOf(ciphertext);
		assert.equal(digest.toString('hex'), envelope.digest);
		const wrapped = publicsOf(envelope).map((recipient, place) =>
			wrap(dataKey, recipient, join(context, digest), drawn(place + 1)),
		);
		const header = headerOf(payload.length, digest, wrapped);
		assert.equal(header.toString('hex'), envelope.header);
	}
});

test('rewrapping keeps the wrapped keys that stay and makes the new one', () => {
	const before = envelopes.at(-1);
	const old = bytes(before.header);
	const kept = new Map();
	for (let from = 42; from < old.length; from += 112) {
		const wrapped = old.subarray(from, from + 112);
		kept.set(wrapped.toString('hex', 0, 32), wrapped);
	}
	const [dataKey, digest] = [bytes(before.randomness).subarray(0, 32), bytes(before.digest)];
	const size = before.payload.length / 2;
	const wrapped = publicsOf(rewrapped).map(
		(recipient) =>
			kept.get(recipient.toString('hex')) ??
			wrap(dataKey, recipient, join(contextOf(size), digest), bytes(rewrapped.randomness)),
	);
	assert.equal(headerOf(size, digest, wrapped).toString('hex'), rewrapped.header);
});

// Openings of private jobs are sealed in the same way, under an info of their own.
test('the opening of a private job', () => {
	const { genesis, sealed_opening: vector } = read('wallet');
	const info = ascii('quittance.opening.v1');
	const [secret, recipient] = [bytes(vector.opening_secret), bytes(vector.opening_key)];
	assert.deepEqual(publicOf(secret), recipient);
	const numbers = [vector.job, vector.nonce].map((number) => le(BigInt(number), 8));
	const associated = join(bytes(genesis), ...numbers, bytes(vector.agreement));
	const ephemeral = deriveSecret(bytes(vector.randomness));
	const enc = publicOf(ephemeral);
	const sender = schedule(2, info, ephemeral, recipient, enc, recipient);
	const plain = bytes(vector.opening);
	assert.equal(plain.length, 112);
	const sealed = join(enc, encrypt(2, sender.key, sender.nonce, associated, plain));
	assert.equal(sealed.length, 160);
	assert.equal(sealed.toString('hex'), vector.sealed);
	const { key, nonce } = schedule(2, info, secret, enc, enc, recipient);
	assert.deepEqual(decrypt(2, key, nonce, associated, sealed.subarray(32)), plain);
	assert.throws(() => decrypt(2, key, nonce, join(associated, uint(0, 1)), sealed.subarray(32)));
});
