// Round trips with real parts: the service SDK and the express middleware as the server, the hub,
// the gateway, mosquitto, and a device that replies. Every outcome is forced, and the books close.

import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {createServer} from 'node:http';
import {join} from 'node:path';
import {after, before, test} from 'node:test';

import {WebPubSubEventHandler} from '@azure/web-pubsub-express';
import express from 'express';

import {Broker} from './lib/broker.mjs';
import {backend, Device, HUB} from './lib/clients.mjs';
import {Gateway} from './lib/gateway.mjs';
import {directory} from './lib/processes.mjs';
import {until} from './lib/wait.mjs';

const COMMANDS = 10_000;
const outcomes = ['delivered', 'replied', 'rejected', 'expired', 'timed_out', 'duplicate', 'failed'];

const commands = [
  {
    name: 'call', when: {'/type': 'call'}, arguments: {'/args/v': {type: 'number', min: 0, max: 100}},
    topic: 'devices/{/device}/call', payload: '/args', allow: ['devices/+/call'], id: '/id', max_size: '64KiB',
    reply: {topic: 'devices/{/device}/replies/{/id}', timeout: '60s', to: 'event:command-reply'},
  },
  {
    name: 'hurry', when: {'/type': 'hurry'}, topic: 'nobody/{/device}', allow: ['nobody/+'], id: '/id',
    reply: {topic: 'nobody/replies/{/id}', timeout: '100ms', to: 'event:command-reply'},
  },
  {
    name: 'tell', when: {'/type': 'tell'}, topic: 'devices/{/device}/tell', allow: ['devices/+/tell'], id: '/id',
    deadline: {lifetime: '/ttl'}, reply: {to: 'event:command-reply'},
  },
  {
    name: 'slow', when: {'/type': 'slow'}, topic: 'devices/{/device}/slow', allow: ['devices/+/slow'],
    rate_limit: '5/s', sender_rate_limit: '2/s',
  },
];
const rules = [{name: 'climate', topic: 'sensors/{site}/{device}', group: 'site-{site}'}];

let broker;
let server;
let gateway;
let device;
let service;
let answers;  // by id, what the server was told
let answered = 0;

/** The application's server: what the gateway answers comes here as events. */
async function startServer() {
  const app = express();
  const handler = new WebPubSubEventHandler(HUB, {
    path: '/events',
    handleUserEvent(request, response) {
      if (request.context.eventName === 'command-reply') {
        const told = answers.get(request.data.id) ?? [];
        answers.set(request.data.id, [...told, request.data]);
        answered++;
      }
      response.success();
    },
  });
  app.use(handler.getMiddleware());
  const http = createServer(app);
  await new Promise((resolve) => { http.listen(0, '127.0.0.1', resolve); });
  return http;
}

const startGateway = () => Gateway.start({
  broker, rules, commands,
  hub: {event_handlers: [{url_template: `http://127.0.0.1:${server.address().port}/events`, user_events: ['*']}]},
  store: {directory: join(directory, 'state')},
});

before(async () => {
  answers = new Map();
  mkdirSync(join(directory, 'state'), {recursive: true});
  broker = await Broker.start();
  server = await startServer();
  gateway = await startGateway();
  service = backend(gateway.connectionString);
  device = await Device.connect(broker);
  device.client.on('message', (topic, payload, packet) => {
    const {responseTopic, correlationData} = packet.properties ?? {};
    if (topic.endsWith('/call') && responseTopic) {
      device.client.publish(responseTopic, JSON.stringify({did: JSON.parse(payload)}),
        {qos: 1, properties: {correlationData}});
    }
  });
  await device.subscribe('devices/#');
});

after(async () => {
  await device?.stop();
  await gateway?.program.stop();
  await broker?.stop();
  server?.closeAllConnections();
  server?.close();
});

const send = (message) => service.sendToUser('edge-01', message);
const answer = (id) => until(() => answers.get(id), `an answer to ${id}`);
const counts = async () => {
  const metrics = await gateway.metrics();
  return Object.fromEntries(outcomes.map((outcome) => [outcome, metrics.commands(outcome)]));
};
const sum = (tally) => Object.values(tally).reduce((total, value) => total + value, 0);

/** Runs `task` for each of `count` numbers, `lanes` at a time. */
async function each(count, lanes, task) {
  let next = 0;
  await Promise.all(Array.from({length: lanes}, async () => {
    while (next < count) await task(next++);
  }));
}

test('a command goes to the device, and its reply to the server', {timeout: 30_000}, async () => {
  await send({type: 'call', device: 'd1', id: 'first', args: {v: 21.5}});
  const [told] = await answer('first');
  assert.equal(told.outcome, 'replied');
  assert.deepEqual(told.data, {did: {v: 21.5}});
  assert.equal(told.command, 'call');
  assert.ok(told.duration_ms > 0);
});

