// The cost of the rules alone, as gateway-bench-rules measures it; fails when that does.

import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {conditions} from './lib/conditions.mjs';
import {table} from './lib/report.mjs';
import {keep} from './lib/results.mjs';

const {values: options} = parseArgs({
  options: {
    build: {type: 'string', default: fileURLToPath(new URL('../build/release', import.meta.url))},
    save: {type: 'boolean', default: false},
  },
});

const {status, stdout} = spawnSync(join(options.build, 'bin/gateway-bench-rules'), {encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']});
const LINE = /^(.+?) {2,}(\d+) ns +([\d.]+) allocations$/;
const rows = stdout.split('\n').map((line) => LINE.exec(line)?.slice(1)).filter(Boolean);
const verdicts = stdout.split('\n').filter((line) => line && !LINE.test(line));
const costOf = (what) => Number(rows.find(([name]) => name === what)[1]);
const facts = conditions({pinned: false, rounds: 5, seconds: 0, idleSeconds: 0}).facts.filter(([name]) => ['date', 'processor', 'system'].includes(name));

const report = `# The rules alone

Written by \`./dev bench rules --save\`: one message of 92 bytes from its topic to the bytes of its batch, in one process without
sockets, best of 5 rounds. At most a hundred topics, spread over all rules. 10,000 rules cost ${(costOf('plain JSON, 10000 rules') / costOf('plain JSON, 10 rules')).toFixed(2)} of what 10 cost.

${facts.map(([name, value]) => `- ${name}: ${value}`).join('\n')}

${table(['rule', 'nanoseconds', 'allocations'], rows)}
${verdicts.map((verdict) => `\n${verdict}\n`).join('')}`;
console.log(report);
if (options.save && status === 0) keep(report);
process.exit(status ?? 1);
