// What a wallet or a dApp does with the chain, in a browser or in Node.js. The API derives all types
// from the chain's metadata; none is written down here but that of the input's file, which the chain
// never sees. docs/wallet.md shows this code and wallet.test.mjs runs it.
import { ApiPromise, WsProvider } from '@polkadot/api';

/** A connection to a node. Fails if there is none at this address. */
export function connect(url) {
	return ApiPromise.create({ provider: new WsProvider(url), throwOnConnect: true });
}

/** The registered models. */
export async function listModels(api) {
	const entries = await api.query.modelMarketplace.models.entries();
	return entries.map(([key, found]) => {
		const model = found.unwrap();
		return {
			id: key.args[0].toHex(),
			// Bytes on the chain. What is not valid UTF-8 has no human form but its hexadecimal one.
			name: model.name.isUtf8 ? model.name.toUtf8() : model.name.toHex(),
			uri: model.uri.isUtf8 ? model.uri.toUtf8() : model.uri.toHex(),
			owner: model.owner.toString(),
			weights: model.weights.toHex(),
			state: model.state.type,
		};
	});
}

/**
 * The bytes of an input for the digit classifier, to be put where the worker reads, and what the chain
 * keeps of them. `weights` are those of the listed model, `images` have 64 pixels of 0 to 16.
 */
export function inputBlob(api, weights, unitPrice, images) {
	// Without a salt the input could be guessed from its digest.
	const salt = crypto.getRandomValues(new Uint8Array(32));
	const type = '([u8; 32], [u8; 32], u64, Vec<[u8; 64]>)';
	const body = api.createType(type, [salt, weights, unitPrice, images]);
	const heading = new TextEncoder().encode('quittance.input');
	const bytes = new Uint8Array([...heading, 1, ...body.toU8a()]);
	return { bytes, digest: api.registry.hash(bytes).toHex(), size: bytes.length };
}

/** The call that posts a job. Amounts are in the smallest unit, `timeout` is in blocks. */
export function postJob(api, order) {
	return api.tx.modelMarketplace.postJob(
		order.model,
		{ digest: order.input.digest, size: order.input.size },
		order.level, // 'Transparent' or 'Basic'
		order.circuit ?? null, // of the proof, for a basic receipt
		order.issuers,
		order.issuerFee,
		{ Held: { maxPrice: order.maxPrice } },
		order.timeout,
	);
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

/** What happened to a job in a block: events of the marketplace and of the receipts. */
export async function jobEvents(api, hash, job) {
	const at = await api.at(hash);
	const records = await at.query.system.events();
	return records
		.map(({ event }) => event)
		.filter(({ section }) => ['modelMarketplace', 'zkReceipts'].includes(section))
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
