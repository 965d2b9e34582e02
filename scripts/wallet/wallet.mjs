// What a wallet or a dApp does with the chain, in a browser or in Node.js. The API derives all types
// from the chain's metadata; none is written down here but that of the input's file, which the chain
// never sees. docs/wallet.md shows this code and wallet.test.mjs runs it.
import { ApiPromise, WsProvider } from '@polkadot/api';

/** A connection to a node. Fails if there is none at this address. */
export function connect(url) {
	return ApiPromise.create({ provider: new WsProvider(url), throwOnConnect: true });
}

/**
 * The file of a network as miners run it, and what the chain keeps of it. `known` is the report of
 * `quittance model import` or `commit`, with `--output json`.
 */
export function modelFile(api, bytes, known) {
	return {
		bytes,
		digest: api.registry.hash(bytes).toHex(),
		size: bytes.length,
		architecture: known.architecture_hash,
		weights: { sha256: known.sha256, poseidon: known.poseidon },
		constraints: known.constraints ?? 0, // of the circuit of its inference, where there is one
	};
}

/** The call that registers a model. `prices` are for a unit, by mode; `royalties` in parts of a million. */
export function registerModel(api, file, about) {
	const description = {
		name: about.name,
		kind: about.kind, // 'Dense', 'Convolutional', 'Transformer', 'Adapter' or 'Other'
		architecture: file.architecture,
		weights: file.weights, // without a Poseidon commitment there are no modes with a proof
		blob: { digest: file.digest, size: file.size },
		uri: about.uri,
		licence: api.registry.hash(new TextEncoder().encode(about.licence)),
		inputShape: about.inputShape,
		outputShape: about.outputShape,
		quantisation: null,
		fheParameters: null, // for modes on encrypted input
		constraints: file.constraints,
		royalties: about.royalties,
		origin: 'New', // or { VersionOf: model }
	};
	const { plain = null, proven = null, fhe = null, hybrid = null } = about.prices;
	const terms = { plain, proven, fhe, hybrid, latency: about.latency };
	return api.tx.modelMarketplace.registerModel(description, terms);
}

/** The registered models. */
export async function listModels(api) {
	const entries = await api.query.modelMarketplace.models.entries();
	// Bytes on the chain. What is not valid UTF-8 has no human form but its hexadecimal one.
	const text = (bytes) => (bytes.isUtf8 ? bytes.toUtf8() : bytes.toHex());
	const offered = ([mode, price]) => (price.isSome ? [[mode, price.unwrap().toBigInt()]] : []);
	return entries.map(([key, found]) => {
		const { owner, description, terms, state } = found.unwrap();
		const { plain, proven, fhe, hybrid } = terms;
		return {
			id: key.args[0].toHex(),
			name: text(description.name),
			kind: description.kind.type,
			uri: text(description.uri),
			owner: owner.toString(),
			weights: description.weights.sha256.toHex(),
			prices: Object.fromEntries(Object.entries({ plain, proven, fhe, hybrid }).flatMap(offered)),
			latency: terms.latency.toNumber(),
			state: state.type,
		};
	});
}

/**
 * The call that registers a miner, to be signed by its cold account. The hot key, with which its programs
 * sign, shows that it is this miner's.
 */
export function registerMiner(api, miner, hotKey, profile) {
	const { bond, circuits, levels, largestModel, endpoint } = profile;
	const message = api.registry.hash(
		new Uint8Array([
			...new TextEncoder().encode('quittance.hot-key.v1'),
			...api.genesisHash,
			...miner.publicKey,
			...hotKey.publicKey,
		]),
	);
	const capabilities = {
		circuits,
		levels,
		maxConstraints: 0,
		largestModel,
		fheParameters: [],
		region: '',
	};
	const possession = hotKey.sign(message);
	return api.tx.miners.register(hotKey.address, possession, bond, capabilities, endpoint);
}

/**
 * The bytes of an input, to be put where the worker reads, and what the chain keeps of them. `weights` are
 * those of the listed model, `exponent` is the `input_exponent` of its import, `samples` are lists of numbers.
 */
export function inputBlob(api, weights, unitPrice, samples, exponent) {
	// Without a salt the input could be guessed from its digest.
	const salt = crypto.getRandomValues(new Uint8Array(32));
	// Halves away from zero, as the import rounds; Math.round takes them up.
	const nearest = (real) => Math.sign(real) * Math.round(Math.abs(real));
	const value = (real) => Math.max(-128, Math.min(127, nearest(real * 2 ** exponent)));
	const items = samples.map((sample) => new Uint8Array(Int8Array.from(sample, value).buffer));
	const type = `([u8; 32], [u8; 32], u64, Vec<[u8; ${items[0].length}]>)`;
	const body = api.createType(type, [salt, weights, unitPrice, items]);
	const heading = new TextEncoder().encode('quittance.input');
	const bytes = new Uint8Array([...heading, 1, ...body.toU8a()]);
	return { bytes, digest: api.registry.hash(bytes).toHex(), size: bytes.length };
}

