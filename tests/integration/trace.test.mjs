// An operator watches a rule at work: what becomes of each reading, and nothing that is secret.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Broker} from './lib/broker.mjs';
import {Device} from './lib/clients.mjs';
import {HubServer} from './lib/hub.mjs';
import {Operator} from './lib/operator.mjs';
import {until} from './lib/wait.mjs';

const rules = [
  {name: 'climate', topic: 'climate/{device}', qos: 1, group: 'site-{device}', where: 't > 0'},
  {name: 'others', topic: 'others/+', group: 'others'},
];

let broker;
let hub;
let device;
let gateway;
const operator = new Operator();

before(async () => {
  [broker, hub] = await Promise.all([Broker.start(), HubServer.start()]);
  device = await Device.connect(broker);
  gateway = await operator.startsGateway({
    broker, rules, webpubsub: {connection_string: hub.connectionString}, presence: {group: ''},
  });
});

after(async () => {
  await device?.stop();
  await gateway?.program.stop();
  await hub?.stop();
  await broker?.stop();
});

/** A trace that the gateway has begun by the time this resolves. */
async function traces(...options) {
  const asked = () => gateway.program.output.split('trace was asked for').length
    + gateway.program.output.split('trace --payload was asked for').length;
  const before = asked();
  const trace = operator.begins('trace', ...options);
  await until(() => asked() > before, `the journal tells of the trace: ${trace.output}`);
  return trace;
}

test('each reading of the rule is told with what became of it', {timeout: 60_000}, async () => {
  const trace = await traces('--rule', 'climate', '--count', '3', '--payload');
  await device.publish('climate/d1', '{"t":1,"password":"planted-password","line":"a\\nb"}');
  await device.publish('others/d1', '{"t":1}');
  await device.publish('climate/d2', '{"t":-1}');
  await device.publish('climate/d3', '{"t"\u0007');
  assert.deepEqual(await trace.ended, {code: 0, signal: null}, trace.output);
  const lines = trace.output.trimEnd().split('\n');
  assert.equal(lines.length, 3, trace.output);
  const time = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z  `;
  assert.match(lines[0], new RegExp(`${time}climate/d1  batched to group site-d1  `));
  assert.ok(lines[0].endsWith(String.raw`{"t":1,"password":***,"line":"a\\nb"}`), lines[0]);
  assert.match(lines[1], new RegExp(`${time}climate/d2  filtered: where  \\{"t":-1\\}$`));
  assert.match(lines[2], new RegExp(`${time}climate/d3  dropped: malformed  \\{"t"\\\\x07$`));
  assert.match(gateway.program.output, /"verb":"trace --payload"/);
});

test('as JSON, without payloads unless they are asked for, until it is interrupted', {timeout: 60_000}, async () => {
  const trace = await traces('--rule', 'others', '--json');
  await device.publish('others/d1', '{"t":1}');
  await until(() => trace.output.includes('\n'), 'a reading is told');
  const {number, time, ...entry} = JSON.parse(trace.output);
  assert.deepEqual(entry, {topic: 'others/d1', outcome: 'batched', group: 'others', readings: 1});
  assert.ok(number > 0 && Math.abs(Date.now() - time) < 60_000);
  assert.deepEqual(await trace.stop('SIGINT'), {code: 0, signal: null});
});

test('the rule that was asked for last is watched', {timeout: 60_000}, async () => {
  const first = await traces('--rule', 'climate');
  const second = await traces('--rule', 'others', '--count', '1');
  assert.equal((await first.ended).code, 75);
  assert.match(first.output, /busy: the readings of rule others are watched by now/);
  await device.publish('others/d1', '1');
  assert.equal((await second.ended).code, 0, second.output);
  const unknown = await operator.asks('trace', '--rule', 'nobody');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /no rule nobody is at work here/);
});

test('what comes faster than it is told is counted', {timeout: 60_000}, async () => {
  const all = 5000;
  const trace = await traces('--rule', 'climate');
  trace.child.kill('SIGSTOP');
  await Promise.all(Array.from({length: all}, (_, i) => device.publish('climate/d1', `{"t":${i + 1}}`)));
  trace.child.kill('SIGCONT');
  let late = 0;
  await until(async () => {
    late += 1;
    await device.publish('climate/late', '{"t":1}');
    return trace.output.includes('climate/late');
  }, 'it goes on', {timeout: 30_000, interval: 200});
  const missed = [...trace.output.matchAll(/(\d+) not shown/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  const shown = trace.output.split('climate/d1  batched').length - 1;
  assert.ok(missed > 0 && shown > 0 && missed + shown <= all + late, `${missed} and ${shown}`);
  await trace.stop('SIGINT');
  await gateway.booksAreRight();
});
