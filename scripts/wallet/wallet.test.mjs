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
	money,
	postJob,
	Refused,
	send,
	view,
} from './wallet.mjs';

/** After this long everything ends, whatever it waits for, in milliseconds. */
const LIMIT = 300_000;
/** Blocks until a transaction has to be final. */
const FINAL_BLOCKS = 20;
/** Blocks until a job has to be done, proven and paid in a final block. */
const PAID_BLOCKS = 25;

const OWN_PALLETS = ['zkReceipts', 'modelMarketplace', 'miners'];
const DIGITS = fileURLToPath(new URL('../../offchain-workers/zkml/digits/', import.meta.url));
const NAME = 'digits 64-32-10, 8×8 grey';
const URI = 'https://models.example/digits.json';

/** Of the job: eight images, one of which is held for but not needed. */
const IMAGES = 8;
const UNIT_PRICE = 50_000_000_000n;
const PRICE = UNIT_PRICE * BigInt(IMAGES);
const MAX_PRICE = PRICE + UNIT_PRICE;
const ISSUER_FEE = 20_000_000_000n;
const TIMEOUT = 600;

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

/** What an output blob begins with, and the rest: salt, digest of the input, labels, logits. */
const OUTPUT_HEADING = Buffer.concat([Buffer.from('quittance.output'), Buffer.from([1])]);
const OUTPUT = '([u8; 32], [u8; 32], Bytes, Vec<[i32; 10]>)';

const set = JSON.parse(readFileSync(join(DIGITS, 'held-out.json'), 'utf8'));

let people, circuit, model, input, blobs, posted, paid;

