// A wallet's view of the chain: @polkadot/api without custom types, against a development chain of
// its own, with a real issuer and a real worker.
//
//   QUITTANCE_NODE=PATH QUITTANCE_CLI=PATH node --test wallet.test.mjs
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Keyring } from '@polkadot/api';
import { freePorts, Processes, program, within } from './processes.mjs';
import {
	connect,
	explain,
	followJob,
	inputBlob,
	jobEvents,
	listModels,
	modelFile,
	money,
	postJob,
	Refused,
	registerMiner,
	registerModel,
	send,
	view,
} from './wallet.mjs';

/** After this long everything ends, whatever it waits for, in milliseconds. */
const LIMIT = 300_000;
/** Blocks until a transaction has to be final. */
const FINAL_BLOCKS = 20;
/** Blocks until a job has to be done, proven and paid in a final block. */
const PAID_BLOCKS = 30;

const OWN_PALLETS = ['zkReceipts', 'modelMarketplace', 'miners', 'panel'];
const MODELS = fileURLToPath(new URL('../../offchain-workers/zkml/models/', import.meta.url));
const NAME = 'digits 64-32-10, 8×8 grey';
const URI = 'https://models.example/digits.network';

const QTC = 1_000_000_000_000n;

/** Of the job: eight images, one of which is held for but not needed. */
const IMAGES = 8;
const UNIT_PRICE = 50_000_000_000n;
const PRICE = UNIT_PRICE * BigInt(IMAGES);
const MAX_PRICE = PRICE + UNIT_PRICE;
const LOCK_TIMEOUT = 300;
const TIMEOUT = 600;

/** What the model's owner asks and says. */
const ROYALTY_PARTS = 25_000n;
const LATENCY = 3;

/** What the miner has at stake, and what it gives its hot key for fees. */
const BOND = 150n * QTC;
const LARGEST_MODEL = 1n << 30n;
const FUNDS = 20n * QTC;

const processes = new Processes();
let running = 'nothing yet';
setTimeout(() => {
	console.error(`not done within ${LIMIT / 1000} s, but still at: ${running}`);
	process.exit(1);
}, LIMIT).unref();

/** What the API has to say about a chain it does not know. */
const warnings = [];
console.warn = (...words) => warnings.push(words.join(' '));

let api;
after(async () => {
	await api?.disconnect();
	processes.kill();
});

/** A test that needs all before it. */
let broken;
function step(name, run) {
	test(name, async (context) => {
		if (broken !== undefined) {
			context.skip(`after "${broken}" failed`);
			return;
		}
		running = name;
		broken = name;
		await run();
		broken = undefined;
	});
}

/** A promise that has so many blocks' time. */
function blocks(count, missing, promise) {
	const slot = api.consts.babe.expectedBlockTime.toNumber();
	return processes.within(count * slot, missing, promise);
}

function final(what, promise) {
	return blocks(FINAL_BLOCKS, `${what}, in a final block`, promise);
}

/** The error that a call is refused with, from its block. */
async function refused(what, promise) {
	try {
		await final(what, promise);
	} catch (error) {
		if (error instanceof Refused) {
			return error;
		}
		throw error;
	}
	throw new assert.AssertionError({ message: `${what} was accepted` });
}

/** What the events of a block say that an account paid in fees. */
async function feesIn(hash, address) {
	const records = await (await api.at(hash)).query.system.events();
	return records
		.map(({ event }) => event)
		.filter((event) => api.events.transactionPayment.TransactionFeePaid.is(event))
		.filter(({ data }) => data.who.eq(address))
		.reduce((sum, { data }) => sum + data.actualFee.toBigInt(), 0n);
}

async function parentOf(hash) {
	return (await api.rpc.chain.getHeader(hash)).parentHash.toHex();
}

/** What an output blob begins with, and the rest: salt, digest of the input, label and logits of each item. */
const OUTPUT_HEADING = Buffer.concat([Buffer.from('quittance.output'), Buffer.from([2])]);
const OUTPUT = '([u8; 32], [u8; 32], Vec<(u8, [i32; 10])>)';

