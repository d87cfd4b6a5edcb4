// MQTT clients over WebSocket, by mqtt.js, beside the official SDKs. Source: reference, section 1.5.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import mqtt from 'mqtt';

import { connectClient, everyRole, sign, startHub } from './support/hub.mjs';

const AUDIENCE = '/clients/mqtt/hubs/chat';

let hub;
let service;
const open = [];

const tokenFor = (claims) =>
  sign(hub, { aud: `${hub.endpoint}${AUDIENCE}`, role: everyRole, ...claims });

function urlFor(claims) {
  return `ws://127.0.0.1:${hub.port}${AUDIENCE}?access_token=${tokenFor(claims)}`;
}

/** Resolves once CONNACK has come; what arrives is kept in `seen`. */
async function connect(options = {}, claims = {}) {
  const client = mqtt.connect(urlFor(claims), {
    protocolVersion: 5,
    clientId: randomId(),  // mqtt.js's own has an underscore, which the service does not take
    clean: true,
    reconnectPeriod: 0,
    ...options,
  });
  open.push(client);
  const seen = [];
  const waiting = [];
  client.on('message', (topic, payload, packet) => {
    seen.push({ topic, payload: payload.toString(), packet });
    for (const check of waiting.splice(0)) check();
  });
  client.on('error', () => {});
  const connack = await new Promise((resolve, reject) => {
    client.once('connect', resolve);
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed before CONNACK')));
  });
  const until = (condition) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited in vain: ${condition}`)), 10_000);
      const check = () => {
        if (!condition()) return waiting.push(check);
        clearTimeout(timer);
        resolve();
      };
      check();
    });
  return { client, connack, seen, until };
}

const randomId = () => randomBytes(8).toString('hex');

const once = (client, event) => new Promise((resolve) => client.once(event, resolve));

before(async () => {
  hub = await startHub();
  service = hub.service('chat');
});
after(async () => {
  for (const client of open) (client.end ?? client.stop).call(client, true);
  await hub.close();
});

for (const protocolVersion of [4, 5]) {
  describe(`MQTT ${protocolVersion === 4 ? '3.1.1' : '5.0'}`, () => {
    for (const qos of [0, 1, 2]) {
      test(`a message of QoS ${qos} reaches another client`, async () => {
        const receiver = await connect({ protocolVersion });
        const [granted] = await receiver.client.subscribeAsync(`room${qos}`, { qos });
        assert.equal(granted.qos, qos);
        const sender = await connect({ protocolVersion });
        await sender.client.publishAsync(`room${qos}`, 'hello', { qos });
        await receiver.until(() => receiver.seen.length === 1);
        assert.equal(receiver.seen[0].payload, 'hello');
        assert.equal(receiver.seen[0].packet.qos, qos);
        assert.equal(receiver.seen[0].packet.retain, false);
      });
    }

    test('the lower quality of sender and subscription counts', async () => {
      const receiver = await connect({ protocolVersion });
      await receiver.client.subscribeAsync('low', { qos: 0 });
      const sender = await connect({ protocolVersion });
      await sender.client.publishAsync('low', 'x', { qos: 2 });
      await receiver.until(() => receiver.seen.length === 1);
      assert.equal(receiver.seen[0].packet.qos, 0);
    });

    test('after unsubscribing nothing comes', async () => {
      const client = await connect({ protocolVersion });
      await client.client.subscribeAsync(['here', 'there']);
      await client.client.unsubscribeAsync('there');
      await client.client.publishAsync('there', 'lost', { qos: 1 });
      await client.client.publishAsync('here', 'found', { qos: 1 });
      await client.until(() => client.seen.length === 1);
      assert.equal(client.seen[0].payload, 'found');
    });

    test('the will is published when the socket breaks, not after a goodbye', async () => {
      const watcher = await connect({ protocolVersion });
      await watcher.client.subscribeAsync('wills', { qos: 1 });
      const will = (payload) => ({ topic: 'wills', payload, qos: 1 });
      const polite = await connect({ protocolVersion, will: will('polite') });
      await polite.client.endAsync();
      const lost = await connect({ protocolVersion, will: will('lost') });
      lost.client.stream.destroy();
      await watcher.until(() => watcher.seen.length === 1);
      assert.equal(watcher.seen[0].payload, 'lost');
    });

    test('a session keeps subscriptions and messages while its client is away', async () => {
      const options = {
        protocolVersion,
        clientId: `away${protocolVersion}`,
        clean: false,
        properties: protocolVersion === 5 ? { sessionExpiryInterval: 20 } : undefined,
      };
      const before = await connect(options);
      assert.equal(before.connack.sessionPresent, false);
      await before.client.subscribeAsync('kept', { qos: 1 });
      before.client.stream.destroy();
      await once(before.client, 'close');
      const sender = await connect();
      await sender.client.publishAsync('kept', 'meanwhile', { qos: 1 });
      const back = await connect(options);
      assert.equal(back.connack.sessionPresent, true);
      await back.until(() => back.seen.length === 1);
      assert.equal(back.seen[0].payload, 'meanwhile');
      const anew = await connect({ ...options, clean: true });
      assert.equal(anew.connack.sessionPresent, false);
    });

    test('wildcards and forbidden groups are refused one by one', async () => {
      const client = await connect({ protocolVersion }, { role: ['webpubsub.joinLeaveGroup.mine'] });
      const answered = new Promise((resolve) => {
        client.client.on('packetreceive', (packet) => packet.cmd === 'suback' && resolve(packet));
      });
      client.client.subscribe(['mine', 'others', 'a/#'], () => {});
      const { granted } = await answered;
      assert.deepEqual(granted, protocolVersion === 5 ? [0, 0x87, 0xa2] : [0, 0x80, 0x80]);
      await service.sendToAll('still here', { contentType: 'text/plain' });
      await client.until(() => client.seen.some(({ payload }) => payload === 'still here'));
    });
  });
}

describe('between protocols', () => {
  test('a page with mqtt.js sees what SDK clients and servers send', async () => {
    const page = await connect();
    await page.client.subscribeAsync('site-1', { qos: 1 });
    const { client: native } = await connectClient(service, { roles: everyRole });
    open.push(native);
    await native.sendToGroup('site-1', { t: 21.5 }, 'json');
    await service.group('site-1').sendToAll('from the server', { contentType: 'text/plain' });
    await page.until(() => page.seen.length === 2);
    assert.equal(page.seen[0].payload, '{"t":21.5}');
    assert.equal(page.seen[0].packet.properties.contentType, 'application/json');
    assert.equal(page.seen[0].packet.qos, 1);
    assert.equal(page.seen[1].payload, 'from the server');
    assert.equal(page.seen[1].packet.properties.contentType, 'text/plain');
  });

  test('an SDK client sees what MQTT clients publish', async () => {
    const { client: native, seen, until } = await connectClient(service, {
      roles: everyRole,
      groups: ['site-2'],
    });
    open.push(native);
    await until(() => seen.connected.length === 1);
    const device = await connect({}, { sub: 'device-7' });
    const publish = (payload, contentType) =>
      device.client.publishAsync('site-2', payload, {
        qos: 1,
        properties: contentType ? { contentType } : undefined,
      });
    await publish('{"t":1}', 'application/json');
    await publish('words', 'text/plain');
    await publish('bytes');
    await until(() => seen.group.length === 3);
    assert.deepEqual(seen.group.map(({ dataType }) => dataType), ['json', 'text', 'binary']);
    assert.deepEqual(seen.group[0].data, { t: 1 });
    assert.equal(seen.group[0].fromUserId, 'device-7');
    assert.equal(Buffer.from(seen.group[2].data).toString(), 'bytes');
  });

  test('what is sent to a connection arrives without a subscription', async () => {
    const client = await connect({ clientId: 'addressed' });
    await service.sendToConnection('addressed', { n: 1 });
    await client.until(() => client.seen.length === 1);
    assert.equal(client.seen[0].topic, '$webpubsub/server/messages');
    assert.equal(client.seen[0].payload, '{"n":1}');
  });

  test('the REST API knows sessions as connections', async () => {
    const client = await connect({ clientId: 'known' }, { sub: 'someone' });
    assert.equal(await service.connectionExists('known'), true);
    assert.equal(await service.userExists('someone'), true);
    await service.group('given').addConnection('known');
    await service.group('given').sendToAll('hi', { contentType: 'text/plain' });
    await client.until(() => client.seen.length === 1);
    assert.equal(client.seen[0].topic, 'given');
    const said = once(client.client, 'disconnect');
    await service.closeConnection('known', { reason: 'enough' });
    const packet = await said;
    assert.equal(packet.reasonCode, 0x98);
    assert.equal(packet.properties.reasonString, 'enough');
  });
});

describe('MQTT 5.0 details', () => {
  test('properties travel from one MQTT client to the other', async () => {
    const receiver = await connect();
    await receiver.client.subscribeAsync('props', {
      qos: 1,
      properties: { subscriptionIdentifier: 42 },
    });
    const sender = await connect();
    await sender.client.publishAsync('props', 'x', {
      qos: 1,
      properties: {
        contentType: 'application/octet-stream',
        responseTopic: 'answers',
        correlationData: Buffer.from('7'),
        userProperties: { unit: 'Cel' },
      },
    });
    await receiver.until(() => receiver.seen.length === 1);
    const { properties } = receiver.seen[0].packet;
    assert.equal(properties.responseTopic, 'answers');
    assert.equal(properties.correlationData.toString(), '7');
    assert.equal(properties.userProperties.unit, 'Cel');
    assert.equal(properties.subscriptionIdentifier, 42);
  });

  test('no local: the publisher does not hear itself', async () => {
    const client = await connect();
    await client.client.subscribeAsync('echo', { qos: 1, nl: true });
    await client.client.subscribeAsync('loud', { qos: 1 });
    await client.client.publishAsync('echo', 'silent', { qos: 1 });
    await client.client.publishAsync('loud', 'heard', { qos: 1 });
    await client.until(() => client.seen.length === 1);
    assert.equal(client.seen[0].payload, 'heard');
  });

  test('the hub says what it does not support', async () => {
    const { connack } = await connect({ clientId: '' });
    assert.equal(connack.properties.retainAvailable, false);
    assert.equal(connack.properties.wildcardSubscriptionAvailable, false);
    assert.equal(connack.properties.sharedSubscriptionAvailable, false);
    assert.match(connack.properties.assignedClientIdentifier, /^[0-9a-zA-Z]{1,128}$/);
  });

  test('publishing to a forbidden group is refused in the PUBACK', async () => {
    const client = await connect({}, { role: [] });
    const failed = await client.client.publishAsync('room', 'x', { qos: 1 }).catch((e) => e);
    assert.equal(failed.code, 0x87);
  });

  test('a second client with the same id takes over', async () => {
    const first = await connect({ clientId: 'twin' });
    const said = once(first.client, 'disconnect');
    const second = await connect({ clientId: 'twin' });
    assert.equal((await said).reasonCode, 0x8e);
    await second.client.publishAsync('any', 'x', { qos: 1 });
  });

  test("another user's session is not taken over", async () => {
    await connect({ clientId: 'owned' }, { sub: 'owner' });
    await assert.rejects(connect({ clientId: 'owned' }, { sub: 'thief' }), { code: 0x85 });
    assert.equal(await service.connectionExists('owned'), true);
  });

  test('a keep-alive that is not kept ends the connection', async () => {
    const client = await connect({ keepalive: 1, reschedulePings: false });
    const said = once(client.client, 'disconnect');
    client.client.keepaliveManager?.destroy?.();
    assert.equal((await said).reasonCode, 0x8d);
  });

  test('bytes that are no packet end the connection with a reason', async () => {
    const client = await connect();
    const said = once(client.client, 'disconnect');
    client.client.stream.write(Buffer.from([0x36, 0x00]));
    assert.equal((await said).reasonCode, 0x81);
  });
});

describe('handshakes', () => {
  test('a token for other clients is refused', async () => {
    await assert.rejects(connect({}, { aud: `${hub.endpoint}/client/hubs/chat` }));
  });

  test('a client id of the wrong form is refused in the words of each version', async () => {
    await assert.rejects(connect({ clientId: 'not-this-one' }), { code: 0x85 });
    await assert.rejects(connect({ clientId: 'not-this-one', protocolVersion: 4 }), { code: 2 });
  });

  test('the official service client makes tokens for MQTT clients', async () => {
    const { url } = await service.getClientAccessToken({ clientProtocol: 'mqtt', roles: everyRole });
    assert.match(url, /\/clients\/mqtt\/hubs\/chat\?access_token=/);
    const client = mqtt.connect(url, {
      protocolVersion: 5,
      clientId: randomId(),
      reconnectPeriod: 0,
    });
    open.push(client);
    await once(client, 'connect');
  });
});
