// How readings look to a dashboard, by the format and payload type of their rule.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Broker} from './lib/broker.mjs';
import {Dashboard, Device} from './lib/clients.mjs';
import {Gateway} from './lib/gateway.mjs';

const rules = [
  {name: 'json', topic: 'json/{site}/{device}', group: 'json'},
  {name: 'text', topic: 'text/{device}', group: 'text', payload: 'text'},
  {name: 'binary', topic: 'binary/{device}', group: 'binary', payload: 'binary'},
  {name: 'clash', topic: 'clash/{time}/{data}', group: 'clash'},
  {name: 'as-json', topic: 'as/json/+', group: 'as-json', format: 'payload'},
  {name: 'as-text', topic: 'as/text/+', group: 'as-text', format: 'payload', payload: 'text'},
  {name: 'as-binary', topic: 'as/binary/+', group: 'as-binary', format: 'payload', payload: 'binary'},
  {name: 'list', topic: 'list/#', group: 'list', format: 'payloads', batch: {max_samples: 3, max_delay: '10s'}},
  {name: 'template', topic: 'places/{country}/{rest...}', group: '{gateway.id}-{country}-{rest}'},
  {name: 'wide', topic: 'overlap/#', group: 'wide'},
  {name: 'middle', topic: 'overlap/+/value', group: 'middle', qos: 0},
  {name: 'narrow', topic: 'overlap/{device}/value', group: 'narrow-{device}'},
  {name: 'everything', topic: '#', group: 'everything'},
  {name: 'system', topic: '$SYS/broker/{figure}', group: 'system', payload: 'text'},
];
// The last rules see everything, too; what the tests look at is in groups of their own.
const groups = ['json', 'text', 'binary', 'clash', 'as-json', 'as-text', 'as-binary', 'list',
  'edge-01-de-berlin/hall 3', 'wide', 'middle', 'narrow-d1', 'everything', 'system'];

let broker;
let gateway;
let dashboard;
let device;

before(async () => {
  broker = await Broker.start();
  gateway = await Gateway.start({broker, rules, webpubsub: undefined});
  dashboard = await Dashboard.join(gateway.connectionString, groups);
  device = await Device.connect(broker);
});

after(async () => {
  await device?.stop();
  dashboard?.stop();
  await gateway?.program.stop();
  await broker?.stop();
});

const firstSample = (group) =>
  dashboard.receives((d) => d.samples(group)[0], `a sample in ${group}`);
const firstMessage = (group) =>
  dashboard.receives((d) => d.of(group)[0], `a message in ${group}`);

test('a JSON payload stands in its sample beside topic, time and captures', {timeout: 10_000}, async () => {
  const before = Date.now();
  await device.publish('json/berlin/d1', '{"temperature":21.5}');
  const {time, ...rest} = await firstSample('json');
  assert.deepEqual(rest,
    {topic: 'json/berlin/d1', site: 'berlin', device: 'd1', data: {temperature: 21.5}});
  assert.ok(time >= before && time <= Date.now(), `${time} is the time of arrival`);
});

test('JSON scalars are payloads, too', {timeout: 10_000}, async () => {
  const scalars = ['0', 'false', 'null', '"text"', '-1.50e3', '[]'];
  for (const scalar of scalars) await device.publish('json/berlin/scalar', scalar);
  const samples = await dashboard.receives((d) => {
    const found = d.samples('json').filter((sample) => sample.device === 'scalar');
    return found.length === scalars.length && found;
  }, 'all scalars are there');
  assert.deepEqual(samples.map(({data}) => data), scalars.map((scalar) => JSON.parse(scalar)));
});

test('text becomes a JSON string', {timeout: 10_000}, async () => {
  const words = 'line one\nline "two"\t\\ ünïcödé \u{1F321} \u0001';
  await device.publish('text/d1', words);
  assert.equal((await firstSample('text')).data, words);
});

test('binary becomes base64 and says so', {timeout: 10_000}, async () => {
  const bytes = Buffer.from(Array.from({length: 256}, (_, i) => i));
  await device.publish('binary/d1', bytes);
  const sample = await firstSample('binary');
  assert.equal(sample.encoding, 'base64');
  assert.deepEqual(Buffer.from(sample.data, 'base64'), bytes);
});

test('captures whose names are taken stand in tags', {timeout: 10_000}, async () => {
  await device.publish('clash/noon/rain', '1');
  const sample = await firstSample('clash');
  assert.deepEqual(sample.tags, {time: 'noon', data: 'rain'});
  assert.equal(sample.data, 1);
});

test('format payload sends the bytes as they are, with their data type', {timeout: 10_000}, async () => {
  await device.publish('as/json/1', '{"big":12345678901234567890, "n":1.50}');
  await device.publish('as/text/1', 'plain "words"');
  await device.publish('as/binary/1', Buffer.from([0, 255, 1, 254]));

  const json = await firstMessage('as-json');
  assert.equal(json.dataType, 'json');
  assert.ok(json.raw.includes('"data":{"big":12345678901234567890, "n":1.50}'), json.raw);
  const text = await firstMessage('as-text');
  assert.deepEqual([text.dataType, text.data], ['text', 'plain "words"']);
  const binary = await firstMessage('as-binary');
  assert.equal(binary.dataType, 'binary');
  assert.deepEqual([...new Uint8Array(binary.data)], [0, 255, 1, 254]);
});

test('format payloads sends an array of them', {timeout: 10_000}, async () => {
  for (const value of ['1', '{"a":2.0}', '"three"']) await device.publish('list/x', value);
  const values = await dashboard.receives((d) => {
    const found = d.of('list').flatMap((message) => message.data);
    return found.length >= 3 && found;
  }, 'three payloads');
  assert.deepEqual(values, [1, {a: 2}, 'three']);
  assert.ok(dashboard.of('list').every(({raw}) => !raw.includes('samples')));
});

test('captures and the gateway\'s id fill in the group', {timeout: 10_000}, async () => {
  await device.publish('places/de/berlin/hall 3', '{"ok":true}');
  const sample = await firstSample('edge-01-de-berlin/hall 3');
  assert.equal(sample.rest, 'berlin/hall 3');
  assert.equal(sample.country, 'de');
});

test('a message that several rules match is handled once by each', {timeout: 10_000}, async () => {
  const values = [...Array(20).keys()];
  for (const value of values) await device.publish('overlap/d1/value', `${value}`);
  await device.publish('overlap/end', '"end"');
  await dashboard.receives((d) => d.samples('wide').some(({data}) => data === 'end'), 'the last one');
  for (const group of ['wide', 'middle', 'narrow-d1']) {
    await dashboard.receives((d) => d.samples(group).length >= values.length, `all in ${group}`);
    const got = dashboard.samples(group).map(({data}) => data).filter((data) => data !== 'end');
    assert.deepEqual(got, values, group);
  }
});

test('# does not reach topics that start with $', {timeout: 10_000}, async () => {
  await dashboard.receives((d) => d.samples('system').length > 2, 'figures of the broker');
  assert.ok(dashboard.samples('system').every(({topic}) => topic.startsWith('$SYS/broker/')));
  await device.publish('plain', '{"last":1}');
  await dashboard.receives((d) => d.samples('everything').some(({topic}) => topic === 'plain'),
    'a plain topic in everything');
  assert.ok(dashboard.samples('everything').every(({topic}) => !topic.startsWith('$')));
});

test('all books add up', {timeout: 10_000}, async () => {
  const metrics = await gateway.booksAreRight();
  assert.equal(metrics.rule('wide').received, 21);
  assert.equal(metrics.rule('narrow').received, 20);
});
