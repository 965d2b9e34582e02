// A development chain, an issuer and a worker as processes of their own, in a temporary folder and on
// loopback, none of which outlives this process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a process may take until it answers, in milliseconds. */
const START_LIMIT = 90_000;
/** How long a process may take to end when asked to. */
const STOP_LIMIT = 30_000;
/** How long a command may take. */
const COMMAND_LIMIT = 90_000;
/** Last lines of a log that are shown when something is wrong. */
const LOG_LINES = 20;

/** The program that a variable of the environment names. */
export function program(variable, what) {
	const path = process.env[variable];
	if (!path) {
		throw new Error(`set ${variable} to ${what}`);
	}
	return path;
}

/** A promise, or an error that says what is missing when the limit has passed. */
export async function within(milliseconds, missing, promise) {
	const over = new AbortController();
	const limit = sleep(milliseconds, undefined, { signal: over.signal }).then(() => {
		const detail = typeof missing === 'function' ? missing() : missing;
		throw new Error(`not within ${milliseconds / 1000} s: ${detail}`);
	});
	// What is still open when the other has settled is of no interest.
	limit.catch(() => undefined);
	try {
		return await Promise.race([promise, limit]);
	} finally {
		over.abort();
	}
}

/** Processes and the folder they write to. */
export class Processes {
	#running = new Map();
	#commands = new Set();
	#asked = new Set();
	#fail;
	/** Rejects when a process ends that was not asked to. */
	ended = new Promise((_, reject) => {
		this.#fail = reject;
	});
	folder = mkdtempSync(join(tmpdir(), 'quittance-wallet-'));

	constructor() {
		// It is looked at together with what is being waited for, if anything is.
		this.ended.catch(() => undefined);
		// On an error nobody caught, too.
		process.on('exit', () => this.kill());
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
			process.on(signal, () => process.exit(128 + constants.signals[signal]));
		}
		// If who started us is gone, nobody waits for us.
		const parent = process.ppid;
		setInterval(() => process.ppid === parent || process.exit(1), 1_000).unref();
	}

	/** A folder within. */
	make(name) {
		const folder = join(this.folder, name);
		mkdirSync(folder, { mode: 0o700 });
		return folder;
	}

	/** Starts a process that writes to a log in the folder. */
	start(name, command, ...options) {
		const log = openSync(this.#log(name), 'a');
		// In a process group of its own, so that a Ctrl-C reaches us alone.
		const stdio = ['ignore', log, log];
		const child = spawn(command, options, { detached: true, stdio });
		closeSync(log);
		this.#running.set(name, child);
		child.on('error', (error) => this.#gone(name, child, error.message));
		child.on('exit', (code, signal) => this.#gone(name, child, `ended with ${code ?? signal}`));
		return child.pid;
	}

	/** Waits until a process answers at a port. */
	async answering(name, port) {
		const asked = async () => {
			while (!(await answers(port))) {
				await sleep(200);
			}
		};
		await this.within(START_LIMIT, () => `an answer of the ${name}; ${this.words(name)}`, asked());
	}

	/** As the function of this name, and at once an error when a process ends. */
	within(milliseconds, missing, promise) {
		return within(milliseconds, missing, Promise.race([promise, this.ended]));
	}

	/** The JSON that a command of the command line reports. */
	async report(command, ...options) {
		const child = spawn(command, ['--output=json', ...options], {
			detached: true,
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		this.#commands.add(child);
		const said = { stdout: '', stderr: '' };
		for (const stream of ['stdout', 'stderr']) {
			child[stream].setEncoding('utf8').on('data', (text) => {
				said[stream] += text;
			});
		}
		try {
			const line = options.join(' ');
			const [code] = await this.within(COMMAND_LIMIT, `the end of ${line}`, once(child, 'close'));
			if (code !== 0) {
				throw new Error(`${line} ended with ${code ?? child.signalCode}:\n${said.stderr}`);
			}
			return JSON.parse(said.stdout);
		} finally {
			signal(child, 'SIGKILL');
			this.#commands.delete(child);
		}
	}

	/** The last lines that a process wrote. */
	words(name) {
		const lines = readFileSync(this.#log(name), 'utf8').trimEnd().split('\n');
		return `last words of the ${name}:\n${lines.slice(-LOG_LINES).join('\n') || '(none)'}`;
	}

	/** Asks a process to end, and waits. Anything but an orderly end is an error. */
	async stop(name) {
		const child = this.#running.get(name);
		if (child === undefined) {
			return;
		}
		this.#asked.add(child);
		const exit = once(child, 'exit');
		signal(child, 'SIGTERM');
		try {
			const [code] = await within(STOP_LIMIT, `the end of the ${name}`, exit);
			if (code !== 0) {
				throw new Error(`the ${name} ended with ${code ?? child.signalCode}; ${this.words(name)}`);
			}
		} finally {
			signal(child, 'SIGKILL');
		}
	}

	/** Ends everything in an orderly way, the last started first, and removes the folder. */
	async stopAll() {
		try {
			for (const name of [...this.#running.keys()].reverse()) {
				await this.stop(name);
			}
		} finally {
			this.kill();
		}
	}

	/** Ends everything at once and removes the folder. */
	kill() {
		for (const child of [...this.#running.values(), ...this.#commands]) {
			signal(child, 'SIGKILL');
		}
		this.#running.clear();
		// Who is being killed may write a last file.
		rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
	}

	#log(name) {
		return join(this.folder, `${name}.log`);
	}

	#gone(name, child, how) {
		const known = this.#running.delete(name);
		if (known && !this.#asked.has(child)) {
			this.#fail(new Error(`the ${name} ${how}; ${this.words(name)}`));
		}
	}
}

/** Whether a child was started and has not ended. Only then is its id still its own. */
function runs(child) {
	return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Sends a signal to a process and its children. */
function signal(child, name) {
	if (runs(child)) {
		process.kill(-child.pid, name);
	}
}

/** Whether somebody listens at a port of this machine. */
async function answers(port) {
	const socket = connect({ port, host: '127.0.0.1' });
	try {
		await once(socket, 'connect');
		return true;
	} catch {
		return false;
	} finally {
		socket.destroy();
	}
}

/** Ports of loopback on which nobody listens, all different. */
export async function freePorts(count) {
	const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
	await Promise.all(servers.map((server) => once(server, 'listening')));
	const ports = servers.map((server) => server.address().port);
	await Promise.all(servers.map((server) => once(server.close(), 'close')));
	return ports;
}
