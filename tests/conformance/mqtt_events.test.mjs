// MQTT clients and event handlers: the official middleware and our SDK's endpoint decide about a
// CONNECT and answer what is published below $webpubsub/server/events/.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import mqtt from 'mqtt';

import { sign, startHub } from './support/hub.mjs';
import { startExpress, startOurs, startRecorder } from './support/upstreams.mjs';

const key = 'a key that hub and event handler share, long enough';
const kinds = { 'the official middleware': () => startExpress(), 'our endpoint': () => startOurs(key) };

for (const [kind, startUpstream] of Object.entries(kinds)) {
  describe(kind, () => {
    let upstream;
    let hub;
    const open = [];
    before(async () => {
      upstream = await startUpstream();
      hub = await startHub(
        ...['--access-key', key],
        ...['--event-handler', `chat=http://127.0.0.1:${upstream.port}/api/webpubsub/hubs/{hub}/;` +
          'user=*;system=connect,connected,disconnected'],
      );
    });
    after(async () => {
      for (const client of open) client.end(true);
      await hub.close();
      await upstream.close();
    });

    const connect = async (as = '', options = {}) => {
      const path = '/clients/mqtt/hubs/chat';
      const token = sign(hub, { aud: `${hub.endpoint}${path}`, sub: 'ann' });
      const client = mqtt.connect(`ws://127.0.0.1:${hub.port}${path}?as=${as}&access_token=${token}`, {
        protocolVersion: 5,
        clientId: randomBytes(8).toString('hex'),
        reconnectPeriod: 0,
        ...options,
      });
      open.push(client);
      await new Promise((resolve, reject) => {
        client.once('connect', resolve);
        client.once('error', reject);
        client.once('close', () => reject(new Error('closed before CONNACK')));
      });
      return client;
    };
    const next = (client) =>
      new Promise((resolve) =>
        client.once('message', (topic, payload, packet) =>
          resolve({ topic, payload: payload.toString(), packet })),
      );
    const publish = (client, event, payload, properties = {}) => {
      const answer = next(client);
      client.publish(`$webpubsub/server/events/${event}`, payload, { qos: 1, properties });
      return answer;
    };

    test('the handler is asked, and told of the coming and the going', async () => {
      const client = await connect('', { username: 'u', password: 'p' });
      const { clientId } = client.options;
      await upstream.log.until((seen) => seen.connectionId === clientId && seen.event === 'connected');
      await client.endAsync();
      await upstream.log.until((seen) => seen.connectionId === clientId && seen.event === 'disconnected');
    });

    test('a refusal is a CONNACK that says no', () =>
      assert.rejects(connect('reject'), { code: 0x87 }));

    test('the handler gives groups and roles', async () => {
      const client = await connect('full');
      const heard = next(client);
      await client.publishAsync('lobby', 'hi', { qos: 1 });
      assert.equal((await heard).topic, 'lobby');
    });

    test('an event is answered on its topic, with what identifies it', async () => {
      const client = await connect();
      const { topic, payload, packet } = await publish(client, 'echo', 'words', {
        contentType: 'text/plain',
        correlationData: Buffer.from('c1'),
      });
      assert.equal(topic, '$webpubsub/server/events/echo/succeeded');
      assert.equal(payload, 'words');
      assert.equal(packet.properties.correlationData.toString(), 'c1');
      assert.equal(packet.properties.userProperties['azure-status-code'], '200');
    });

    test('an event that fails says so', async () => {
      const client = await connect();
      const { topic, packet } = await publish(client, 'fail', 'x', { contentType: 'text/plain' });
      assert.equal(topic, '$webpubsub/server/events/fail/failed');
      assert.equal(packet.properties.userProperties['azure-status-code'], '500');
    });

    test('events are handled one after another', async () => {
      const client = await connect();
      const answers = [];
      const all = new Promise((resolve) => {
        client.on('message', (topic, payload) => answers.push(payload.toString()) === 20 && resolve());
      });
      const expected = Array.from({ length: 20 }, (_, i) => String(i));
      for (const payload of expected) {
        client.publish('$webpubsub/server/events/echo', payload, {
          properties: { contentType: 'text/plain' },
        });
      }
      await all;
      assert.deepEqual(answers, expected);
    });
  });
}

