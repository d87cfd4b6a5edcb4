// Our client and the official JavaScript one do the same against the same hub: what they say and
// hear on the wire is the same, and so is what they tell the program.
//
// The official protobuf protocol is in no public registry: our protobuf frames, read by another
// implementation of protobuf, are compared with the official client's JSON ones.
//
// Where the two differ on purpose a test of its own shows both; webpubsub/README.md has the reasons.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { officialClient, ourClient } from './differential/clients.mjs';
import { comparable, read } from './differential/frames.mjs';
import { startRecorder } from './differential/recorder.mjs';
import { everyRole, startHub } from './support/hub.mjs';

const json = 'json.webpubsub.azure.v1';
const reliable = 'json.reliable.webpubsub.azure.v1';
const protobuf = 'protobuf.webpubsub.azure.v1';
const protobufReliable = 'protobuf.reliable.webpubsub.azure.v1';

let hub;
let runs = 0;

before(async () => {
  hub = await startHub();
});
after(() => hub.close());

const highest = (frames) => Math.max(0, ...frames.map(({ sequenceId }) => sequenceId ?? 0));

/** Runs `script` with one client and resolves to everything that could be seen of it. */
async function run(client, subprotocol, script, roles = everyRole) {
  const service = hub.service(`run${++runs}`);
  const wire = await startRecorder(hub.port, read);
  const outcomes = [];
  const act = async (action) => {
    const outcome = await client.act(action);
    outcomes.push({ ...action, ...outcome });
    return outcome;
  };
  try {
    const { url } = await service.getClientAccessToken({ userId: 'ann', roles });
    await client.act({
      do: 'start',
      url: url.replace(`:${hub.port}/`, `:${wire.port}/`),
      subprotocol,
    });
    await client.told.until('connected', 1);
    await script({ act, wire, service, told: client.told });
    if (subprotocol.includes('reliable')) {
      await wire.until(
        ({ toService, toClient }) =>
          highest(toService.filter(({ type }) => type === 'sequenceAck')) === highest(toClient),
        'the last sequence ack',
      );
    }
    await client.act({ do: 'stop' });
    await client.told.until('stopped', 1);
    await wire.until(({ closes }) => closes.some(({ by }) => by === 'client'), 'the close');
  } finally {
    await client.close();
    await wire.close();
  }
  const told = {};
  for (const { told: kind, ...rest } of client.told.all) (told[kind] ??= []).push(rest);
  delete told.stream; // the official one tells of failures only
  return { ...comparable(wire.seen), told, outcomes };
}

/** Without what only some subprotocols have. */
const withoutSubprotocol = (seen) => ({
  ...seen,
  handshakes: seen.handshakes.map(({ subprotocols, ...rest }) => rest),
  toClient: seen.toClient.map(({ fromUserId, ...rest }) => rest),
  told: { ...seen.told, group: seen.told.group?.map(({ from, ...rest }) => rest) },
});

function same(name, script, subprotocols = [json, reliable, protobuf, protobufReliable]) {
  for (const subprotocol of subprotocols) {
    test(`${name}, ${subprotocol}`, async () => {
      const theirs = await run(
        officialClient(),
        subprotocol.replace('protobuf', 'json'),
        script,
      );
      const ours = await run(ourClient(), subprotocol, script);
      if (subprotocol.startsWith('json')) assert.deepEqual(ours, theirs);
      else assert.deepEqual(withoutSubprotocol(ours), withoutSubprotocol(theirs));
    });
  }
}

const text = (data, more) => ({ do: 'send', group: 'site', type: 'text', data, ack: true, ...more });

