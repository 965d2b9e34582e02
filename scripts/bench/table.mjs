// Prints a report for people: every measured thing once.
import { readFileSync } from 'node:fs';

const { machine, ...benchmarks } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
console.log(
	`${machine.processor}, ${machine.cores} cores, ${machine.memory_gib} GiB, ${machine.system}`,
);
for (const [name, cases] of Object.entries(benchmarks)) {
	const measured = new Set(cases.map((one) => one.case));
	const others = (cases[0]?.compared_with ?? []).filter(({ what }) => !measured.has(what));
	console.log(`\n${name}: median (min to max)`);
	for (const { median, min, max, n, count, ...one } of [...cases, ...others]) {
		const what = (one.case ?? one.what).padEnd(32);
		// What a case is compared with has its unit.
		const unit = one.unit ?? cases[0].unit;
		const each = count === undefined ? '' : `, count = ${count}`;
		const figures = `${String(median).padStart(10)} ${unit} (${min} to ${max})`;
		console.log(`  ${what} ${figures}, n = ${n}${each}`);
	}
}
