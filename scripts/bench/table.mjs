// Prints a report for people.
import { readFileSync } from 'node:fs';

const { machine, ...benchmarks } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const row = (what, unit, { median, min, max, n }) =>
	console.log(
		`  ${what.padEnd(44)} ${median.toFixed(2).padStart(9)} ${unit}` +
			`   ${min.toFixed(2)} to ${max.toFixed(2)}, n = ${n}`,
	);
console.log(`${machine.processor}, ${machine.cores} cores, ${machine.memory_gib} GiB, ${machine.system}`);
for (const [name, cases] of Object.entries(benchmarks)) {
	console.log(name);
	for (const one of cases) {
		row(one.case, one.unit, one);
		for (const other of one.compared_with ?? []) {
			row(`  against ${other.what}`, one.unit, other);
		}
	}
}
