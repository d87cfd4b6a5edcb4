// Readings as events of the server, and what its event handler answers on the way to the device:
// device, mosquitto, gateway, hub, the express middleware, and all the way back.

import assert from 'node:assert/strict';
import {once} from 'node:events';
import {createServer} from 'node:http';
import {after, before, test} from 'node:test';

import {WebPubSubEventHandler} from '@azure/web-pubsub-express';
import express from 'express';

import {Broker} from './lib/broker.mjs';
import {backend, Device, HUB, WebSocketServer} from './lib/clients.mjs';
import {Gateway} from './lib/gateway.mjs';
import {until} from './lib/wait.mjs';

const rules = [
  {name: 'told', topic: 'told/{device}', event: 'told', send: 'acknowledged'},
  {
    name: 'ask', topic: 'ask/{device}/{what}', event: 'ask',
    reply: {topic: 'answers/{device}/{what}', allow: ['answers/#', 'own/+/answers'], qos: 1},
  },
  {
    name: 'route', topic: 'route/{device}', event: 'route', format: 'payload',
    reply: {topic: 'routed/{/to}', allow: ['routed/+'], payload: '/value', retain: true},
  },
  {name: 'hung', topic: 'hung', event: 'hang', reply: {topic: 'never', timeout: '200ms'}},
];
const commands = [{name: 'any', from: 'server', when: {'/type': 'command'}, topic: 'commands'}];

let broker;
let server;
let gateway;
let device;
const events = [];
const hanging = [];

/** The application's server. */
async function startServer() {
  const handler = new WebPubSubEventHandler(HUB, {
    path: '/events',
    handleUserEvent({context, data}, response) {
      events.push({name: context.eventName, data});
      const question = data.samples?.[0];
      if (context.eventName === 'hang') return hanging.push(response);
      if (context.eventName === 'route') return response.success(JSON.stringify(data), 'json');
      if (context.eventName !== 'ask') return response.success();
      if (question.what === 'failure') return response.fail(400, 'no');  // the hub would repeat it after 500
      if (question.what === 'nothing') return response.success();
      if (question.what === 'bytes') return response.success(Buffer.from([0, 255, 1]), 'binary');
      return response.success(`${question.what} of ${question.device}: ${question.data}`, 'text');
    },
  });
  const app = express();
  app.use(handler.getMiddleware());
  const http = createServer(app);
  await new Promise((resolve) => { http.listen(0, '127.0.0.1', resolve); });
  return http;
}

before(async () => {
  broker = await Broker.start();
  server = await startServer();
  gateway = await Gateway.start({
    broker, rules, commands,
    hub: {event_handlers: [{url_template: `http://127.0.0.1:${server.address().port}/events`, user_events: ['*']}]},
  });
  device = await Device.connect(broker);
  device.replies = [];
  device.client.on('message', (topic, payload, {properties, qos, retain}) => {
    device.replies.push({topic, payload, qos, retain, correlation: properties?.correlationData?.toString()});
  });
  for (const filter of ['answers/#', 'own/#', 'routed/#', 'commands', 'never']) await device.subscribe(filter);
});

after(async () => {
  for (const response of hanging) response.success();
  await device?.stop();
  await gateway?.program.stop();
  await broker?.stop();
  server?.closeAllConnections();
  server?.close();
});

const reply = (topic) => until(() => device.replies.find((each) => each.topic === topic), `a reply at ${topic}`);
const outcomes = (metrics, outcome) => metrics.sum('wpsgw_event_replies_total', {outcome});
const ends = (outcome, count) =>
  gateway.metricsWhen((metrics) => outcomes(metrics, outcome) === count, `${count} ${outcome}`);

test('readings go to the event handler in batches, acknowledged', {timeout: 20_000}, async () => {
  for (let i = 0; i < 20; i++) await device.publish('told/d1', `{"i":${i}}`);
  const told = () => events.filter(({name}) => name === 'told').flatMap(({data}) => data.samples);
  await until(() => told().length === 20, 'all readings at the server');
  assert.deepEqual(told().map(({data}) => data.i), Array.from({length: 20}, (_, i) => i));
  assert.equal(told()[0].device, 'd1');
  await gateway.metricsWhen((metrics) => metrics.rule('told').forwarded === 20, 'all are counted');
});

test('the answer goes to the topic made of the captures of the question', {timeout: 20_000}, async () => {
  await device.publish('ask/d1/time', '1');
  await device.publish('ask/d2/place', '2');
  assert.equal((await reply('answers/d1/time')).payload.toString(), 'time of d1: 1');
  assert.equal((await reply('answers/d2/place')).payload.toString(), 'place of d2: 2');
});