/** The call that posts a job. Amounts are in the smallest unit, times in blocks from the post. */
export function postJob(api, order) {
	return api.tx.modelMarketplace.postJob({
		model: order.model,
		mode: 'Plain',
		level: order.level, // 'Transparent' or 'Basic'
		circuit: order.circuit ?? null, // of the proof, for a basic receipt
		input: { digest: order.input.digest, size: order.input.size },
		inputCommitment: null, // for modes with a proof
		issuers: order.issuers,
		issuerFee: order.issuerFee,
		// It rises from min to max for so many blocks; the same for a price that does not.
		payment: { Held: { price: order.price } },
		lockTimeout: order.lockTimeout,
		timeout: order.timeout,
		minerBond: order.minerBond,
		redundancy: 1,
		allowList: [], // of miners; all, if it is empty
		proofRequired: false,
	});
}

/** A transaction that is in a block and failed there: its fee is paid, nothing else has changed. */
export class Refused extends Error {
	constructor(reason, outcome) {
		super([`${reason.section}.${reason.name}`, reason.docs].filter(Boolean).join(': '));
		this.reason = reason;
		this.outcome = outcome;
	}
}

/** Where an error comes from, its name, and what its documentation says. */
export function explain(api, error) {
	if (error.isModule) {
		const { section, name, docs } = api.registry.findMetaError(error.asModule);
		return { section, name, docs: docs.join(' ').trim() };
	}
	// An error of no pallet, such as BadOrigin or Token.FundsUnavailable, says all it has to say by
	// its name.
	const kind = error.inner.type;
	return { section: 'runtime', name: kind ? `${error.type}.${kind}` : error.type, docs: '' };
}

/**
 * Signs and sends a call; the answer is what became of it, once its block is final. For a nonce of -1
 * the API asks the runtime, which does not know what still waits for a block: who sends several calls
 * at once counts on by itself.
 */
export function send(api, call, account, nonce = -1) {
	return new Promise((resolve, reject) => {
		const settle = ({ blockNumber, dispatchError, events, isError, status, txHash }) => {
			if (isError) {
				reject(new Error(`transaction ${txHash.toHex()}: ${status.type}`));
			}
			if (!status.isFinalized) {
				return;
			}
			const outcome = {
				number: blockNumber.toNumber(),
				hash: status.asFinalized.toHex(),
				events: events.map(({ event }) => event),
			};
			const { TransactionFeePaid } = api.events.transactionPayment;
			const paid = outcome.events.find((event) => TransactionFeePaid.is(event));
			outcome.fee = paid?.data.actualFee.toBigInt() ?? 0n;
			if (dispatchError === undefined) {
				resolve(outcome);
			} else {
				reject(new Refused(explain(api, dispatchError), outcome));
			}
		};
		call.signAndSend(account, { nonce }, settle).catch(reject);
	});
}

/** The final blocks from a height on, each once and none left out, for as long as one asks. */
export async function* finalBlocks(api, first) {
	let height = -1;
	let wake = () => undefined;
	const unsubscribe = await api.rpc.chain.subscribeFinalizedHeads((header) => {
		height = header.number.toNumber();
		wake();
	});
	try {
		for (let number = first; ; number += 1) {
			while (height < number) {
				await new Promise((resolve) => {
					wake = resolve;
				});
			}
			yield { number, hash: (await api.rpc.chain.getBlockHash(number)).toHex() };
		}
	} finally {
		unsubscribe();
	}
}

/** What happened to a job in a block: events of the marketplace, of the receipts and of panels. */
export async function jobEvents(api, hash, job) {
	const at = await api.at(hash);
	const records = await at.query.system.events();
	return records
		.map(({ event }) => event)
		.filter(({ section }) => ['modelMarketplace', 'zkReceipts', 'panel'].includes(section))
		.filter(({ data }) => data.job?.eq(job));
}

/** Follows a job from a block to its end. `tell` hears of every event on the way. */
export async function followJob(api, job, from, tell) {
	for await (const block of finalBlocks(api, from)) {
		for (const event of await jobEvents(api, block.hash, job)) {
			tell(event, block);
			if (['JobFulfilled', 'JobRefunded'].includes(event.method)) {
				return block;
			}
		}
	}
}

/** What an account has at a block: free, and held for which reason. */
export async function money(api, hash, address) {
	const at = await api.at(hash);
	const [{ data }, holds] = await Promise.all([
		at.query.system.account(address),
		at.query.balances.holds(address),
	]);
	const reasons = holds.map(({ id, amount }) => [`${id.type}.${id.inner.type}`, amount.toBigInt()]);
	return {
		free: data.free.toBigInt(),
		held: data.reserved.toBigInt(),
		reasons: Object.fromEntries(reasons),
	};
}

/**
 * Asks a view function of a pallet. This API finds view functions in the metadata, but makes no
 * calls of them; arguments and answer are encoded by the types that the metadata declares.
 */
export async function view(api, pallet, name, ...values) {
	const { asLatest } = api.runtimeMetadata;
	const { viewFunctions } = asLatest.pallets.find((found) => found.name.eq(pallet));
	const { id, inputs, output } = viewFunctions.find((found) => found.name.eq(name));
	const type = (declared) => api.registry.createLookupType(declared);
	const encoded = inputs.map((input, place) => api.createType(type(input.type), values[place]));
	const bytes = new Uint8Array(encoded.flatMap((value) => [...value.toU8a()]));
	// In hexadecimal: the API takes an array for one that begins with its own length.
	const given = api.createType('Raw', bytes).toHex();
	const answer = await api.call.runtimeViewFunction.executeViewFunction(id, given);
	return api.createType(type(output), answer.asOk.toU8a(true));
}
