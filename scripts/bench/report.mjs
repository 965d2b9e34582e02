// Puts the samples that criterion kept, and a description of the machine, into one object.
//
//   node report.mjs FOLDER NAME...
//
// FOLDER/criterion is criterion's; FOLDER/NAME.others.json holds what a benchmark was compared with
// besides its own cases, if anything. A benchmark without criterion wrote FOLDER/NAME.cases.json, of
// which each case is something else and compared with nothing.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

const [folder, ...names] = process.argv.slice(2);
const read = (...path) => JSON.parse(readFileSync(join(folder, ...path), 'utf8'));
const round = (ms) => Number(ms.toPrecision(5));

// Milliseconds of one iteration, from samples of one or more in nanoseconds.
function figures({ iters, times }) {
	const each = times.map((ns, sample) => ns / iters[sample] / 1e6).sort((a, b) => a - b);
	const middle = (each.length - 1) / 2;
	return {
		median: round((each[Math.floor(middle)] + each[Math.ceil(middle)]) / 2),
		min: round(each[0]),
		max: round(each[each.length - 1]),
		n: each.length,
	};
}

// Every case beside all others of its run.
function report(name) {
	const own = `${name}.cases.json`;
	if (existsSync(join(folder, own))) {
		return read(own).map((one) => ({ ...one, compared_with: [] }));
	}
	const cases = readdirSync(join(folder, 'criterion', name), { withFileTypes: true })
		.filter((entry) => entry.isDirectory() && entry.name !== 'report')
		.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
		.map((entry) => {
			const about = read('criterion', name, entry.name, 'new', 'benchmark.json');
			return {
				what: about.function_id,
				...figures(read('criterion', name, entry.name, 'new', 'sample.json')),
				// Left out of the JSON where a case has none.
				count: about.throughput?.Elements,
			};
		});
	const others = `${name}.others.json`;
	const outside = existsSync(join(folder, others)) ? read(others) : [];
	return cases.map(({ what, ...own }) => ({
		case: what,
		unit: 'ms',
		...own,
		compared_with: [...cases.filter((other) => other.what !== what), ...outside],
	}));
}

const machine = {
	processor: cpus()[0]?.model ?? 'unknown',
	cores: cpus().length,
	memory_gib: Math.round(totalmem() / 2 ** 30),
	system: `${type()} ${release()}`,
	date: new Date().toISOString().slice(0, 10),
};
const reports = names.map((name) => [name, report(name)]);
console.log(JSON.stringify({ machine, ...Object.fromEntries(reports) }, null, 2));