step('a node, an issuer and a worker start; circuit and model are registered', async () => {
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
	const [bob, charlie, dave, eve, nobody] = ['Bob', 'Charlie', 'Dave', 'Eve', 'Nobody'].map(
		(name) => keyring.addFromUri(`//${name}`),
	);
	people = { requester: bob, miner: charlie, issuer: dave, other: eve, nobody };

	const store = join(processes.make('issuer'), 'signed.redb');
	const folder = ['--blobs', blobs];
	const as = (name) => ['--node', url, '--key', name];
	const listen = ['--store', store, '--listen', `127.0.0.1:${asked}`];
	processes.start('issuer', cli, 'issuer', 'run', ...as('//Dave'), ...folder, ...listen);
	const file = ['--file', join(DIGITS, 'model.json'), '--licence', join(DIGITS, 'README.md')];
	const named = ['--name', NAME, '--uri', URI];
	// Two accounts, as two processes that sign for one would use the same nonce.
	const [registered] = await Promise.all([
		processes.report(cli, 'model', 'register', ...as('//Ferdie'), ...file, ...named, ...folder),
		processes.report(cli, 'circuit', 'register', ...as('//Eve'), '--dir', keys),
	]);
	({ model } = registered);

	await processes.answering('issuer', asked);
	const issuer = ['--issuer', `${dave.address}=http://127.0.0.1:${asked}`];
	const skill = ['--keys', keys, '--circuit', circuit];
	const work = [...folder, ...issuer, ...skill];
	processes.start('worker', cli, 'worker', 'run', ...as('//Charlie'), ...work);
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

step('models are listed', async () => {
	const owner = new Keyring({ type: 'sr25519', ss58Format: 7171 }).addFromUri('//Ferdie').address;
	const models = await listModels(api);
	assert.equal(models.length, 1);
	const [{ weights, ...listed }] = models;
	assert.deepEqual(listed, { id: model, name: NAME, uri: URI, owner, state: 'Listed' });
	assert.match(weights, /^0x[0-9a-f]{64}$/);

	const images = set.images.slice(0, IMAGES);
	input = inputBlob(api, weights, UNIT_PRICE, images);
	// Where worker and issuer look for it.
	const name = input.digest.slice(2);
	mkdirSync(join(blobs, name.slice(0, 2)), { recursive: true, mode: 0o700 });
	writeFileSync(join(blobs, name.slice(0, 2), name), input.bytes, { mode: 0o600 });
});

/** An order for the images. */
function order(changes = {}) {
	return {
		model,
		input,
		level: 'Basic',
		circuit,
		issuers: [people.issuer.address],
		issuerFee: ISSUER_FEE,
		maxPrice: MAX_PRICE,
		timeout: TIMEOUT,
		...changes,
	};
}

step('a job is posted: its price is held, and the fee is the one foretold', async () => {
	const { requester } = people;
	const call = postJob(api, order());
	const { partialFee } = await call.paymentInfo(requester);
	posted = await final('the post of the job', send(api, call, requester));

	const event = posted.events.find((found) => api.events.modelMarketplace.JobPosted.is(found));
	posted.job = event.data.job.toNumber();
	assert.equal(event.data.requester.toString(), requester.address);
	assert.equal(event.data.model.toHex(), model);
	assert.equal(event.data.input.digest.toHex(), input.digest);
	assert.equal(event.data.input.size_.toNumber(), input.size);
	assert.equal(event.data.level.type, 'Basic');
	assert.equal(event.data.maxPrice.toBigInt(), MAX_PRICE);
	assert.equal(event.data.issuerFee.toBigInt(), ISSUER_FEE);

	const foretold = partialFee.toBigInt();
	assert.ok(posted.fee > 0n);
	// It may fall with the load from one block to the next, and change with the bytes of the nonce.
	const difference = posted.fee > foretold ? posted.fee - foretold : foretold - posted.fee;
	assert.ok(difference * 100n <= foretold, `foretold ${foretold}, charged ${posted.fee}`);

	const deposit = api.consts.modelMarketplace.jobDeposit.toBigInt();
	const before = await money(api, await parentOf(posted.hash), requester.address);
	const after = await money(api, posted.hash, requester.address);
	const escrow = MAX_PRICE + ISSUER_FEE;
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
	const seen = [];
	const tell = (event, block) => seen.push({ event, block, name: event.method });
	const missing = () => {
		const names = seen.map(({ name }) => name);
		const lacking = ['JobPosted', 'ReceiptAccepted', 'JobFulfilled'].filter(
			(name) => !names.includes(name),
		);
		return (
			`${lacking.join(' and ')} of job ${posted.job}, in a final block; ` +
			`seen: ${names.join(', ') || 'nothing'}; ${processes.words('worker')}`
		);
	};
	await blocks(PAID_BLOCKS, missing, followJob(api, posted.job, posted.number, tell));

	assert.deepEqual(seen.map(({ name }) => name), ['JobPosted', 'ReceiptAccepted', 'JobFulfilled']);
	const [, accepted, fulfilled] = seen;
	paid = { ...fulfilled.block, nullifier: accepted.event.data.nullifier.toHex() };
	assert.equal(seen[0].block.hash, posted.hash);
	assert.equal(accepted.block.hash, paid.hash);
	for (const { data } of [accepted.event, fulfilled.event]) {
		assert.equal(data.miner.toString(), miner.address);
		assert.equal(data.issuer.toString(), issuer.address);
		assert.equal(data.amount.toBigInt(), PRICE);
	}
	assert.equal(accepted.event.data.level.type, 'Basic');
	const { issuerFee, returned } = fulfilled.event.data;
	assert.equal(issuerFee.toBigInt(), ISSUER_FEE);
	assert.equal(returned.toBigInt(), MAX_PRICE - PRICE);

	const gains = { requester: MAX_PRICE - PRICE, miner: PRICE, issuer: ISSUER_FEE };
	for (const [role, gain] of Object.entries(gains)) {
		const { address } = people[role];
		const before = await money(api, await parentOf(paid.hash), address);
		const after = await money(api, paid.hash, address);
		const fees = await feesIn(paid.hash, address);
		assert.equal(after.free, before.free - fees + gain, role);
		assert.equal(fees > 0n, role === 'miner', role);
	}
	const deposit = api.consts.modelMarketplace.jobDeposit.toBigInt();
	const { held, reasons } = await money(api, paid.hash, requester.address);
	assert.equal(held, deposit);
	assert.deepEqual(reasons, { 'ModelMarketplace.JobDeposit': deposit });

	const job = (await (await api.at(paid.hash)).query.modelMarketplace.jobs(posted.job)).unwrap();
	assert.equal(job.state.type, 'Fulfilled');
	assert.equal(job.state.asFulfilled.nullifier.toHex(), paid.nullifier);
	assert.equal(job.held.toBigInt(), 0n);
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
	assert.deepEqual([...outputs[0][2].toU8a(true)], set.labels.slice(0, IMAGES));
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
		return at.call.receiptsApi.dryRunReceipt(people.miner.address, job, receipt);
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

step('a view function is asked by what the metadata says of it', async () => {
	const record = (await api.query.modelMarketplace.jobs(posted.job)).unwrap();
	const deadline = await view(api, 'ModelMarketplace', 'deadline', posted.job);
	assert.equal(deadline.unwrap().toBigInt(), record.deadline.toBigInt());
	assert.equal(record.deadline.toNumber(), record.postedAt.toNumber() + TIMEOUT);
	assert.ok((await view(api, 'ModelMarketplace', 'deadline', posted.job + 1)).isNone);
});

step('what is refused is refused by name, with words, and costs its fee only', async () => {
	const { other, nobody } = people;
	const { free } = (await api.query.system.account(other.address)).data;
	const { maxTimeout } = api.consts.modelMarketplace;
	const refusals = [
		{
			what: 'a price of zero',
			call: postJob(api, order({ maxPrice: 0 })),
			reason: ['modelMarketplace', 'PriceZero', 'The price is zero.'],
		},
		{
			what: 'a deadline too far away',
			call: postJob(api, order({ timeout: maxTimeout.toNumber() + 1 })),
			reason: ['modelMarketplace', 'TimeoutTooLong', 'The deadline is too far away.'],
		},
		{
			what: 'more than one has',
			call: postJob(api, order({ maxPrice: free.toBigInt() })),
			reason: [
				'modelMarketplace',
				'InsufficientBalance',
				"The requester's free balance does not cover price, fee and deposit.",
			],
		},
		{
			what: "the end of another's job",
			call: api.tx.modelMarketplace.removeJob(posted.job),
			reason: ['modelMarketplace', 'NotRequester', 'Only the requester may do this.'],
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

step('an ended job is removed: the deposit returns, and nothing else is missing', async () => {
	const { requester } = people;
	const call = api.tx.modelMarketplace.removeJob(posted.job);
	const outcome = await final('the removal of the job', send(api, call, requester));
	const events = await jobEvents(api, outcome.hash, posted.job);
	assert.deepEqual(events.map(({ method }) => method), ['JobRemoved']);
	const after = await money(api, outcome.hash, requester.address);
	const cost = PRICE + ISSUER_FEE + posted.fee + outcome.fee;
	assert.deepEqual(after, { free: posted.before.free - cost, held: 0n, reasons: {} });
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