/** Images held out when the network was trained, of 64 bytes each, and their labels: both files end with them. */
const HELD_OUT = 360;
const pixels = readFileSync(join(MODELS, 'digits-held-out.pb')).subarray(-64 * HELD_OUT);
const images = Array.from({ length: HELD_OUT }, (_, at) => pixels.subarray(64 * at, 64 * (at + 1)));
const labels = [...readFileSync(join(MODELS, 'digits-labels.pb')).subarray(-HELD_OUT)];

const licence = readFileSync(join(MODELS, 'README.md'), 'utf8');

let people, circuit, model, input, blobs, posted, paid, limits;
/** How to reach what is running. */
const at = {};

/** What went into a part of the price set aside for the model's owner. */
function royalty(amount) {
	return (amount * ROYALTY_PARTS) / 1_000_000n;
}

/** Puts bytes where worker and issuer look for them. */
function put(digest, bytes) {
	const name = digest.slice(2);
	mkdirSync(join(blobs, name.slice(0, 2)), { recursive: true, mode: 0o700 });
	writeFileSync(join(blobs, name.slice(0, 2), name), bytes, { mode: 0o600 });
}

/** The event of this name among those of a transaction. */
function eventOf({ events }, section, name) {
	return events.find((event) => api.events[section][name].is(event));
}

/** The configuration of a daemon: a JSON text or list of texts is one of TOML, too. */
function document(keys, issuers) {
	const lines = (table) =>
		Object.entries(table).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
	const signers = issuers === undefined ? [] : ['[issuers]', ...lines(issuers)];
	return [...lines(keys), ...signers, '[monitor]', 'listen = ""', ''].join('\n');
}

/** Starts a daemon with a configuration. */
function start(daemon, cli, folder, config) {
	const file = join(folder, 'config.toml');
	writeFileSync(file, config);
	processes.start(daemon, cli, daemon, 'run', '--config', file);
}

step('a node and an issuer start; a circuit is registered', async () => {
	const node = program('QUITTANCE_NODE', "the node's program");
	const cli = program('QUITTANCE_CLI', 'the program quittance');
	const [rpc, asked] = await freePorts(2);
	const url = `ws://127.0.0.1:${rpc}`;
	blobs = processes.make('blobs');
	const keys = processes.make('keys');
	const quiet = ['--no-mdns', '--no-prometheus', '--no-telemetry'];
	const address = ['--rpc-port', `${rpc}`, '--listen-addr=/ip4/127.0.0.1/tcp/0'];
	const base = ['--base-path', processes.make('node'), '--database=paritydb'];
	processes.start('node', node, '--dev', ...base, ...address, ...quiet);
	({ circuit } = await processes.report(cli, 'circuit', 'setup', '--dir', keys));
	await processes.answering('node', rpc);
	api = await processes.within(30_000, 'the connection to the node', connect(url));

	const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
	const names = ['Bob', 'Charlie', 'CharlieHot', 'Dave', 'Eve', 'Ferdie', 'Nobody'];
	const [requester, miner, hotKey, issuer, other, owner, nobody] = names.map((name) =>
		keyring.addFromUri(`//${name}`),
	);
	people = { requester, miner, hotKey, issuer, other, owner, nobody };

	const folder = processes.make('issuer');
	const store = join(folder, 'signed.redb');
	const listen = `127.0.0.1:${asked}`;
	const config = document({ node: url, key: '//Dave', blobs, store, listen });
	start('issuer', cli, folder, config);
	const eve = ['--node', url, '--key', '//Eve'];
	await processes.report(cli, 'circuit', 'register', ...eve, '--dir', keys);
	await processes.answering('issuer', asked);
	Object.assign(at, { cli, url, keys, issuer: `${issuer.address}=http://127.0.0.1:${asked}` });
});

