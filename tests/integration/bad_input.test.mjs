// Whatever devices, brokers and services send: counted, kept apart from the rest, never fatal.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Broker} from './lib/broker.mjs';
import {Dashboard, Device, WebSocketServer} from './lib/clients.mjs';
import {Gateway} from './lib/gateway.mjs';
import {freePort} from './lib/processes.mjs';
import {until} from './lib/wait.mjs';

const rules = [
  {name: 'json', topic: 'json/{device}', group: 'json'},
  {name: 'text', topic: 'text/{device}', group: 'text', payload: 'text'},
  {name: 'deep', topic: 'deep/#', group: 'deep'},
  {name: 'named', topic: 'named/{name}', group: '{name}'},
  {name: 'single', topic: 'single/{device}', group: 'single', format: 'payload'},
];

let broker;
let gateway;
let dashboard;
let device;

before(async () => {
  broker = await Broker.start();
  gateway = await Gateway.start({broker, rules});
  dashboard = await Dashboard.join(gateway.connectionString, ['json', 'text', 'deep', 'single']);
  device = await Device.connect(broker);
});

after(async () => {
  await device?.stop();
  dashboard?.stop();
  await gateway?.program.stop();
  await broker?.stop();
});

let readings = 0;
/** A good reading still gets through, and all sums add up. */
async function goesOn() {
  readings += 1;
  const mark = readings;
  await device.publish('json/good', `{"mark":${mark}}`);
  await dashboard.receives((d) => d.samples('json').some(({data}) => data.mark === mark),
    'a good reading gets through');
  return gateway.booksAreRight();
}

/** Publishes each payload and waits until all are counted as dropped by `rule` for `reason`. */
async function areDropped(rule, reason, topic, payloads) {
  const before = (await gateway.metrics()).dropped(rule, reason);
  for (const payload of payloads) await device.publish(topic, payload);
  await gateway.metricsWhen((metrics) => metrics.dropped(rule, reason) === before + payloads.length,
    `${payloads.length} more of ${rule} dropped as ${reason}`);
  await goesOn();
}

test('malformed JSON is dropped as malformed', {timeout: 20_000}, async () => {
  await areDropped('json', 'malformed', 'json/bad', [
    '', ' ', '{', '}', '{"a":1', '{"a":1}}', '{"a":1} x', 'nul', 'NaN', '01', '[1,]', '{"a":1,}',
    "{'a':1}", '"open', '{"a":1}\u0000', '\ufeff{}', '['.repeat(5000), '{"a":'.repeat(5000),
    Buffer.from([0x22, 0xff, 0x22]),        // a string that is not UTF-8
    Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),  // a lone surrogate
  ]);
  assert.ok(dashboard.samples('json').every(({device: name}) => name === 'good'));
});

test('one malformed reading does not harm the batch it came in', {timeout: 20_000}, async () => {
  for (let i = 0; i < 10; ++i) {
    await device.publish('json/good', `{"among":${i}}`);
    await device.publish('json/bad', '{"among":');
  }
  await dashboard.receives((d) => d.samples('json').filter(({data}) => 'among' in data).length === 10,
    'the good ten');
  await goesOn();
});

test('malformed JSON sent as it is is dropped, too', {timeout: 20_000}, async () => {
  await areDropped('single', 'malformed', 'single/bad', ['{', '{"a":1}}', '']);
});

test('text that is not UTF-8 is dropped as malformed', {timeout: 20_000}, async () => {
  await areDropped('text', 'malformed', 'text/bad', [
    Buffer.from([0xff]), Buffer.from([0xc3]), Buffer.from([0xc0, 0xaf]),
    Buffer.from([0xed, 0xa0, 0x80]), Buffer.from([0xf5, 0x80, 0x80, 0x80]),
  ]);
});

test('payloads of 10 MB are dropped as too large', {timeout: 60_000}, async () => {
  const large = `"${'x'.repeat(10_000_000)}"`;
  await areDropped('json', 'too_large', 'json/large', [large, large, large]);
  await areDropped('single', 'too_large', 'single/large', [large]);
});

