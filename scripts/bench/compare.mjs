// Sets what another program measured in the same run beside our first case.
import { readFileSync } from 'node:fs';

const [ours, theirs] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')));
ours[0].compared_with = [...(ours[0].compared_with ?? []), ...theirs];
console.log(JSON.stringify(ours, null, 2));