step('the chain introduces itself: name, token, address format, known extensions', async () => {
	assert.equal((await api.rpc.system.chain()).toString(), 'Quittance Development');
	const properties = await api.rpc.system.properties();
	assert.deepEqual(properties.tokenSymbol.unwrap().map(String), ['QTC']);
	assert.deepEqual(properties.tokenDecimals.unwrap().map(Number), [12]);
	assert.equal(properties.ss58Format.unwrap().toNumber(), 7171);
	assert.equal(api.consts.system.ss58Prefix.toNumber(), 7171);
	assert.match(people.requester.address, /^VZ/);
	// The node reads the chain's own addresses, too.
	assert.equal((await api.rpc.system.accountNextIndex(people.requester.address)).toNumber(), 0);

	// Everything the API does not know must be nothing that it would have to send or sign.
	const unknown = warnings.filter((warning) => warning.includes('Unknown signed extensions'));
	assert.equal(unknown.length, 1, unknown.join('\n'));
	assert.match(unknown[0], /Unknown signed extensions AuthorizeCall found, treating them as no-eff/);
	const { transactionExtensions } = api.runtimeMetadata.asLatest.extrinsic;
	const extension = transactionExtensions.find(({ identifier }) => identifier.eq('AuthorizeCall'));
	for (const type of [extension.type, extension.implicit]) {
		const value = api.createType(api.registry.createLookupType(type));
		assert.equal(value.encodedLength, 0);
	}
});

step('every item of our own pallets is documented', () => {
	const undocumented = [];
	const expect = (name, docs) => {
		if (docs.join('').trim() === '') {
			undocumented.push(name);
		}
	};
	let count = 0;
	for (const pallet of OWN_PALLETS) {
		for (const [name, { meta }] of Object.entries(api.tx[pallet])) {
			const docs = meta.docs.join('\n');
			count += 1;
			for (const part of ['Dispatch Origin', 'Details', 'Errors', 'Events']) {
				const [, section = ''] = docs.split(`## ${part}\n`);
				expect(`${pallet}.${name}: ${part}`, section.split('## ').slice(0, 1));
			}
		}
		for (const [name, { meta }] of Object.entries(api.events[pallet])) {
			count += 1;
			expect(`${pallet}.${name}`, meta.docs);
			for (const field of meta.fields) {
				expect(`${pallet}.${name}.${field.name.unwrap()}`, field.docs);
			}
		}
		for (const items of [api.errors[pallet], api.query[pallet], api.consts[pallet]]) {
			for (const [name, { meta }] of Object.entries(items ?? {})) {
				count += 1;
				expect(`${pallet}.${name}`, meta.docs);
			}
		}
	}
	assert.deepEqual(undocumented, []);
	// Had the names of the pallets changed, there would be nothing to be undocumented.
	assert.ok(count > 100, `${count} items`);
});

step('a model is registered and listed', async () => {
	const { owner } = people;
	const network = join(processes.make('model'), 'network');
	const from = ['digits-mlp.onnx', '--calibration', 'digits-calibration.pb'];
	const paths = from.map((word) => (word.startsWith('--') ? word : join(MODELS, word)));
	const known = await processes.report(at.cli, 'model', 'import', ...paths, '--out', network);
	const file = modelFile(api, readFileSync(network), known);
	put(file.digest, file.bytes);
	const about = {
		name: NAME,
		kind: 'Dense',
		uri: URI,
		licence,
		inputShape: [8, 8],
		outputShape: [10],
		royalties: [{ payee: owner.address, parts: ROYALTY_PARTS }],
		prices: { plain: UNIT_PRICE },
		latency: LATENCY,
	};
	const call = registerModel(api, file, about);
	const registered = await final('the registration of the model', send(api, call, owner));
	const { data } = eventOf(registered, 'modelMarketplace', 'ModelRegistered');
	model = data.model.toHex();
	assert.equal(data.owner.toString(), owner.address);
	assert.equal(data.version.toNumber(), 0);
	const weights = data.weights.toHex();

	const expected = {
		id: model,
		name: NAME,
		kind: 'Dense',
		uri: URI,
		owner: owner.address,
		weights,
		prices: { plain: UNIT_PRICE },
		latency: LATENCY,
	};
	assert.deepEqual(await listModels(api), [{ ...expected, state: 'Draft' }]);
	const list = api.tx.modelMarketplace.listModel(model);
	await final('the listing of the model', send(api, list, owner));
	assert.deepEqual(await listModels(api), [{ ...expected, state: 'Listed' }]);

	input = inputBlob(api, weights, UNIT_PRICE, images.slice(0, IMAGES), known.input_exponent);
	put(input.digest, input.bytes);
});

