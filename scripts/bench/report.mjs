// Puts the results of several benchmarks and a description of the machine into one object.
import { readFileSync } from 'node:fs';
import { cpus, totalmem, release, type } from 'node:os';

const [folder, ...names] = process.argv.slice(2);
const report = {
	machine: {
		processor: cpus()[0]?.model ?? 'unknown',
		cores: cpus().length,
		memory_gib: Math.round(totalmem() / 2 ** 30),
		system: `${type()} ${release()}`,
		date: new Date().toISOString().slice(0, 10),
	},
};
for (const name of names) {
	report[name] = JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8'));
}
console.log(JSON.stringify(report, null, 2));