test('a device names its own topic and correlation data, where the rule lets it', {timeout: 20_000}, async () => {
  const ask = (responseTopic, what) => device.publish(`ask/d3/${what}`, '3',
    {qos: 1, properties: {responseTopic, correlationData: Buffer.from(`c-${what}`)}});
  await ask('own/d3/answers', 'one');
  const own = await reply('own/d3/answers');
  assert.equal(own.payload.toString(), 'one of d3: 3');
  assert.equal(own.correlation, 'c-one');
  // It may not write anywhere: then the answer goes where the rule says.
  await ask('own/d3/commands', 'two');
  assert.equal((await reply('answers/d3/two')).correlation, 'c-two');
  assert.equal(device.replies.filter(({topic}) => topic === 'own/d3/commands').length, 0);
});

test('bytes arrive as they are', {timeout: 20_000}, async () => {
  await device.publish('ask/d4/bytes', '4');
  assert.deepEqual([...(await reply('answers/d4/bytes')).payload], [0, 255, 1]);
});

test('fields of the answer make its topic, and only within allow', {timeout: 20_000}, async () => {
  const before = outcomes(await gateway.metrics(), 'rejected');
  for (const to of ['a/b', '#', '', '$SYS', null, {}]) {
    if (to === '$SYS') continue;  // inside of a topic it is a name like any other
    await device.publish('route/d1', JSON.stringify({to, value: 1}));
  }
  await device.publish('route/d1', '{"to":"d5"}');  // without a value
  await ends('rejected', before + 6);
  await device.publish('route/d1', '{"to":"d5","value":{"a":1.50}}');
  assert.equal((await reply('routed/d5')).payload.toString(), '{"a":1.5}');
  assert.equal(device.replies.filter(({topic}) => topic.startsWith('routed/')).length, 1);
  const late = await Device.connect(broker);
  await late.subscribe('routed/d5');
  assert.equal((await late.receives('routed/d5')).retain, true);
  await late.stop();
});

test('no answer, a failure and silence are counted, and the readings are forwarded all the same', {timeout: 20_000}, async () => {
  await device.publish('ask/d1/nothing', '1');
  await ends('empty', 1);
  await device.publish('ask/d1/failure', '1');
  await ends('failed', 1);
  await device.publish('hung', '1');
  await ends('timed_out', 1);
  for (const response of hanging.splice(0)) response.success('"late"', 'json');
  // What came after its time is passed on to nobody.
  await device.publish('ask/d9/fence', '9');
  await reply('answers/d9/fence');
  assert.equal(device.replies.filter(({topic}) => topic === 'never').length, 0);
});

test('commands come between and go their own way', {timeout: 20_000}, async () => {
  const service = backend(gateway.connectionString);
  // However slow the broker is, no more than 64 of both together may wait for it.
  const count = 30;
  const asked = Array.from({length: count}, (_, i) => device.publish(`ask/m/${i}`, `${i}`));
  const sent = Array.from({length: count}, (_, i) => service.sendToUser('edge-01', {type: 'command', i}));
  await Promise.all([...asked, ...sent]);
  for (let i = 0; i < count; i++) assert.equal((await reply(`answers/m/${i}`)).payload.toString(), `${i} of m: ${i}`);
  await until(() => device.replies.filter(({topic}) => topic === 'commands').length === count, 'all commands');
  await gateway.metricsWhen((metrics) => metrics.sum('wpsgw_event_replies_pending') === 0, 'none are waited for');
  const metrics = await gateway.metricsWhen((each) => each.rule('ask').pending === 0, 'all are done');
  await gateway.booksAreRight();
  assert.equal(metrics.rule('ask').forwarded, metrics.rule('ask').received);
  assert.equal(metrics.rule('hung').forwarded, 1);
});

test('a question that a lost link swallowed is asked again', {timeout: 40_000}, async () => {
  // A service whose first connection goes down with the first question.
  const questions = [];
  const service = new WebSocketServer({port: 0, host: '127.0.0.1', handleProtocols: () => 'json.webpubsub.azure.v1'});
  await once(service, 'listening');
  service.on('connection', (socket) => {
    socket.send('{"type":"system","event":"connected","userId":"edge-02","connectionId":"c"}');
    socket.on('message', (bytes) => {
      const frame = JSON.parse(bytes);
      if (frame.type !== 'invoke') return;
      questions.push(frame);
      if (questions.length === 1) return socket.terminate();
      socket.send(JSON.stringify({type: 'invokeResponse', invocationId: frame.invocationId, success: true,
        dataType: 'text', data: 'here'}));
    });
  });
  const other = await Gateway.start({
    broker, gateway: {id: 'edge-02'},
    rules: [{name: 'again', topic: 'again/{device}', event: 'ask', reply: {topic: 'answers/again/{device}'}}],
    webpubsub: {client_access_url: `ws://127.0.0.1:${service.address().port}/client/hubs/h?access_token=none`, subprotocol: 'json'},
  });
  try {
    await device.publish('again/d1', '1');
    assert.equal((await reply('answers/again/d1')).payload.toString(), 'here');
    await other.metricsWhen((metrics) => metrics.rule('again').forwarded === 1, 'it is counted');
    const metrics = await other.booksAreRight();
    assert.equal(questions.length, 2);
    assert.equal(outcomes(metrics, 'lost'), 1);
  } finally {
    await other.program.stop();
    service.close();
  }
});