step('a miner registers: its bond is held, its hot key is known', async () => {
	const { miner, hotKey } = people;
	const call = registerMiner(api, miner, hotKey, {
		bond: BOND,
		circuits: [circuit],
		levels: ['Transparent', 'Basic'],
		largestModel: LARGEST_MODEL,
		endpoint: 'http://127.0.0.1:9933',
	});
	const outcome = await final('the registration of the miner', send(api, call, miner));
	const { data } = eventOf(outcome, 'miners', 'MinerRegistered');
	assert.equal(data.miner.toString(), miner.address);
	assert.equal(data.hotKey.toString(), hotKey.address);
	const { reasons } = await money(api, outcome.hash, miner.address);
	assert.deepEqual(reasons, { 'Miners.Bond': BOND });
	const found = await view(api, 'Miners', 'miner_of', hotKey.address);
	assert.equal(found.unwrap().toString(), miner.address);

	// It signs locks and receipts, and pays their fees.
	const funds = api.tx.balances.transferKeepAlive(hotKey.address, FUNDS);
	await final("the hot key's money", send(api, funds, miner));
	const folder = processes.make('worker');
	const [issuer, url] = at.issuer.split('=');
	const config = {
		node: at.url,
		miner: miner.address,
		hot_key: '//CharlieHot',
		blobs,
		keys: at.keys,
		store: join(folder, 'worker.redb'),
		circuits: [circuit],
	};
	start('worker', at.cli, folder, document(config, { [issuer]: url }));
});

step('what a job has to keep to is asked of the chain', async () => {
	limits = await view(api, 'ModelMarketplace', 'limits');
	const { jobDeposit, maxTimeout } = api.consts.modelMarketplace;
	assert.equal(limits.jobDeposit.toBigInt(), jobDeposit.toBigInt());
	assert.equal(limits.maxTimeout.toBigInt(), maxTimeout.toBigInt());
	assert.ok(limits.minimumFee.toBigInt() > 0n);
	assert.ok(limits.minimumLockBond.toBigInt() > 0n);
	assert.ok(limits.highValue.toBigInt() > MAX_PRICE);
});

/** An order for the images. */
function order(changes = {}) {
	return {
		model,
		input,
		level: 'Basic',
		circuit,
		issuers: [people.issuer.address],
		issuerFee: limits.minimumFee.toBigInt(),
		price: flat(MAX_PRICE),
		lockTimeout: LOCK_TIMEOUT,
		timeout: TIMEOUT,
		minerBond: limits.minimumLockBond.toBigInt(),
		...changes,
	};
}

/** A price that is always the same. */
function flat(price) {
	return { min: price, max: price, start: 0, length: 0 };
}

