// ./dev bench commands: how long commands take while telemetry flows. See README.md.

import {readFileSync, writeFileSync} from 'node:fs';
import {Agent, request} from 'node:http';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import mqtt from 'mqtt';
import WebSocket from 'ws';

import {ACCESS_KEY, accessToken} from './lib/access.mjs';
import {conditions} from './lib/conditions.mjs';
import {readOptions} from './lib/options.mjs';
import {directory, freePort, Load, start, startBroker, stop} from './lib/processes.mjs';
import {digits, medians, table} from './lib/report.mjs';
import {keep} from './lib/results.mjs';
import {cpuNs} from './lib/usage.mjs';

const {program, seconds, rounds, ...options} = readOptions({
  name: 'commands', own: {telemetry: '10000', rate: '100'}, seconds: 30, quick: 5,
  programs: ['webpubsub-gateway', 'gateway-bench-load'],
});
const telemetry = Number(options.telemetry);
const rate = Number(options.rate);
const TARGET_MS = 5;
const DEVICES = 20;

const now = () => Number(process.hrtime.bigint()) / 1e6;

/** The gateway with the hub inside; one rule for the telemetry, one for the commands. */
async function startGateway(brokerPort) {
  const [hubPort, statusPort] = [await freePort(), await freePort()];
  const file = join(directory, 'gateway.yaml');
  writeFileSync(file, `gateway: {id: edge-01}
mqtt: {broker: "mqtt://127.0.0.1:${brokerPort}"}
hub: {listen: "127.0.0.1:${hubPort}"}
rules:
  - {name: telemetry, topic: "sensors/{site}/{device}/telemetry", qos: 0, group: "site-{site}"}
commands:
  - name: call
    from: server
    when: {/type: call}
    arguments: {/args/value: {type: number, min: 0}}
    topic: devices/{/device}/call
    payload: /args
    allow: ["devices/+/call"]
    id: /id
    reply: {topic: "devices/{/device}/replies", timeout: 10s, to: "group:answers"}
log: {level: warning}
status: {listen: "127.0.0.1:${statusPort}"}
store: {directory: "${directory}"}
`);
  const child = start(program('webpubsub-gateway'), ['run', '--config', file]);
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) {
    const ready = await fetch(`http://127.0.0.1:${statusPort}/readyz`).then(({ok}) => ok, () => false);
    if (ready) return {child, endpoint: `http://127.0.0.1:${hubPort}`};
  }
  throw new Error(`the gateway does not start:\n${child.words}`);
}

/** Sends commands by the REST API on connections that stay open, as the service SDKs do. */
class Backend {
  constructor(endpoint) {
    this.url = `${endpoint}/api/hubs/telemetry/users/edge-01/:send?api-version=2024-12-01`;
    this.agent = new Agent({keepAlive: true});
    const bearer = accessToken(ACCESS_KEY, this.url.split('?')[0]);
    this.headers = {'Authorization': `Bearer ${bearer}`, 'Content-Type': 'application/json'};
  }

  send(text) {
    const headers = {...this.headers, 'Content-Length': Buffer.byteLength(text)};
    const call = request(this.url, {method: 'POST', agent: this.agent, headers}, (response) => {
      if (response.statusCode !== 202) throw new Error(`the hub answered ${response.statusCode}`);
      response.resume();
    });
    call.end(text);
  }
}

/** A member of the group that answers go to. */
async function listen(endpoint, heard) {
  const url = `${endpoint.replace('http', 'ws')}/client/hubs/telemetry`;
  const access = accessToken(ACCESS_KEY, `${endpoint}/client/hubs/telemetry`, ['webpubsub.joinLeaveGroup']);
  const socket = new WebSocket(`${url}?access_token=${access}`, 'json.webpubsub.azure.v1');
  await new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.on('message', (bytes) => {
      const frame = JSON.parse(bytes);
      if (frame.type === 'ack') resolve();
      if (frame.type === 'message') heard(frame.data);
    });
    socket.once('open', () => socket.send('{"type":"joinGroup","group":"answers","ackId":1}'));
  });
  return socket;
}