test('a payload as large as the service takes goes through', {timeout: 20_000}, async () => {
  const words = 'x'.repeat(900_000);
  await device.publish('json/roomy', JSON.stringify({words}));
  const sample = await dashboard.receives(
    (d) => d.samples('json').find(({device: name}) => name === 'roomy'), 'the large reading');
  assert.equal(sample.data.words, words);
  await goesOn();
});

test('a topic with 200 levels is a topic', {timeout: 20_000}, async () => {
  const topic = `deep/${Array.from({length: 199}, (_, i) => `l${i}`).join('/')}`;
  await device.publish(topic, '{"deep":true}');
  await dashboard.receives((d) => d.samples('deep').some((sample) => sample.topic === topic),
    'the deep reading');
  await device.publish(`deep/${'/'.repeat(190)}`, '{"deep":false}');
  await dashboard.receives((d) => d.samples('deep').length === 2, 'the one with empty levels');
  await goesOn();
});

test('a group name that the service would refuse is dropped as such', {timeout: 20_000}, async () => {
  await areDropped('named', 'invalid_group', `named/${'n'.repeat(1100)}`, ['1', '2']);
});

// Stands in for a service that breaks its own protocol, which our hub never does.
async function misbehavingService(frames) {
  const port = await freePort();
  const server = new WebSocketServer({
    port, host: '127.0.0.1', handleProtocols: (offered) => [...offered][0],
  });
  server.connections = 0;
  server.received = '';
  server.on('connection', (socket) => {
    server.connections += 1;
    socket.on('error', () => {});
    socket.on('message', (data) => {
      server.received += data;
      const id = /"ackId":(\d+)/.exec(data)?.[1];
      if (id) socket.send(`{"type":"ack","ackId":${id},"success":true}`);
    });
    socket.send('{"type":"system","event":"connected","userId":"edge-01","connectionId":"c1"}');
    // Once: after a reconnection it behaves, so that what was sent before shows its effect.
    if (server.connections === 1) for (const frame of frames) socket.send(frame);
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return {server, port};
}

const oddFrames = {
  'unknown frames and members': [
    '{"type":"weather","data":1}', '{"type":"system","event":"party"}',
    '{"type":"message","from":"nowhere","dataType":"json","data":1}',
    '{"type":"ack","ackId":999999,"success":true}', '{"type":"pong","extra":[1,2,{"a":null}]}',
    '{"type":"streamClosed","streamId":"s"}', '{"type":"invokeResponse","invocationId":"9","success":false}',
  ],
  'text that is no JSON': ['hello', '{"type":', '', '[]', 'null', '{"type":7}'],
  'messages without their members': [
    '{"type":"message"}', '{"type":"message","from":"server"}',
    '{"type":"message","from":"group","dataType":"json","data":{}}',
    '{"type":"message","from":"server","dataType":"binary","data":"%%%"}',
    '{"type":"message","from":"server","dataType":"rust","data":1}', '{"type":"ack"}',
  ],
  'binary frames on a text protocol': [Buffer.from([0, 1, 2, 255])],
  'a very large message': [`{"type":"message","from":"server","dataType":"text","data":"${'x'.repeat(3_000_000)}"}`],
  'deeply nested JSON': [`{"type":"message","from":"server","dataType":"json","data":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
};

for (const [name, frames] of Object.entries(oddFrames)) {
  test(`the service sends ${name}: the gateway goes on`, {timeout: 30_000}, async (t) => {
    const {server, port} = await misbehavingService(frames);
    const target = `Endpoint=http://127.0.0.1:${port};AccessKey=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH;`;
    const other = await Gateway.start({
      broker, rules: [rules[0]], connected: false,
      webpubsub: {connection_string: target},
      commands: [{name: 'any', from: 'server', topic: 'commands/any'}],
    });
    t.after(async () => {
      await other.program.stop();
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    });
    await other.untilConnected({timeout: 15_000});
    const mark = `"after":"${name}"`;
    await until(async () => {  // one may fall into a reconnection
      await device.publish('json/good', `{${mark}}`);
      return server.received.includes(mark);
    }, 'a reading reaches the service', {timeout: 15_000, interval: 100});
    await other.booksAreRight();
    assert.equal((await other.stop()).code, 0);
  });
}