step('a job is posted: its price is held, and the fee is the one foretold', async () => {
	const { requester } = people;
	const call = postJob(api, order());
	const { partialFee } = await call.paymentInfo(requester);
	posted = await final('the post of the job', send(api, call, requester));

	const issuerFee = limits.minimumFee.toBigInt();
	const event = eventOf(posted, 'modelMarketplace', 'JobPosted');
	posted.job = event.data.job.toNumber();
	assert.equal(event.data.requester.toString(), requester.address);
	assert.equal(event.data.model.toHex(), model);
	assert.equal(event.data.input.digest.toHex(), input.digest);
	assert.equal(event.data.input.size_.toNumber(), input.size);
	assert.equal(event.data.level.type, 'Basic');
	assert.equal(event.data.price.max.toBigInt(), MAX_PRICE);
	assert.equal(event.data.issuerFee.toBigInt(), issuerFee);
	assert.equal(event.data.quote.toBigInt(), UNIT_PRICE);

	const foretold = partialFee.toBigInt();
	assert.ok(posted.fee > 0n);
	// It may fall with the load from one block to the next, and change with the bytes of the nonce.
	const difference = posted.fee > foretold ? posted.fee - foretold : foretold - posted.fee;
	assert.ok(difference * 100n <= foretold, `foretold ${foretold}, charged ${posted.fee}`);

	const deposit = api.consts.modelMarketplace.jobDeposit.toBigInt();
	const before = await money(api, await parentOf(posted.hash), requester.address);
	const after = await money(api, posted.hash, requester.address);
	const panelFee = limits.panelFee.toBigInt();
	assert.equal(event.data.panelFee.toBigInt(), panelFee);
	const escrow = MAX_PRICE + issuerFee + panelFee;
	assert.deepEqual(before.reasons, {});
	assert.deepEqual(after, {
		free: before.free - posted.fee - escrow - deposit,
		held: before.held + escrow + deposit,
		reasons: { 'ModelMarketplace.JobEscrow': escrow, 'ModelMarketplace.JobDeposit': deposit },
	});
	posted.before = before;
});

step('the job is followed to its payment, exact to the last unit', async () => {
	const { requester, miner, issuer } = people;
	const wanted = ['JobPosted', 'JobLocked', 'ReceiptAccepted', 'JobFulfilled'];
	const seen = [];
	const tell = (event, block) => seen.push({ event, block, name: event.method });
	const missing = () => {
		const names = seen.map(({ name }) => name);
		const lacking = wanted.filter((name) => !names.includes(name));
		return (
			`${lacking.join(' and ')} of job ${posted.job}, in a final block; ` +
			`seen: ${names.join(', ') || 'nothing'}; ${processes.words('worker')}`
		);
	};
	await blocks(PAID_BLOCKS, missing, followJob(api, posted.job, posted.number, tell));

	assert.deepEqual(seen.map(({ name }) => name), wanted);
	const [, locked, accepted, fulfilled] = seen;
	paid = { ...fulfilled.block, nullifier: accepted.event.data.nullifier.toHex() };
	assert.equal(seen[0].block.hash, posted.hash);
	assert.equal(accepted.block.hash, paid.hash);
	assert.ok(locked.block.number < paid.number);
	for (const { data } of [accepted.event, fulfilled.event]) {
		assert.equal(data.miner.toString(), miner.address);
		assert.equal(data.issuer.toString(), issuer.address);
		assert.equal(data.amount.toBigInt(), PRICE);
	}
	assert.equal(accepted.event.data.level.type, 'Basic');
	const issuerFee = limits.minimumFee.toBigInt();
	const { data } = fulfilled.event;
	assert.equal(data.issuerFee.toBigInt(), issuerFee);
	assert.equal(data.royalties.toBigInt(), royalty(PRICE));
	assert.equal(data.returned.toBigInt(), MAX_PRICE - PRICE + limits.panelFee.toBigInt());

	// The lock puts a part of the bond at stake, and the payment frees it.
	const { data: lock } = locked.event;
	assert.equal(lock.miner.toString(), miner.address);
	assert.equal(lock.price.toBigInt(), MAX_PRICE);
	const bond = limits.minimumLockBond.toBigInt();
	assert.equal(lock.bond.toBigInt(), bond);
	for (const [block, reserved] of [[locked.block, bond], [paid, 0n]]) {
		const state = await api.at(block.hash);
		const record = (await state.query.miners.miners(miner.address)).unwrap();
		assert.deepEqual([record.bond.toBigInt(), record.reserved.toBigInt()], [BOND, reserved]);
	}

	const gains = {
		requester: MAX_PRICE - PRICE + limits.panelFee.toBigInt(),
		miner: PRICE - royalty(PRICE),
		hotKey: 0n,
		issuer: issuerFee,
	};
	for (const [role, gain] of Object.entries(gains)) {
		const { address } = people[role];
		const before = await money(api, await parentOf(paid.hash), address);
		const after = await money(api, paid.hash, address);
		const fees = await feesIn(paid.hash, address);
		assert.equal(after.free, before.free - fees + gain, role);
		assert.equal(fees > 0n, role === 'hotKey', role);
	}
	const deposit = api.consts.modelMarketplace.jobDeposit.toBigInt();
	const { held, reasons } = await money(api, paid.hash, requester.address);
	assert.equal(held, deposit);
	assert.deepEqual(reasons, { 'ModelMarketplace.JobDeposit': deposit });

	const record = (await (await api.at(paid.hash)).query.modelMarketplace.jobs(posted.job)).unwrap();
	assert.equal(record.type, 'Ended');
	const { end } = record.asEnded;
	assert.equal(end.type, 'Fulfilled');
	assert.equal(end.asFulfilled.miner.toString(), miner.address);
	assert.equal(end.asFulfilled.amount.toBigInt(), PRICE);
});