test('hostile commands are refused, each with its reason, and nothing is published', {timeout: 60_000}, async () => {
  const spy = await Device.connect(broker);
  await spy.subscribe('#');
  const call = (more) => ({type: 'call', device: 'd1', id: `h-${Math.random()}`, args: {v: 1}, ...more});
  let deep = 1;
  for (let i = 0; i < 62; i++) deep = [deep];
  const cases = [
    [call({device: 'a/b'}), 'bad_value'], [call({device: '#'}), 'bad_value'], [call({device: '+'}), 'bad_value'],
    [call({device: '\u0000'}), 'bad_value'], [call({device: '../../$SYS'}), 'bad_value'], [call({device: '$SYS/x'}), 'bad_value'],
    [call({device: ''}), 'bad_value'], [call({device: 'x'.repeat(300)}), 'bad_value'], [call({device: {a: 1}}), 'bad_value'],
    [call({id: null}), 'bad_value'], [call({id: 'x'.repeat(300)}), 'bad_value'],
    [call({args: {v: '21.5'}}), 'bad_argument'], [call({args: {v: 101}}), 'bad_argument'], [call({args: {}}), 'bad_argument'],
    [call({args: [1]}), 'bad_argument'], [call({args: null}), 'bad_argument'],
    [call({pad: 'x'.repeat(70_000)}), 'too_large'], [{type: 'unknown'}, 'unmatched'], [deep, 'unmatched'],
  ];
  for (const [message, reason] of cases) {
    const earlier = (await gateway.metrics()).refused(reason);
    await send(message);
    await gateway.metricsWhen((metrics) => metrics.refused(reason) === earlier + 1, `one more ${reason}`);
  }
  await assert.rejects(send({type: 'call', pad: 'x'.repeat(10_000_000)}));  // the service takes no 10 MB
  // A flood of one sender: two a second get through.
  const before = await counts();
  await each(200, 20, () => send({type: 'slow', device: 'd1'}));
  await until(async () => sum(await counts()) === sum(before) + 200, 'all of the flood are counted');
  assert.ok((await gateway.metrics()).refused('rate_limited') >= 150);
  await send({type: 'tell', device: 'fence', id: 'fence', ttl: 60});
  await spy.receives('devices/fence/tell');
  const published = spy.received.filter(({topic}) => !topic.endsWith('/slow') && !topic.startsWith('gateway/'));
  assert.equal(published.length, 1, JSON.stringify(published));
  await spy.stop();
});

test(`${COMMANDS} commands under load end each in one outcome, all of which are seen`, {timeout: 280_000}, async () => {
  const before = await counts();
  answers.clear();
  answered = 0;
  let telemetry = true;
  const load = (async () => {
    for (let i = 0; telemetry; i++) await device.publish(`sensors/a/d${i % 50}`, `{"t":${i}}`);
  })();
  const kinds = [
    (i) => ({type: 'call', device: `d${i % 20}`, id: `c${i}`, args: {v: i % 100}}),
    (i) => ({type: 'tell', device: `d${i % 20}`, id: `t${i}`, ttl: 600}),
    (i) => ({type: 'tell', device: `d${i % 20}`, id: `e${i}`, ttl: 0}),          // expired
    (i) => ({type: 'tell', device: `d${i % 20}`, id: 'first-told', ttl: 600}),    // duplicate
    (i) => ({type: 'hurry', device: `d${i % 20}`, id: `h${i}`}),                  // timed out
    (i) => ({type: 'call', device: '+', id: `r${i}`, args: {v: 1}}),              // rejected
  ];
  await send({type: 'tell', device: 'd1', id: 'first-told', ttl: 600});
  await answer('first-told');
  let sent = 1;
  await each(COMMANDS - 101, 40, async (i) => {
    await until(() => sent - answered < 300, 'the server keeps up', {timeout: 60_000});
    sent++;
    await send((i % 10 < 5 ? kinds[0] : kinds[1 + (i % 5)])(i));
  });
  telemetry = false;
  await load;
  await until(async () => sum(await counts()) === sum(before) + COMMANDS - 100, 'all have ended', {timeout: 120_000});
  // Without a broker the last hundred fail.
  await broker.stop();
  await gateway.metricsWhen((metrics) => !metrics.linkUp('mqtt'), 'the gateway notices');
  await each(100, 10, (i) => send({type: 'tell', device: 'd1', id: `f${i}`, ttl: 600}));
  await until(async () => sum(await counts()) === sum(before) + COMMANDS, 'the last ones have ended');
  const after = await counts();
  for (const outcome of outcomes) assert.ok(after[outcome] > before[outcome], `no ${outcome}: ${JSON.stringify(after)}`);
  assert.equal(sum(after) - sum(before), COMMANDS);
  assert.equal((await gateway.metrics()).sum('wpsgw_commands_pending'), 0);
  // What the server was told is what was counted.
  await until(() => answered === COMMANDS, 'an answer to each', {timeout: 120_000});
  const told = Object.fromEntries(outcomes.map((outcome) => [outcome, 0]));
  for (const {outcome} of [...answers.values()].flat()) told[outcome]++;
  for (const outcome of outcomes) assert.equal(told[outcome], after[outcome] - before[outcome], outcome);
  await broker.restart();
  await gateway.untilConnected({timeout: 60_000});
});

test('ids are remembered over a restart, and so are last values', {timeout: 60_000}, async () => {
  await until(() => device.client.connected, 'the device is back');
  await device.publish('sensors/berlin/d7', '{"t":21.50}');
  await gateway.metricsWhen((metrics) => metrics.sum('wpsgw_last_values') >= 1, 'the value is kept');
  await gateway.program.stop();
  gateway = await startGateway();
  service = backend(gateway.connectionString);
  answers.clear();
  await send({type: 'tell', device: 'd1', id: 'first-told', ttl: 600});
  assert.equal((await answer('first-told'))[0].outcome, 'duplicate');
  assert.ok((await gateway.metrics()).sum('wpsgw_last_values') >= 1);
});
