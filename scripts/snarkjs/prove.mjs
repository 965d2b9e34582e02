// Sets up and proves a circuit with snarkjs, from the files of the example `export-circuit`.
//
//   node prove.mjs CIRCUIT FOLDER CACHE [RUNS]
//
// FOLDER holds circuit.r1cs, circuit.wtns and ours/. It gets theirs/, with the key, a proof and the
// public signals of snarkjs, for our verifier. CACHE keeps the powers of tau and the keys. Checks that
// snarkjs accepts its proof and ours, and neither with any one public signal changed. Prints, as JSON,
// what a run took.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import * as snarkjs from 'snarkjs';

const [circuit, folder, cache, runs = '10'] = process.argv.slice(2);
if (cache === undefined || !(Number.parseInt(runs, 10) > 0)) {
	console.error('usage: node prove.mjs CIRCUIT FOLDER CACHE [RUNS]');
	process.exit(2);
}
const { version } = JSON.parse(
	readFileSync(new URL('node_modules/snarkjs/package.json', import.meta.url), 'utf8'),
);
const read = (...path) => JSON.parse(readFileSync(join(folder, ...path), 'utf8'));
const entropy = () => randomBytes(32).toString('hex');

function assert(condition, what) {
	if (!condition) {
		throw new Error(what);
	}
}

async function accepts(who, key, publics, proof) {
	assert(await snarkjs.groth16.verify(key, publics, proof), `snarkjs refuses ${who}`);
	for (const place of publics.keys()) {
		const other = [...publics];
		other[place] = String(BigInt(other[place]) + 1n);
		const forged = await snarkjs.groth16.verify(key, other, proof);
		assert(!forged, `snarkjs accepts ${who} with another public signal ${place}`);
	}
}

// Powers of tau for 2^power constraints. One contribution: enough to measure with.
async function powersOfTau(power) {
	const file = join(cache, `powers-${power}.ptau`);
	if (existsSync(file)) {
		return file;
	}
	const part = (name) => join(cache, `.${process.pid}-${name}.ptau`);
	const curve = await snarkjs.curves.getCurveFromName('bn128');
	await snarkjs.powersOfTau.newAccumulator(curve, power, part('new'));
	await snarkjs.powersOfTau.contribute(part('new'), part('contributed'), 'one', entropy());
	await snarkjs.powersOfTau.preparePhase2(part('contributed'), part('prepared'));
	renameSync(part('prepared'), file);
	rmSync(part('new'));
	rmSync(part('contributed'));
	return file;
}

mkdirSync(cache, { recursive: true });
const r1cs = join(folder, 'circuit.r1cs');
const { nConstraints, nPubInputs, nOutputs } = await snarkjs.r1cs.info(r1cs);
const power = Math.ceil(Math.log2(nConstraints + nPubInputs + nOutputs + 1));
const tau = await powersOfTau(power);

// A phase 2 without a contribution leaves delta equal to gamma: anybody could prove anything.
const digest = createHash('sha256').update(readFileSync(r1cs)).digest('hex').slice(0, 16);
const key = join(cache, `${circuit}-${digest}.zkey`);
if (!existsSync(key)) {
	const part = (name) => join(cache, `.${process.pid}-${name}.zkey`);
	await snarkjs.zKey.newZKey(r1cs, tau, part('initial'));
	await snarkjs.zKey.contribute(part('initial'), part('contributed'), 'one', entropy());
	renameSync(part('contributed'), key);
	rmSync(part('initial'));
}
const verificationKey = await snarkjs.zKey.exportVerificationKey(key);

// In memory, as a service would keep them: the time of reading files is not the prover's.
const memory = (file) => ({ type: 'mem', data: new Uint8Array(readFileSync(file)) });
const [zkey, witness] = [memory(key), memory(join(folder, 'circuit.wtns'))];
const times = [];
let result = await snarkjs.groth16.prove(zkey, witness);
for (let run = 0; run < Number.parseInt(runs, 10); run += 1) {
	const start = process.hrtime.bigint();
	result = await snarkjs.groth16.prove(zkey, witness);
	times.push(Number(process.hrtime.bigint() - start) / 1e6);
}
times.sort((left, right) => left - right);

await accepts('its own proof', verificationKey, result.publicSignals, result.proof);
await accepts(
	'our proof',
	read('ours', 'verification_key.json'),
	read('ours', 'public.json'),
	read('ours', 'proof.json'),
);
assert(
	JSON.stringify(result.publicSignals) === JSON.stringify(read('ours', 'public.json')),
	'the public signals differ',
);

mkdirSync(join(folder, 'theirs'), { recursive: true });
const write = (file, value) =>
	writeFileSync(join(folder, 'theirs', file), JSON.stringify(value, null, 1));
write('verification_key.json', verificationKey);
write('proof.json', result.proof);
write('public.json', result.publicSignals);

const round = (ms) => Math.round(ms * 1e3) / 1e3;
const middle = times.length / 2;
console.log(
	JSON.stringify({
		what: `snarkjs ${version}, ${circuit}: same circuit, proof without witness`,
		median: round((times[Math.floor(middle)] + times[Math.ceil(middle) - 1]) / 2),
		min: round(times[0]),
		max: round(times[times.length - 1]),
		n: times.length,
	}),
);
// Its worker threads would keep the process alive.
process.exit(0);