describe('what a handler is told, and what it says, of MQTT', () => {
  const path = '/clients/mqtt/hubs/chat';
  let answer = () => undefined;
  const atConnect = (said) => ({ headers }) =>
    headers['ce-eventname'] === 'connect' ? said : undefined;
  let upstream;
  let hub;
  const open = [];
  before(async () => {
    upstream = await startRecorder((request) => answer(request));
    hub = await startHub('--event-handler',
      `http://127.0.0.1:${upstream.port}/{event};user=*;system=connect,connected,disconnected`);
  });
  after(async () => {
    for (const client of open) client.end(true);
    await hub.close();
    await upstream.close();
  });

  const start = (options = {}) => {
    const token = sign(hub, { aud: `${hub.endpoint}${path}`, sub: 'ann' });
    const client = mqtt.connect(`ws://127.0.0.1:${hub.port}${path}?access_token=${token}`, {
      protocolVersion: 5,
      clientId: randomBytes(8).toString('hex'),
      reconnectPeriod: 0,
      ...options,
    });
    open.push(client);
    return client;
  };
  const connected = (client) =>
    new Promise((resolve, reject) => {
      client.once('connect', resolve);
      client.once('error', reject);
    });
  const posts = (event, client) => (request) =>
    request.method === 'POST' && request.headers['ce-eventname'] === event &&
    request.headers['ce-connectionid'] === client.options.clientId;

  test('§8.6 each transport and the session have ids; the end says who and how', async () => {
    answer = () => undefined;
    const client = start({ clean: false, properties: { sessionExpiryInterval: 20 } });
    await connected(client);
    const [connect] = await upstream.log.until(posts('connect', client));
    assert.equal(connect.headers['ce-subprotocol'], 'mqtt');
    assert.ok(connect.headers['ce-physicalconnectionid']);
    assert.equal(connect.headers['ce-sessionid'], undefined);
    const [first] = await upstream.log.until(posts('connected', client));
    assert.equal(first.headers['ce-physicalconnectionid'], connect.headers['ce-physicalconnectionid']);
    assert.ok(first.headers['ce-sessionid']);

    client.stream.destroy();
    await new Promise((resolve) => client.once('close', resolve));
    const again = start({ ...client.options, protocolVersion: 5 });
    await connected(again);
    await again.publishAsync('$webpubsub/server/events/look', 'x', {
      qos: 1, properties: { userProperties: { Trace: 't1' } },
    });
    const [event] = await upstream.log.until(posts('look', again));
    assert.equal(event.headers['ce-sessionid'], first.headers['ce-sessionid']);
    assert.notEqual(event.headers['ce-physicalconnectionid'], first.headers['ce-physicalconnectionid']);
    assert.equal(event.headers['mqtt-trace'], 't1');

    await again.endAsync(false, { reasonCode: 0, properties: {
      sessionExpiryInterval: 0, userProperties: { why: 'done' } } });
    const [gone] = await upstream.log.until(posts('disconnected', again));
    assert.deepEqual(JSON.parse(gone.body).mqtt, {
      initiatedByClient: true,
      disconnectPacket: { code: 0, userProperties: [{ name: 'why', value: 'done' }] },
    });
  });

  test('§8.6 a refusal in the words of MQTT reaches the client as they are', async () => {
    answer = atConnect({
      status: 403,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ mqtt: { code: 0x8a, reason: 'not again', userProperties: [{ name: 'a', value: 'b' }] } }),
    });
    const client = start();
    const packet = new Promise((resolve) => client.once('packetreceive', resolve));
    client.on('error', () => {});
    const { reasonCode, properties } = await packet;
    assert.equal(reasonCode, 0x8a);
    assert.equal(properties.reasonString, 'not again');
    assert.equal(properties.userProperties.a, 'b');

    answer = atConnect({
      status: 401, headers: { 'Content-Type': 'application/json' }, body: '{"mqtt":{"code":4}}',
    });
    const old = start({ protocolVersion: 4 });
    const refused = new Promise((resolve) => old.once('packetreceive', resolve));
    old.on('error', () => {});
    assert.equal((await refused).returnCode, 4);
  });

  test('§8.6 user properties of a yes reach the client', async () => {
    answer = atConnect({
      status: 200,
      headers: { 'Content-Type': 'application/json' },
      body: '{"mqtt":{"userProperties":[{"name":"site","value":"7"}]}}',
    });
    const { properties } = await connected(start());
    assert.equal(properties.userProperties.site, '7');
  });
});
