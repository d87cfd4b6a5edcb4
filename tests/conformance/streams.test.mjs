// Streams and invocations with the official client.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { WebPubSubJsonReliableProtocol } from '@azure/web-pubsub-client';

import { connectClient, everyRole, startHub } from './support/hub.mjs';

let hub;
let service;
const open = [];

const connect = async (tokenOptions) => {
  const connected = await connectClient(service, tokenOptions, {
    protocol: WebPubSubJsonReliableProtocol(),
    messageRetryOptions: { maxRetries: 0 },
  });
  open.push(connected);
  return connected;
};

before(async () => {
  hub = await startHub();
  service = hub.service('chat');
});
after(async () => {
  await Promise.all(open.map(({ stop }) => stop()));
  await hub.close();
});

test('a stream arrives whole and in order', async () => {
  const receiver = await connect({ groups: ['film'] });
  const sender = await connect({ roles: everyRole });
  const arrived = new Promise((resolve, reject) => {
    receiver.client.onGroupStream(async (stream) => {
      try {
        const parts = [];
        for await (const message of stream) parts.push(message.data);
        resolve(parts);
      } catch (error) {
        reject(error);
      }
    });
  });
  const stream = await sender.client.openGroupStream('film');
  const sent = [];
  for (let i = 0; i < 200; ++i) {
    sent.push(`part ${i}`);
    await stream.write(sent[i], 'text');
  }
  await stream.end();
  assert.deepEqual(await arrived, sent);
});

test('a stream that fails tells its receivers why', async () => {
  const receiver = await connect({ groups: ['torn'] });
  const sender = await connect({ roles: everyRole });
  const failed = new Promise((resolve) => {
    receiver.client.onGroupStream(async (stream) => {
      try {
        for await (const message of stream) assert.equal(message.data, 'x');
      } catch (error) {
        resolve(error);
      }
    });
  });
  const stream = await sender.client.openGroupStream('torn');
  await stream.write('x', 'text');
  await stream.abort({ message: 'sensor gone', userErrorCode: 'E7' });
  const error = await failed;
  assert.equal(error.name, 'UserError');
  assert.equal(error.userErrorCode, 'E7');
});

test('a stream without the role is refused', async () => {
  const { client } = await connect({});
  await assert.rejects(client.openGroupStream('film'));
});

test('an invocation gets its answer', async () => {
  const { client } = await connect({});
  const { data } = await client.invokeEvent('echo', { question: 1 }, 'json');
  assert.deepEqual(data, { question: 1 });
});

test('an invocation that fails says so', async () => {
  const { client } = await connect({});
  await assert.rejects(client.invokeEvent('fail', 'x', 'text'), (error) => {
    assert.equal(error.errorDetail?.name, 'InternalServerError');
    return true;
  });
});