describe('the same', { concurrency: 4 }, () => {
  same('joins, sends, receives and leaves', async ({ act, service, told }) => {
    await act({ do: 'join', group: 'site' });
    await act(text('hello'));
    await act(text('{"t":21.5,"list":[1,null,"x"]}', { type: 'json' }));
    await act(text('\u0000\u0001bytes', { type: 'binary' }));
    await act(text('nobody hears it', { noEcho: true }));
    await act(text('unacknowledged', { ack: false }));
    await told.until('group', 4);
    await service.group('site').sendToAll('from REST', { contentType: 'text/plain' });
    await told.until('group', 5);
    await service.sendToUser('ann', { answer: 42 });
    await told.until('server', 1);
    await act({ do: 'leave', group: 'site' });
    await act(text('gone'));
  });

  same('raises events and hears the reply before the ack', async ({ act, told }) => {
    await act({ do: 'event', event: 'echo', type: 'text', data: 'hi', ack: true });
    await act({ do: 'event', event: 'echo', type: 'json', data: '{"a":[true]}', ack: true });
    await act({ do: 'event', event: 'silent', type: 'text', data: 'x', ack: true });
    await act({ do: 'event', event: 'echo', type: 'binary', data: 'raw', ack: false });
    await told.until('server', 3);
  });

  same('invokes an event', async ({ act }) => {
    await act({ do: 'invoke', event: 'echo', type: 'json', data: '{"k":1}' });
    await act({ do: 'invoke', event: 'echo', type: 'text', data: 'word' });
    await act({ do: 'invoke', event: 'fail', type: 'text', data: 'word' });
  });

  same('streams to a group', async ({ act, told, wire }) => {
    await act({ do: 'join', group: 'site' });
    await act({ do: 'open', group: 'site' });
    await act({ do: 'write', type: 'text', data: 'one' });
    await act({ do: 'write', type: 'json', data: '{"two":2}' });
    await act({ do: 'write', type: 'binary', data: 'three' });
    await told.until('group', 3);
    const acknowledged = ({ toClient }) =>
      toClient.some(({ type, expectedSequenceId }) => type === 'streamAck' && expectedSequenceId === 4);
    await wire.until(acknowledged, 'the ack of all three');
    await act({ do: 'end' });
    await told.until('group', 4);
  });

  same('ends a stream with an error', async ({ act, told }) => {
    await act({ do: 'join', group: 'site' });
    await act({ do: 'open', group: 'site' });
    await act({ do: 'write', type: 'text', data: 'half' });
    await told.until('group', 1);
    await act({ do: 'end', failed: true, message: 'broke', code: 'E1' });
    await told.until('group', 2);
  });

  same(
    'recovers a connection cut in the middle',
    async ({ act, service, told, wire }) => {
      await act({ do: 'join', group: 'site' });
      for (let cut = 1; cut <= 3; ++cut) {
        const before = told.of('group').length;
        await act(text(`before ${cut}`));
        await told.until('group', before + 1);
        wire.cut();
        for (let i = 0; i < 5; ++i) {
          await service.group('site').sendToAll(`away ${i}`, { contentType: 'text/plain' });
        }
        await told.until('group', before + 6);
        await act(text(`after ${cut}`));
        await told.until('group', before + 7);
      }
    },
    [reliable, protobufReliable],
  );

  same(
    'goes on with a stream after a recovery',
    async ({ act, service, told, wire }) => {
      await act({ do: 'join', group: 'site' });
      await act({ do: 'open', group: 'site' });
      await act({ do: 'write', type: 'text', data: 'one' });
      await wire.until(
        ({ toClient }) => toClient.some(({ expectedSequenceId }) => expectedSequenceId === 2),
        'the ack of the first',
      );
      await told.until('group', 1);
      wire.cut();
      await wire.until(({ handshakes }) => handshakes.length === 2, 'the recovery');
      await service.group('site').sendToAll('back', { contentType: 'text/plain' });
      await told.until('group', 2);
      await act({ do: 'write', type: 'text', data: 'two' });
      await told.until('group', 3);
      await act({ do: 'end' });
      await told.until('group', 4);
    },
    [reliable, protobufReliable],
  );

  same(
    'makes a new connection and joins again when the old one cannot be recovered',
    async ({ act, service, told, wire }) => {
      await act({ do: 'join', group: 'a-site' });
      await act({ do: 'join', group: 'b-site' });
      wire.cut();
      await told.until('connected', 2);
      await wire.until(
        ({ toClient }) => toClient.filter(({ type }) => type === 'ack').length === 4,
        'the rejoins',
      );
      await service.group('b-site').sendToAll('again', { contentType: 'text/plain' });
      await told.until('group', 1);
    },
    [json, protobuf],
  );

  same('is closed by the service and comes back', async ({ act, service, told, wire }) => {
    await act({ do: 'join', group: 'site' });
    const { connectionId } = wire.seen.toClient[0];
    await service.closeConnection(connectionId, { reason: 'maintenance' });
    await told.until('connected', 2);
    await wire.until(
      ({ toClient }) => toClient.filter(({ type }) => type === 'ack').length === 2,
      'the rejoin',
    );
    await service.group('site').sendToAll('again', { contentType: 'text/plain' });
    await told.until('group', 1);
  });
});

const sends = (seen) => seen.toService.filter(({ type }) => ['sendToGroup', 'event'].includes(type));

describe('different on purpose', { concurrency: 4 }, () => {
  test('a send whose ack was lost: ours is repeated with its id, theirs arrives twice', async () => {
    const script = async ({ act, told, wire }) => {
      await act({ do: 'join', group: 'site' });
      wire.swallow(({ type }) => type === 'ack');
      const outcome = act(text('once?'));
      await told.until('group', 1);
      wire.swallow(() => false);
      wire.cut();
      assert.deepEqual(await outcome, { ok: true });
      await act(text('last'));
      await wire.until(
        ({ toClient }) => toClient.some(({ data }) => data === 'last'),
        'the last message',
      );
    };
    const ours = await run(ourClient(), reliable, script);
    const theirs = await run(officialClient(), reliable, script);
    const heard = (seen) => seen.told.group.map(({ data }) => data);
    assert.deepEqual(heard(ours), ['once?', 'last']);
    assert.deepEqual(heard(theirs), ['once?', 'once?', 'last']);
    const ids = (seen) => sends(seen).map(({ ackId }) => ackId);
    assert.equal(ids(ours)[0], ids(ours)[1]);
    assert.notEqual(ids(theirs)[0], ids(theirs)[1]);
  });

  test('a refused send: ours is over with the answer, theirs is tried four times', async () => {
    const script = async ({ act }) => {
      assert.deepEqual(await act(text('forbidden')), { ok: false });
    };
    const roles = ['webpubsub.joinLeaveGroup'];
    assert.equal(sends(await run(ourClient(), reliable, script, roles)).length, 1);
    assert.equal(sends(await run(officialClient(), reliable, script, roles)).length, 4);
  });

  test('a failing handler: both try four times, ours with the same id', async () => {
    const script = async ({ act }) => {
      const event = { do: 'event', event: 'fail', type: 'text', data: 'x', ack: true };
      assert.deepEqual(await act(event), { ok: false });
    };
    const ids = (seen) => new Set(sends(seen).map(({ ackId }) => ackId)).size;
    const ours = await run(ourClient(), json, script);
    const theirs = await run(officialClient(), json, script);
    assert.deepEqual([sends(ours).length, ids(ours)], [4, 1]);
    assert.deepEqual([sends(theirs).length, ids(theirs)], [4, 4]);
  });
});
