// ./dev bench delivery: what each kind of delivery costs, and how fast a backlog drains. See README.md.

import {mkdtempSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {ACCESS_KEY} from './lib/access.mjs';
import {conditions} from './lib/conditions.mjs';
import {readOptions} from './lib/options.mjs';
import {directory, freePort, Load, start, startBroker, stop} from './lib/processes.mjs';
import {digits, medians, table} from './lib/report.mjs';
import {keep} from './lib/results.mjs';
import {cpuNs, memoryMb} from './lib/usage.mjs';

const {program, seconds, rounds, ...options} = readOptions({
  name: 'delivery', own: {rate: '1000', backlog: undefined}, seconds: 10, quick: 3,
  programs: ['webpubsub-gateway', 'gateway-bench-load'],
});
const rate = Number(options.rate);
const backlog = Number(options.backlog ?? (options.quick ? 100_000 : 1_000_000));
const FILL_RATE = 25_000;
const LIVE_RATE = 200;
const TARGET_MS = 250;

// What is to be kept is published at QoS 1: else the broker may lose it before we see it.
const MODES = {
  live: {qos: 0, rule: ''},
  acknowledged: {qos: 1, rule: 'send: acknowledged'},
  'disk, sync: 1s': {qos: 1, rule: 'store: disk', sync: '1s'},
  'disk, sync: always': {qos: 1, rule: 'store: disk', sync: 'always'},
};

class Gateway {
  /** In `folder`, so that another one can go on with what it left there. */
  static async start({brokerPort, servicePort, mode, folder = mkdtempSync(join(directory, 'gateway-')), more = ''}) {
    const gateway = new Gateway();
    gateway.folder = folder;
    gateway.statusPort = await freePort();
    const file = join(folder, 'gateway.yaml');
    writeFileSync(file, `gateway: {id: edge-01}
mqtt: {broker: "mqtt://127.0.0.1:${brokerPort}"}
webpubsub:
  hub: telemetry
  connection_string: Endpoint=http://127.0.0.1:${servicePort};AccessKey=${ACCESS_KEY};Version=1.0;
rules:
  - name: telemetry
    topic: sensors/{site}/{device}/telemetry
    qos: ${MODES[mode].qos}
    group: site-{site}
    ${MODES[mode].rule}
    ${more}
log: {level: warning}
status: {listen: "127.0.0.1:${gateway.statusPort}"}
store: {directory: "${folder}", max_size: 2GiB, sync: ${MODES[mode].sync ?? '1s'}}
`);
    const began = performance.now();
    gateway.child = start(program('webpubsub-gateway'), ['run', '--config', file]);
    await gateway.until(() => fetch(`http://127.0.0.1:${gateway.statusPort}/readyz`).then(({ok}) => ok, () => false), 5);
    gateway.ready_ms = performance.now() - began;
    return gateway;
  }

  async until(condition, pause = 20, patience = 300_000) {
    for (const end = performance.now() + patience; performance.now() < end; await sleep(pause)) {
      if (await condition()) return;
    }
    throw new Error(`waited in vain:\n${this.child.words}`);
  }

  async status() {
    return (await fetch(`http://127.0.0.1:${this.statusPort}/status.json`)).json();
  }
  async pending() { return (await this.status()).rules[0].pending; }
  async written() { return (await this.status()).store?.bytes_written ?? 0; }
  get cpu() { return cpuNs(this.child.pid); }
}

/** What a reading costs in one mode, at a steady rate. */
async function measureMode(mode, broker) {
  const load = await Load.start(program('gateway-bench-load'), broker.port, MODES[mode]);
  const gateway = await Gateway.start({brokerPort: broker.port, servicePort: load.port, mode});
  try {
    await load.ask(`start ${rate}`);
    await load.ask('first 15000');
    await sleep(1000);
    await load.ask('stop');
    const before = {cpu: gateway.cpu, written: await gateway.written()};
    await load.ask(`start ${rate}`);
    await sleep(seconds * 1000);
    const counted = await load.ask('stop');
    await gateway.until(async () => await gateway.pending() === 0);
    await sleep(1500);  // what is written in the background is written
    return {
      cpu_us: (gateway.cpu - before.cpu) / 1000 / counted.delivered,
      written: (await gateway.written() - before.written) / counted.delivered,
      lost: counted.published - counted.delivered,
      p50_ms: counted.p50_ms,
      p99_ms: counted.p99_ms,
    };
  } finally {
    await stop(gateway.child);
    load.child.stdin.end();
    await stop(load.child);
  }
}

/** The service behind a door that can be shut. */
class Door {
  async open(to) {
    this.server = createServer((socket) => {
      const inner = connect(to, '127.0.0.1');
      for (const [one, other] of [[socket, inner], [inner, socket]]) {
        one.setNoDelay(true);
        one.pipe(other);
        one.on('error', () => other.destroy());
      }
    });
    await new Promise((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
  }
}

/** Fills a queue while the service is away, starts anew, and drains it while readings go on coming. */
async function measureDrain(broker) {
  const load = await Load.start(program('gateway-bench-load'), broker.port, {qos: 1});
  const door = new Door();
  door.port = await freePort();
  const settings = {
    brokerPort: broker.port, servicePort: door.port, mode: 'disk, sync: 1s', more: 'replay: {rate: 100000/s}',
  };
  let gateway = await Gateway.start(settings);
  try {
    const empty = {ready_ms: gateway.ready_ms, rss: memoryMb(gateway.child.pid).rss};
    await gateway.until(async () => (await gateway.status()).links.find(({name}) => name === 'mqtt').up);
    const filling = performance.now();
    await load.ask(`start ${FILL_RATE}`);
    await gateway.until(async () => await gateway.pending() >= backlog, 50);
    const filled_s = (performance.now() - filling) / 1000;
    await load.ask('stop');
    await stop(gateway.child);

    gateway = await Gateway.start({...settings, folder: gateway.folder});
    await sleep(1000);
    const waiting = await gateway.pending();
    const full = {ready_ms: gateway.ready_ms, rss: memoryMb(gateway.child.pid).rss};
    await load.ask(`start ${LIVE_RATE}`);
    await door.open(load.port);
    await load.ask('first 60000');
    // Fresh from here on: those that came while nobody listened are late.
    await load.ask('stop');
    const draining = performance.now();
    const before = gateway.cpu;
    const left = await gateway.pending();
    await load.ask(`start ${LIVE_RATE}`);
    await gateway.until(async () => await gateway.pending() < LIVE_RATE, 50);
    const drained_s = (performance.now() - draining) / 1000;
    const live = await load.ask('stop');
    return {
      waiting,
      came_per_second: waiting / filled_s,
      drained_per_second: left / drained_s,
      drain_cpu_us: (gateway.cpu - before) / 1000 / left,
      live_p50_ms: live.p50_ms,
      live_p99_ms: live.p99_ms,
      live_lost: live.published - live.delivered,
      empty_ready_ms: empty.ready_ms,
      full_ready_ms: full.ready_ms,
      empty_rss: empty.rss,
      full_rss: full.rss,
    };
  } finally {
    door.server?.close();
    await stop(gateway.child);
    load.child.stdin.end();
    await stop(load.child);
  }
}

const broker = await startBroker({});
const all = Object.fromEntries(Object.keys(MODES).map((mode) => [mode, []]));
for (let round = 1; round <= rounds; ++round) {
  for (const mode of Object.keys(MODES)) {
    console.error(`round ${round} of ${rounds}: ${mode}`);
    all[mode].push(await measureMode(mode, broker));
  }
}
console.error(`a backlog of ${backlog}`);
const drain = await measureDrain(broker);
await stop(broker.child);

const results = Object.fromEntries(Object.entries(all).map(([mode, each]) => [mode, medians(each)]));
const kept = ['date', 'processor', 'system', 'broker', 'libraries', 'cores'];
const facts = conditions({pinned: false, rounds, seconds, idleSeconds: 0, qos: 'QoS as below'}).facts.filter(([name]) => kept.includes(name));
const row = (label, key) => [label, ...Object.values(results).map((each) => digits(each[key]))];
const met = drain.drained_per_second > drain.came_per_second && drain.live_p99_ms < TARGET_MS;
const report = `# What delivery costs

Written by \`./dev bench delivery --save\`: 256-byte readings of 100 devices in 10 groups at ${rate.toLocaleString('en-US')} a second, one rule.
CPU is of the gateway's process alone; bytes are all that its store wrote, log, tables and compaction, a reading.

${facts.map(([name, value]) => `- ${name}: ${value}`).join('\n')}
- method: ${rounds} interleaved round${rounds > 1 ? 's' : ''}, medians; ${seconds} s each

${table(['', ...Object.keys(MODES)], [
  ['QoS', ...Object.values(MODES).map(({qos}) => `${qos}`)],
  row('CPU per reading, µs', 'cpu_us'),
  row('bytes written per reading', 'written'),
  row('p50 latency, ms', 'p50_ms'),
  row('p99 latency, ms', 'p99_ms'),
  row('lost', 'lost'),
])}

A backlog of ${drain.waiting.toLocaleString('en-US')} readings on disk (\`sync: 1s\`), drained at full rate after a restart, while ${LIVE_RATE} fresh
readings a second go on. Target: it drains faster than it came, and p99 of the fresh ones is under ${TARGET_MS} ms: ${met ? 'met' : 'MISSED'}.

${table(['backlog', ''], [
  ['came, readings per second', digits(drain.came_per_second)],
  ['drained, readings per second', digits(drain.drained_per_second)],
  ['CPU per drained reading, µs', digits(drain.drain_cpu_us)],
  ['fresh readings meanwhile, p50, ms', digits(drain.live_p50_ms)],
  ['fresh readings meanwhile, p99, ms', digits(drain.live_p99_ms)],
  ['fresh readings lost', digits(drain.live_lost)],
  ['ready with an empty store, ms', digits(drain.empty_ready_ms)],
  ['ready with the backlog, ms', digits(drain.full_ready_ms)],
  ['resident with an empty store, MB', digits(drain.empty_rss)],
  ['resident with the backlog, MB', digits(drain.full_rss)],
])}
`;
console.log(report);
if (options.save) keep(report);