step('the work was done: the labels are those of the images', () => {
	const outputs = readdirSync(blobs)
		.filter((folder) => folder.length === 2)
		.flatMap((folder) => readdirSync(join(blobs, folder)).map((name) => join(blobs, folder, name)))
		.map((path) => readFileSync(path))
		.filter((bytes) => bytes.subarray(0, OUTPUT_HEADING.length).equals(OUTPUT_HEADING))
		.map((bytes) => api.createType(OUTPUT, bytes.subarray(OUTPUT_HEADING.length)))
		.filter(([, of]) => of.toHex() === input.digest);
	assert.equal(outputs.length, 1);
	const found = [...outputs[0][2]].map(([label]) => label.toNumber());
	assert.deepEqual(found, labels.slice(0, IMAGES));
});

step('a dry run says what the chain would say, and costs nothing', async () => {
	const { block } = await api.rpc.chain.getBlock(paid.hash);
	const receipts = block.extrinsics.filter(({ method }) =>
		api.tx.zkReceipts.submitReceipt.is(method),
	);
	assert.equal(receipts.length, 1);
	const [job, receipt] = receipts[0].method.args;
	assert.equal(job.toNumber(), posted.job);
	const ask = async (hash) => {
		const at = await api.at(hash);
		return at.call.receiptsApi.dryRunReceipt(people.hotKey.address, job, receipt);
	};
	assert.ok((await ask(await parentOf(paid.hash))).isOk);
	const after = await ask(paid.hash);
	assert.ok(after.isErr);
	assert.deepEqual(explain(api, after.asErr), {
		section: 'zkReceipts',
		name: 'NullifierSpent',
		docs: "The receipt's nullifier is spent: this receipt was accepted before.",
	});
	const verdict = await api.call.receiptsApi.dryRunVerify(randomBytes(32), '0x', []);
	assert.equal(verdict.asErr.type, 'UnknownCircuit');
});

let second;
step("a miner's own program takes a job whose price rises", async () => {
	const { other, hotKey, miner } = people;
	// One account has one program that counts its nonces.
	await processes.stop('worker');
	const price = { min: PRICE / 2n, max: PRICE, start: 0, length: LOCK_TIMEOUT };
	const call = postJob(api, order({ level: 'Transparent', circuit: null, price }));
	second = await final('the post of the second job', send(api, call, other));
	const { data } = eventOf(second, 'modelMarketplace', 'JobPosted');
	second.job = data.job.toNumber();

	const now = (await view(api, 'ModelMarketplace', 'price_now', second.job)).unwrap().toBigInt();
	assert.ok(now >= price.min && now < price.max, `${now}`);
	const [open] = await view(api, 'ModelMarketplace', 'jobs_for', miner.address, 0);
	assert.deepEqual(open.map((job) => job.toNumber()), [second.job]);

	const lock = api.tx.modelMarketplace.lockJob(second.job);
	const locked = await final('the lock of the second job', send(api, lock, hotKey));
	const { data: found } = eventOf(locked, 'modelMarketplace', 'JobLocked');
	assert.equal(found.miner.toString(), miner.address);
	second.price = found.price.toBigInt();
	const record = (await api.query.modelMarketplace.jobs(second.job)).unwrap().asLive;
	assert.equal(record.state.type, 'Locked');
	const [{ at: when }] = record.locks;
	const waited = when.toBigInt() - record.postedAt.toBigInt();
	const risen = ((price.max - price.min) * waited) / BigInt(LOCK_TIMEOUT);
	assert.equal(second.price, price.min + risen);

	assert.ok((await view(api, 'ModelMarketplace', 'price_now', second.job)).isNone);
	const deadline = await view(api, 'ModelMarketplace', 'deadline', second.job);
	assert.equal(deadline.unwrap().toNumber(), record.postedAt.toNumber() + TIMEOUT);
	assert.ok((await view(api, 'ModelMarketplace', 'deadline', second.job + 1)).isNone);
});