/** All devices on one connection; each carries out what it is told at once and says so. */
async function startDevices(brokerPort, told) {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${brokerPort}`, {protocolVersion: 5});
  client.on('message', (topic, payload, {properties}) => {
    told(JSON.parse(payload).n);
    client.publish(properties.responseTopic, '{"done":true}',
      {qos: 0, properties: {correlationData: properties.correlationData}});
  });
  client.stream.setNoDelay(true);  // else its packets wait for the broker's acknowledgements
  await client.subscribeAsync('devices/+/call', {qos: 0});
  return client;
}

const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];

/** Ids are remembered from round to round. */
async function measure(round) {
  const broker = await startBroker({});
  const {child, endpoint} = await startGateway(broker.port);
  const load = await Load.start(program('gateway-bench-load'), broker.port, {});
  const [sent, arrived, answered] = [[], [], []];
  const devices = await startDevices(broker.port, (n) => { arrived[n] = now(); });
  const socket = await listen(endpoint, ({id, outcome}) => {
    if (outcome !== 'replied') throw new Error(`a command ended as ${outcome}`);
    answered[Number(id.split('.')[1])] = now();
  });
  const backend = new Backend(endpoint);
  const sendOne = () => {
    const n = sent.length;
    const text = JSON.stringify({type: 'call', device: `d${n % DEVICES}`, id: `${round}.${n}`, args: {value: 21.5, n}});
    sent.push(now());
    backend.send(text);
  };
  const sendFor = async (duration) => {
    const [began, first] = [now(), sent.length];
    while (now() - began < duration * 1000) {
      // Not in step with anything of the gateway's.
      const due = began + (sent.length - first + Math.random()) * 1000 / rate;
      if (due > now()) await sleep(due - now());
      sendOne();
    }
  };
  try {
    if (telemetry > 0) await load.ask(`start ${telemetry}`);
    await sendFor(2);  // compilers and caches settle
    const warm = sent.length;
    const cpu = cpuNs(child.pid);
    await sendFor(seconds);
    const used = cpuNs(child.pid) - cpu;
    for (const end = now() + 5000; now() < end && Object.keys(answered).length < sent.length;) await sleep(20);
    const {published, started_ns: from, stopped_ns: to} = await load.ask('stop');
    const spans = (ends) => sent.map((at, n) => ends[n] - at).slice(warm).filter((span) => span >= 0).sort((a, b) => a - b);
    const [there, back] = [spans(arrived), spans(answered)];
    return {
      commands: sent.length - warm,
      lost: sent.length - warm - back.length,
      telemetry: published / ((to - from) / 1e9) || 0,
      cpu_percent: 100 * used / 1e9 / seconds,
      there_p50: quantile(there, 0.5), there_p99: quantile(there, 0.99), there_max: there.at(-1),
      back_p50: quantile(back, 0.5), back_p99: quantile(back, 0.99), back_max: back.at(-1),
    };
  } finally {
    socket.terminate();
    await devices.endAsync(true);
    backend.agent.destroy();
    await stop(load.child);
    await stop(child);
    await stop(broker.child);
  }
}

const all = [];
for (let round = 1; round <= rounds; ++round) {
  console.error(`round ${round} of ${rounds}`);
  all.push(await measure(round));
}
const figures = medians(all);
const met = figures.there_p99 < TARGET_MS && figures.lost === 0;
const kept = ['date', 'processor', 'system', 'broker', 'libraries', 'cores'];
const facts = conditions({pinned: false, rounds, seconds, idleSeconds: 0}).facts.filter(([name]) => kept.includes(name));
const range = (key) => `${digits(Math.min(...all.map((each) => each[key])))} to ${digits(Math.max(...all.map((each) => each[key])))}`;
// Field 41 of proc(5)'s stat; the name in brackets may hold anything.
const policy = Number(readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1).split(' ')[38]);
if (policy !== 0) facts.push(['scheduling', 'everything at real-time priority (chrt), so that other work does not get between']);
const row = (label, key) => [label, digits(figures[key]), range(key)];
const report = `# Commands under telemetry

Written by \`./dev bench commands --save\`: ${rate} commands a second by the REST API of the embedded hub to ${DEVICES} devices that answer,
each with arguments, an id and a reply, while the gateway forwards telemetry. Sender and devices are one Node process, whose own
time is in the figures. Target: p99 to the device under ${TARGET_MS} ms, none lost: ${met ? 'met' : 'MISSED'}.

${facts.map(([name, value]) => `- ${name}: ${value}`).join('\n')}
- Node: ${process.version}
- method: ${rounds} round${rounds > 1 ? 's' : ''}, medians; ${seconds} s each

${table(['', 'median', 'least to most'], [
    row('telemetry, readings per second', 'telemetry'),
    row('commands', 'commands'),
    row('without an answer', 'lost'),
    row('sent until at the device, p50, ms', 'there_p50'),
    row('sent until at the device, p99, ms', 'there_p99'),
    row('sent until at the device, slowest, ms', 'there_max'),
    row('sent until the answer is back, p50, ms', 'back_p50'),
    row('sent until the answer is back, p99, ms', 'back_p99'),
    row('sent until the answer is back, slowest, ms', 'back_max'),
    row('CPU of the gateway, % of one core', 'cpu_percent'),
  ])}
`;
console.log(report);
if (options.save) keep(report);
process.exit(met ? 0 : 1);
