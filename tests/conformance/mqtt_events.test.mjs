// MQTT clients and event handlers: the official middleware and our SDK's endpoint decide about a
// CONNECT and answer what is published below $webpubsub/server/events/.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import mqtt from 'mqtt';

import { sign, startHub } from './support/hub.mjs';
import { startExpress, startOurs } from './support/upstreams.mjs';

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