step('what is refused is refused by name, with words, and costs its fee only', async () => {
	const { other, nobody } = people;
	const { free } = (await api.query.system.account(other.address)).data;
	const { maxTimeout } = api.consts.modelMarketplace;
	const refusals = [
		{
			what: 'a price of zero',
			call: postJob(api, order({ price: flat(0n) })),
			reason: ['modelMarketplace', 'PriceZero', 'A price is zero.'],
		},
		{
			what: 'a deadline too far away',
			call: postJob(api, order({ timeout: maxTimeout.toNumber() + 1 })),
			reason: ['modelMarketplace', 'TimeoutTooLong', 'The deadline is too far away.'],
		},
		{
			what: 'a lock that costs nothing',
			call: postJob(api, order({ minerBond: 0n })),
			reason: [
				'modelMarketplace',
				'BondTooSmall',
				'The bond of a lock is below the least of all. Ask for `minimum_lock_bond` of the limits, or more.',
			],
		},
		{
			what: 'more than one has',
			call: postJob(api, order({ price: flat(free.toBigInt()), minerBond: free.toBigInt() })),
			reason: [
				'modelMarketplace',
				'InsufficientBalance',
				'The free balance does not cover what is to be held.',
			],
		},
		{
			what: "the end of another's job",
			call: api.tx.modelMarketplace.removeJob(posted.job),
			reason: ['modelMarketplace', 'NotRequester', 'Only the requester may do this.'],
		},
		{
			what: 'taking back a job that a miner has',
			call: api.tx.modelMarketplace.cancelJob(second.job),
			reason: ['modelMarketplace', 'JobLocked', 'A miner has the job.'],
		},
		{
			what: 'a job for who is no miner',
			call: api.tx.modelMarketplace.lockJob(second.job),
			reason: ['modelMarketplace', 'NotHotKey', "The account is no miner's hot key."],
		},
		{
			what: "another's hot key",
			call: registerMiner(api, other, people.hotKey, {
				bond: BOND,
				circuits: [],
				levels: ['Transparent'],
				largestModel: LARGEST_MODEL,
				endpoint: 'http://127.0.0.1:9933',
			}),
			reason: ['miners', 'HotKeyTaken', 'The key is or was a hot key. Make a new one.'],
		},
		{
			what: 'a call for governance',
			call: api.tx.zkReceipts.removeIssuer(people.issuer.address),
			reason: ['runtime', 'BadOrigin', ''],
		},
		{
			what: 'a transfer of more than one has',
			call: api.tx.balances.transferKeepAlive(people.issuer.address, free),
			reason: ['runtime', 'Token.FundsUnavailable', ''],
		},
	];
	const before = await money(api, await api.rpc.chain.getFinalizedHead(), other.address);
	const nonce = (await api.rpc.system.accountNextIndex(other.address)).toNumber();
	const found = await Promise.all(
		refusals.map(({ what, call }, place) =>
			refused(what, send(api, call, other, nonce + place)),
		),
	);
	for (const [place, { what, reason: [section, name, docs] }] of refusals.entries()) {
		assert.deepEqual(found[place].reason, { section, name, docs }, what);
	}
	const last = found.reduce((one, two) => (one.outcome.number > two.outcome.number ? one : two));
	const fees = found.reduce((sum, { outcome: { fee } }) => sum + fee, 0n);
	const after = await money(api, last.outcome.hash, other.address);
	assert.deepEqual(after, { ...before, free: before.free - fees });

	// Who has nothing is turned away before any block. The API would print that as well.
	const print = console.error;
	console.error = () => undefined;
	await assert.rejects(
		final('the answer of the pool', send(api, postJob(api, order()), nobody)),
		/1010: Invalid Transaction: Inability to pay some fees/,
	);
	console.error = print;
});

