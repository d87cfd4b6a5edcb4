// The hub's webhooks against two implementations of the other side: the official middleware for
// express, and our SDK's endpoint. Both must see the same and make the same of it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { sign, startHub } from './support/hub.mjs';
import { open } from './support/socket.mjs';
import { startExpress, startOurs } from './support/upstreams.mjs';

const primary = 'the primary key, which is no base64 at all==';
const secondary = 'the secondary key, while keys are being rotated';

const kinds = {
  'the official middleware': () => startExpress(),
  'our endpoint, by the primary key': () => startOurs(primary),
  'our endpoint, by the secondary key': () => startOurs('a key that the hub has never had', secondary),
};

for (const [kind, startUpstream] of Object.entries(kinds)) {
  describe(kind, () => {
    let upstream;
    let hub;
    before(async () => {
      upstream = await startUpstream();
      const url = `http://127.0.0.1:${upstream.port}/api/webpubsub/hubs/{hub}/`;
      hub = await startHub(
        ...['--access-key', primary, '--access-key', secondary],
        ...['--event-handler', `Chat=${url};user=*;system=connect,connected,disconnected`],
        ...['--webhook-retry-ms', '10'],
      );
    });
    after(async () => {
      await hub.close();
      await upstream.close();
    });

    const connect = ({ as = '', claims = {}, subprotocols } = {}) =>
      open(
        `ws://127.0.0.1:${hub.port}/client/hubs/chat?as=${as}&access_token=${sign(hub, claims)}`,
        { subprotocols },
      );
    const connected = async (options) => {
      const socket = await connect(options);
      return { socket, ...(await socket.nextFrame()) };
    };
    const refused = (options, status) =>
      assert.rejects(connect(options), (error) => {
        assert.equal(error.status, status, error.message);
        return true;
      });
    const of = (connectionId, event) => (seen) =>
      seen.connectionId === connectionId && (!event || seen.event === event);

    test('§12.44 connect without a word lets the client in as its token has it', async () => {
      const { socket, connectionId, userId } = await connected({
        claims: { sub: 'ann', role: ['webpubsub.joinLeaveGroup.g'] },
      });
      assert.equal(userId, 'ann');
      const ack = await socket.ask({ type: 'joinGroup', group: 'g', ackId: 1 });
      assert.equal(ack.success, true);
      const [seen] = await upstream.log.until(of(connectionId, 'connect'));
      assert.equal(seen.userId, 'ann');
      assert.equal(seen.hub, 'chat');
      assert.equal(seen.detail, 'ann|');
      await socket.close();
    });

    test('§12.44 connect may change user, groups, roles and state', async () => {
      const { socket, connectionId, userId } = await connected({
        as: 'full',
        claims: { sub: 'ann', role: ['webpubsub.joinLeaveGroup'], 'webpubsub.group': ['other'] },
      });
      assert.equal(userId, 'bob');
      const forbidden = await socket.ask({ type: 'joinGroup', group: 'g', ackId: 1 });
      assert.equal(forbidden.error.name, 'Forbidden');
      // A member of the new group, allowed to send to it.
      socket.send({ type: 'sendToGroup', group: 'lobby', dataType: 'text', data: 'x', ackId: 2 });
      assert.equal((await socket.nextFrame()).data, 'x');
      assert.equal((await socket.nextFrame()).success, true);
      assert.equal(await hub.service('chat').groupExists('other'), false);
      assert.equal((await socket.ask({ type: 'event', event: 'count', dataType: 'text', data: '' })).data, '41');
      const [told] = await upstream.log.until(of(connectionId, 'connected'));
      assert.equal(told.userId, 'bob');
      assert.deepEqual(told.states, { count: 40 });
      await socket.close();
    });

    test('§11.44 an empty user id and empty roles replace', async () => {
      const { socket, userId } = await connected({
        as: 'nobody',
        claims: { sub: 'ann', role: ['webpubsub.sendToGroup'] },
      });
      assert.equal(userId, undefined);
      const ack = await socket.ask({
        type: 'sendToGroup', group: 'g', dataType: 'text', data: 'x', ackId: 1,
      });
      assert.equal(ack.error.name, 'Forbidden');
      await socket.close();
    });

    test('§12.44 connect may refuse, and nothing else is told about that client', async () => {
      await refused({ as: 'reject', claims: { sub: 'refused' } }, 401);
      const [seen] = await upstream.log.until((event) => event.userId === 'refused');
      const { socket, connectionId } = await connected();
      await upstream.log.until(of(connectionId, 'connected'));
      await socket.close();
      await upstream.log.until(of(connectionId, 'disconnected'));
      assert.deepEqual(
        upstream.log.events.filter(of(seen.connectionId)).map(({ event }) => event),
        ['connect'],
      );
    });

    test('connect may choose a subprotocol of the application, whose frames are raw', async () => {
      const socket = await connect({ as: 'custom', subprotocols: ['json.webpubsub.azure.v1', 'custom.v1'] });
      assert.equal(socket.ws.protocol, 'custom.v1');
      socket.send('plain');
      assert.equal(await socket.next(), 'plain');
      await socket.close();
    });

    test('a subprotocol that was not offered fails the handshake', () =>
      refused({ as: 'foreign' }, 500));

    test('§12.44 replies to user events come as server messages, before the ack (§11.20)', async () => {
      const { socket } = await connected();
      const ask = (ackId, dataType, data) =>
        socket.send({ type: 'event', event: 'echo', ackId, dataType, data });
      const expected = (dataType, data) => ({ type: 'message', from: 'server', dataType, data });
      ask(1, 'text', 'hello');
      assert.deepEqual(await socket.nextFrame(), expected('text', 'hello'));
      assert.deepEqual(await socket.nextFrame(), { type: 'ack', ackId: 1, success: true });
      ask(2, 'json', { n: [1, 'ü'] });
      assert.deepEqual(await socket.nextFrame(), expected('json', { n: [1, 'ü'] }));
      assert.equal((await socket.nextFrame()).ackId, 2);
      ask(3, 'binary', 'AAH/');
      assert.deepEqual(await socket.nextFrame(), expected('binary', 'AAH/'));
      assert.equal((await socket.nextFrame()).ackId, 3);
      ask(4, 'text', '');
      assert.deepEqual(await socket.nextFrame(), { type: 'ack', ackId: 4, success: true });
      await socket.close();
    });

    test('§12.35 raw clients get the reply in the kind of frame it has', async () => {
      const socket = await connect({ subprotocols: [] });
      socket.send('text');
      assert.equal(await socket.next(), 'text');
      socket.send(Buffer.from([0, 255]));
      assert.deepEqual(await socket.next(), Buffer.from([0, 255]));
      await socket.close();
    });

    test('§12.44 the state makes the round trip', async () => {
      const { socket, connectionId } = await connected();
      const count = () => socket.ask({ type: 'event', event: 'count', dataType: 'text', data: '' });
      for (const expected of ['1', '2', '3']) assert.equal((await count()).data, expected);
      await socket.close();
      const [gone] = await upstream.log.until(of(connectionId, 'disconnected'));
      assert.deepEqual(gone.states, { count: 3 });
    });

    test('success without data is an ack and nothing else', async () => {
      const { socket } = await connected();
      const ack = await socket.ask({
        type: 'event', event: 'silent', ackId: 7, dataType: 'text', data: 'x',
      });
      assert.deepEqual(ack, { type: 'ack', ackId: 7, success: true });
      await socket.close();
    });

    test('§11.42 a failure is InternalServerError, and none of the handler’s text', async () => {
      const { socket } = await connected();
      for (const [ackId, event] of [[1, 'fail'], [2, 'deny']]) {
        const ack = await socket.ask({ type: 'event', event, ackId, dataType: 'text', data: 'x' });
        assert.equal(ack.success, false);
        assert.equal(ack.error.name, 'InternalServerError');
        assert.doesNotMatch(JSON.stringify(ack), /secret/);
      }
      // Without an ackId it is silent, and the connection stays (reference, section 3.4).
      socket.send({ type: 'event', event: 'deny', dataType: 'text', data: 'x' });
      assert.equal((await socket.ask({ type: 'ping' })).type, 'pong');
      await socket.close();
    });

    test('disconnected says why, once', async () => {
      const { connectionId } = await connected();
      await upstream.log.until(of(connectionId, 'connected'));
      await hub.service('chat').closeConnection(connectionId, { reason: 'out of hours' });
      const [gone] = await upstream.log.until(of(connectionId, 'disconnected'));
      assert.equal(gone.detail, 'out of hours');
      assert.deepEqual(
        upstream.log.events.filter(of(connectionId)).map(({ event }) => event),
        ['connect', 'connected', 'disconnected'],
      );
    });
  });
}

test('our endpoint refuses what is signed with another key', async () => {
  const upstream = await startOurs('not a key of this hub');
  const url = `http://127.0.0.1:${upstream.port}/api/webpubsub/hubs/chat`;
  const hub = await startHub('--event-handler', `${url};system=connect`);
  await assert.rejects(
    open(`ws://127.0.0.1:${hub.port}/client/hubs/chat?access_token=${sign(hub)}`),
    (error) => error.status === 401,
  );
  await hub.close();
  assert.deepEqual(upstream.log.events, []);
  await upstream.close();
});
