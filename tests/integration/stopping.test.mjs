// The end: what is pending is sent, what cannot be sent is counted, and the exit code says how it went.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Broker} from './lib/broker.mjs';
import {Dashboard, Device} from './lib/clients.mjs';
import {Gateway, runGateway} from './lib/gateway.mjs';
import {HubServer} from './lib/hub.mjs';
import {addsUp} from './lib/metrics.mjs';

const READINGS = 1000;
const rules = [{
  name: 'slow', topic: 'slow/{device}', group: 'slow', qos: 1,
  batch: {max_samples: 10_000, max_bytes: '900KiB', max_delay: '60s'},  // nothing leaves by itself
}];
// Little enough that batches wait for company.
const webpubsub = (hub) => ({connection_string: hub.connectionString, pace: '1/s'});

let broker;
let hub;

before(async () => {
  broker = await Broker.start();
  hub = await HubServer.start();
});

after(async () => {
  await hub?.stop();
  await broker?.stop();
});

async function publishAll() {
  const device = await Device.connect(broker);
  const sent = [];
  for (let i = 0; i < READINGS; ++i) sent.push(device.publish(`slow/d${i % 10}`, `{"n":${i}}`));
  await Promise.all(sent);
  await device.stop();
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} right after 1,000 readings: each one is forwarded`, {timeout: 30_000}, async () => {
    const gateway = await Gateway.start({broker, rules, webpubsub: webpubsub(hub)});
    const dashboard = await Dashboard.join(hub.connectionString, ['slow']);
    await publishAll();
    const {code} = await gateway.program.stop(signal);
    assert.equal(code, 0, gateway.program.output);

    const {lines} = await gateway.stop();
    assert.ok(addsUp(lines.slow), JSON.stringify(lines));
    assert.deepEqual([lines.slow.dropped, lines.slow.pending], [0, 0], JSON.stringify(lines));
    await dashboard.receives((d) => d.samples('slow').length >= lines.slow.forwarded,
      `${lines.slow.forwarded} readings at the dashboard`);
    // The broker may still have had some to deliver; those wait in the session for the next start.
    const numbers = dashboard.samples('slow').map(({data}) => data.n).sort((a, b) => a - b);
    assert.deepEqual(numbers, [...Array(lines.slow.forwarded).keys()]);
    dashboard.stop();
  });
}

test('a stop without a service counts what it could not send, and ends in time', {timeout: 30_000}, async (t) => {
  const lonely = await HubServer.start();
  t.after(() => lonely.stop());
  const gateway = await Gateway.start({broker, rules, webpubsub: webpubsub(lonely)});
  await lonely.stop();
  await gateway.metricsWhen((metrics) => !metrics.linkUp('cloud'), 'the loss is noticed');
  await publishAll();
  await gateway.metricsWhen((metrics) => metrics.rule('slow').received >= READINGS, 'all received');
  const started = Date.now();
  const {code, lines} = await gateway.stop();
  assert.equal(code, 0);
  assert.ok(Date.now() - started < 10_000, 'it waited no longer than it should');
  const {received, forwarded, dropped, pending} = lines.slow;
  assert.equal(received, forwarded + dropped);
  assert.equal(pending, 0);
  assert.ok(dropped > 0);
});

test('a stop without a broker ends in time, too', {timeout: 30_000}, async () => {
  const own = await Broker.start();
  const gateway = await Gateway.start({broker: own, rules, webpubsub: webpubsub(hub)});
  await own.stop();
  await gateway.metricsWhen((metrics) => !metrics.linkUp('mqtt'), 'the loss is noticed');
  const started = Date.now();
  assert.equal((await gateway.stop()).code, 0);
  assert.ok(Date.now() - started < 10_000, 'it waited no longer than it should');
});

test('a second signal ends it at once', {timeout: 30_000}, async (t) => {
  const lonely = await HubServer.start();
  t.after(() => lonely.stop());
  const gateway = await Gateway.start({broker, rules, webpubsub: webpubsub(lonely)});
  await lonely.stop();
  await gateway.metricsWhen((metrics) => !metrics.linkUp('cloud'), 'the loss is noticed');
  await publishAll();
  gateway.program.child.kill('SIGTERM');
  await gateway.program.says(/stopping/i);
  const {code} = await gateway.program.stop();
  assert.equal(code, 0, gateway.program.output);
});

for (const [what, config, words] of [
  ['an unknown key', 'mqtt: {brokr: mqtt://localhost}\nrules: []\n', /broker/],
  ['broken YAML', 'mqtt: {broker: [\n', /yaml:\d+:\d+/],
  ['a value out of range', 'rules: [{name: a, topic: x, group: g, qos: 3}]\n', /qos/],
]) {
  test(`${what} in the configuration is exit 78 with a position`, {timeout: 10_000}, async () => {
    const program = runGateway(config, `bad-${what.replaceAll(' ', '-')}.yaml`);
    const {code} = await program.ended;
    assert.equal(code, 78, program.output);
    assert.match(program.output, /\.yaml:\d+:\d+/);
    assert.match(program.output, words);
  });
}