step('the job is paid at the price it was taken for, and royalties are paid out', async () => {
	const { miner, owner, requester } = people;
	const file = join(processes.folder, 'receipt.json');
	const work = ['--blobs', blobs, '--keys', at.keys, '--issuer', at.issuer];
	const named = ['--node', at.url, '--hot-key', '//CharlieHot', '--job', `${second.job}`];
	await processes.report(at.cli, 'receipt', 'prove', ...named, ...work, '--out', file);
	const key = ['--node', at.url, '--key', '//CharlieHot'];
	const submitted = await processes.report(at.cli, 'receipt', 'submit', ...key, '--file', file);
	// All images at the highest price for one that the locked price pays for.
	const expected = (second.price / BigInt(IMAGES)) * BigInt(IMAGES);
	assert.equal(BigInt(submitted.paid), expected);
	const hash = (await api.rpc.chain.getBlockHash(submitted.block)).toHex();
	const events = await jobEvents(api, hash, second.job);
	assert.deepEqual(events.map(({ method }) => method), ['ReceiptAccepted', 'JobFulfilled']);
	const [, { data }] = events;
	assert.equal(data.miner.toString(), miner.address);
	assert.equal(data.royalties.toBigInt(), royalty(expected));

	const due = royalty(PRICE) + royalty(expected);
	const call = api.tx.modelMarketplace.payRoyalties(model);
	const outcome = await final('the payment of royalties', send(api, call, requester));
	posted.fees = outcome.fee;
	const { data: share } = eventOf(outcome, 'modelMarketplace', 'RoyaltyPaid');
	assert.deepEqual([share.payee.toString(), share.amount.toBigInt()], [owner.address, due]);
	const before = await money(api, await parentOf(outcome.hash), owner.address);
	const after = await money(api, outcome.hash, owner.address);
	assert.equal(after.free, before.free + due);
});

step('an ended job is removed: the deposit returns, and nothing else is missing', async () => {
	const { requester } = people;
	const call = api.tx.modelMarketplace.removeJob(posted.job);
	const outcome = await final('the removal of the job', send(api, call, requester));
	const events = await jobEvents(api, outcome.hash, posted.job);
	assert.deepEqual(events.map(({ method }) => method), ['JobRemoved']);
	const after = await money(api, outcome.hash, requester.address);
	const cost = PRICE + limits.minimumFee.toBigInt();
	const fees = posted.fee + posted.fees + outcome.fee;
	assert.deepEqual(after, { free: posted.before.free - cost - fees, held: 0n, reasons: {} });
});

step('the processes end in an orderly way', async () => {
	await within(10_000, 'the end of the connection', api.disconnect());
	await processes.stopAll();
});

test('docs/wallet.md shows the code that is run here', () => {
	const plain = (text) => text.replace(/^\s+/gm, '');
	const read = (path) => plain(readFileSync(new URL(path, import.meta.url), 'utf8'));
	const code = read('wallet.mjs') + read('wallet.test.mjs');
	const shown = [...read('../../docs/wallet.md').matchAll(/^```js\n(.*?)^```/gms)];
	assert.ok(shown.length >= 8, `${shown.length} pieces of code`);
	for (const piece of shown.flatMap(([, block]) => block.split(/^(?=export )/m))) {
		assert.ok(code.includes(piece), `nowhere in scripts/wallet:\n${piece}`);
	}
});
