// A message of the service reaches a device's topic, and no topic it may not reach.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Broker} from './lib/broker.mjs';
import {backend, Device, sendToUser} from './lib/clients.mjs';
import {Gateway} from './lib/gateway.mjs';

const commands = [
  {
    name: 'set-point', from: 'server', when: {'/type': 'command', '/device': '*'},
    topic: 'devices/{/device}/commands/{/name}', payload: '/args',
    allow: ['devices/+/commands/set-point', 'devices/d1/commands/#'],
  },
  {name: 'announce', from: 'group:announcements', topic: 'announcements', qos: 0},
];
const rules = [{name: 'any', topic: 'sensors/{device}', group: 'all'}];

let broker;
let gateway;
let device;
let service;

before(async () => {
  broker = await Broker.start();
  gateway = await Gateway.start({broker, rules, commands});
  device = await Device.connect(broker);
  await device.subscribe('#');
  service = backend(gateway.connectionString);
});

after(async () => {
  await device?.stop();
  await gateway?.program.stop();
  await broker?.stop();
});

const command = (name, to, args) => ({type: 'command', name, device: to, args});

const counted = async (outcome) => (await gateway.metrics()).refused(outcome);

/** Sends `message` and waits until it is counted as `outcome`; no device may have got anything. */
async function isRefused(message, outcome) {
  const before = await counted(outcome);
  device.received.length = 0;
  await service.sendToUser('edge-01', message);
  await gateway.metricsWhen((metrics) => metrics.refused(outcome) === before + 1, `one more ${outcome}`);
  // Whatever the gateway published before this would be here before this: the broker keeps the order.
  await service.sendToUser('edge-01', command('fence', 'd1', {}));
  await device.receives('devices/d1/commands/fence');
  assert.equal(device.received.length, 1, JSON.stringify(device.received));
}

test('the service SDK sends to the gateway\'s user, and the device gets it', {timeout: 10_000}, async () => {
  await service.sendToUser('edge-01', command('set-point', 'd7', {value: 21.5}));
  const message = await device.receives('devices/d7/commands/set-point');
  assert.deepEqual(JSON.parse(message.payload), {value: 21.5});
  assert.equal(message.retain, false);
  device.received.length = 0;
});

test('a message to a group the gateway has joined is a command, too', {timeout: 10_000}, async () => {
  await service.group('announcements').sendToAll({text: 'hello'});
  const message = await device.receives('announcements');
  assert.deepEqual(JSON.parse(message.payload), {text: 'hello'});
  device.received.length = 0;
});

test('arguments arrive digit for digit', {timeout: 10_000}, async () => {
  await sendToUser(gateway.connectionString, 'edge-01',
    '{"type":"command","name":"exact","device":"d1","args":{"big":12345678901234567890, "n":1.50}}');
  const message = await device.receives('devices/d1/commands/exact');
  assert.equal(message.payload, '{"big":12345678901234567890, "n":1.50}');
});

test('a topic that allow does not name is refused', {timeout: 10_000}, async () => {
  await isRefused(command('reboot', 'd2', {}), 'not_allowed');  // d1 may be sent that
});

test('values that would change the shape of the topic are refused', {timeout: 10_000}, async () => {
  for (const name of ['a/b', '#', '+', 'a\u0000b', {}, null]) {
    await isRefused(command(name, 'd1', {}), 'bad_value');
  }
  await isRefused(command('set-point', '../d1', {}), 'bad_value');
});

test('a command without the member its topic needs is refused', {timeout: 10_000}, async () => {
  await isRefused({type: 'command', device: 'd1', args: {}}, 'bad_value');
  await isRefused({type: 'command', device: 'd1', name: 'set-point'}, 'bad_value');  // no /args
});

test('messages that are no command of ours are counted and change nothing', {timeout: 10_000}, async () => {
  const before = await gateway.metrics();
  device.received.length = 0;
  await service.sendToAll({type: 'other', device: 'd1', name: 'set-point'});
  await service.sendToAll('just text', {contentType: 'text/plain'});
  await service.sendToAll(Buffer.from([0, 1, 2]), {contentType: 'application/octet-stream'});
  await service.sendToAll([1, 2, 3]);
  await service.sendToUser('edge-01', command('last', 'd1', 1));
  await device.receives('devices/d1/commands/last');
  assert.equal(device.received.length, 1, JSON.stringify(device.received));
  const now = await gateway.booksAreRight();
  assert.equal(now.refused('unmatched') + now.refused('malformed'),
    before.refused('unmatched') + before.refused('malformed') + 4);
});
