// ./dev bench hub: the hub's fan-out beside a minimal one for Node. See README.md.

import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';

import {accessToken} from './lib/access.mjs';
import {conditions} from './lib/conditions.mjs';
import {readOptions} from './lib/options.mjs';
import {start, stop} from './lib/processes.mjs';
import {digits, medians, table} from './lib/report.mjs';
import {keep} from './lib/results.mjs';
import {cpuNs, memoryMb} from './lib/usage.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const {program, seconds, rounds, ...options} = readOptions({
  name: 'hub', own: {clients: '2000', groups: '200', deliveries: '20000'}, seconds: 60, quick: 5,
  programs: ['webpubsub-hub', 'hub-bench-crowd'],
});
const clients = Number(options.clients);
const groups = Number(options.groups);
const rate = Math.round(Number(options.deliveries) * groups / clients);  // messages a second
const ROLES = ['webpubsub.joinLeaveGroup', 'webpubsub.sendToGroup'];

async function firstLine(child, pattern) {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(10)) {
    const found = pattern.exec(child.words);
    if (found) return found;
  }
  throw new Error(`it does not start:\n${child.words}`);
}

const contestants = {
  hub: async () => {
    const child = start(program('webpubsub-hub'), ['--listen', '127.0.0.1:0', '--no-dashboard']);
    const [, endpoint, key] = await firstLine(child, /Endpoint=([^;]+);AccessKey=([^;]+);/);
    const token = accessToken(key, `${endpoint}/client/hubs/bench`, ROLES);
    return {child, port: new URL(endpoint).port, target: `/client/hubs/bench?access_token=${token}`};
  },
  node: async () => {
    const child = start(process.execPath, [here('hub/node-hub.mjs')]);
    const [, port] = await firstLine(child, /"port":(\d+)/);
    return {child, port, target: '/client/hubs/bench'};
  },
};

async function measure(begin) {
  const {child, port, target} = await begin();
  await sleep(500);
  const empty = memoryMb(child.pid);
  const crowd = start(program('hub-bench-crowd'), [port, target, `${clients}`, `${groups}`], {stdin: 'pipe'});
  try {
    const lines = createInterface({input: crowd.stdout})[Symbol.asyncIterator]();
    const answer = async () => {
      const {value, done} = await lines.next();
      if (done) throw new Error(`the crowd ended: ${crowd.words}`);
      return JSON.parse(value);
    };
    const connecting = cpuNs(child.pid);
    await answer();
    const connected = cpuNs(child.pid) - connecting;
    await sleep(500);
    const full = memoryMb(child.pid);
    crowd.stdin.write(`${rate} 3\n`);  // compilers and caches settle
    await answer();
    const before = cpuNs(child.pid);
    crowd.stdin.write(`${rate} ${seconds}\n`);
    const run = await answer();
    const cpu = cpuNs(child.pid) - before;
    const after = memoryMb(child.pid);
    crowd.stdin.end();
    return {
      cpu_us: cpu / 1000 / run.delivered,
      cpu_percent: 100 * cpu / 1e9 / run.seconds,
      per_second: run.delivered / run.seconds,
      lost: run.expected - run.delivered,
      closed: run.closed,
      p50_ms: run.p50_ms,
      p99_ms: run.p99_ms,
      max_ms: run.max_ms,
      connect_us: connected / 1000 / clients,
      connection_kb: (full.pss - empty.pss) * 1e6 / 1024 / clients,
      empty_mb: empty.pss,
      loaded_mb: after.pss,
    };
  } finally {
    await stop(crowd);
    await stop(child);
  }
}

const all = {hub: [], node: []};
for (let round = 1; round <= rounds; ++round) {
  for (const [name, begin] of Object.entries(contestants)) {
    console.error(`round ${round} of ${rounds}: ${name}`);
    all[name].push(await measure(begin));
  }
}

const hub = medians(all.hub);
const node = medians(all.node);
const row = (label, key, ratio = true) => [
  label, digits(hub[key]), digits(node[key]), ratio && node[key] ? (hub[key] / node[key]).toFixed(2) : ''];
const kept = ['date', 'processor', 'system', 'libraries', 'cores'];
const facts = conditions({pinned: false, rounds, seconds, idleSeconds: 0}).facts.filter(([name]) => kept.includes(name));
const report = `# The hub beside a minimal Node hub

Written by \`./dev bench hub --save\`: ${clients.toLocaleString('en-US')} clients of json.webpubsub.azure.v1 in ${groups} groups,
messages with 256 bytes of JSON at ${rate.toLocaleString('en-US')} a second. Both at the defaults, beside the load on the same cores.
The Node hub (\`ws\`) checks no token and bounds nothing. CPU is of the hub's process alone.

${facts.map(([name, value]) => `- ${name}: ${value}`).join('\n')}
- Node: ${process.version}, ws ${JSON.parse(readFileSync(here('node_modules/ws/package.json'), 'utf8')).version}
- method: ${rounds} interleaved round${rounds > 1 ? 's' : ''}, medians; ${seconds} s each

${table(['', 'hub', 'Node', 'hub / Node'], [
    row('CPU per delivery, µs', 'cpu_us'),
    row('CPU of one core, %', 'cpu_percent'),
    row('deliveries per second', 'per_second'),
    row('lost', 'lost', false),
    row('clients closed', 'closed', false),
    row('p50 latency, ms', 'p50_ms'),
    row('p99 latency, ms', 'p99_ms'),
    row('slowest, ms', 'max_ms'),
    row('CPU per connection made, µs', 'connect_us'),
    row('memory per connection, KiB', 'connection_kb'),
    row('memory without clients (PSS), MB', 'empty_mb'),
    row('memory after the load (PSS), MB', 'loaded_mb'),
  ])}
`;
console.log(report);
if (options.save) keep(report);
