// Rules with overflow: block: what there is no room for stays at the broker, and everybody else
// goes on.

import assert from 'node:assert/strict';
import {describe, test} from 'node:test';

import {blocking, live, QUEUE, Scene} from './lib/blocking_scene.mjs';
import {backend} from './lib/clients.mjs';

const MESSAGES = 6000;
const LIMIT = {timeout: 100_000};
const BEYOND = 1024 * 1024;

// At the same time: most of it is waiting for connections.
describe('overflow: block', {concurrency: true}, () => {
  test('nothing is lost, and live rules and commands go on while the link of a full rule is paused', LIMIT, async (t) => {
    // What waits leaves slowly at first: the service is back while the link is paused.
    const scene = await Scene.set(t, {rules: [{...blocking, batch: {max_samples: 2}, replay: {rate: '0.1/s'}}, live]});
    await scene.hub.stop();
    await scene.publish(MESSAGES);
    const paused = await scene.linkIs('paused');
    const onDisk = paused.sum('wpsgw_rule_stored_messages', {rule: 'meters'});
    assert.ok(onDisk >= QUEUE && onDisk < MESSAGES, `${onDisk} on disk`);
    assert.ok(paused.sum('wpsgw_queue_bytes', {queue: 'store'}) < BEYOND);
    assert.equal(paused.linkUp('mqtt'), true);
    // Each once by each link.
    await scene.gateway.metricsWhen((metrics) => metrics.rule('live').received === MESSAGES, 'the live rule got all of them');
    await scene.gateway.booksAreRight();
    assert.match(scene.gateway.program.output, /the broker keeps what comes for rules that block: rule meters has as many/);

    await scene.serviceIsBack();
    await scene.device.subscribe('commands/#');
    await backend(scene.hub.connectionString).sendToUser('edge-01', {type: 'command', device: 'd1', args: 7});
    await scene.device.receives('commands/d1');
    await scene.device.publish('other', '1');
    await scene.dashboard.receives((d) => d.samples('live').some(({topic}) => topic === 'other'), 'a live reading arrives');
    await scene.linkIs('paused');

    // A limit that is raised is room.
    await scene.reload([{...blocking, offline: {max: 5 * QUEUE, overflow: 'block'}}, live]);
    const books = await scene.everythingArrives();
    assert.ok(books.received - MESSAGES < MESSAGES / 4, `${books.received - MESSAGES} came twice`);
    await scene.linkIs('up');
    assert.match(scene.gateway.program.output, /the broker sends for rules that block again/);
  });

  test('a gateway that is killed while its link is paused goes on where it was', LIMIT, async (t) => {
    const scene = await Scene.set(t);
    await scene.hub.stop();
    await scene.publish(4 * QUEUE);
    await scene.linkIs('paused');
    await scene.restart('SIGKILL');
    // It does not even connect.
    await scene.linkIs('paused');
    assert.equal((await scene.gateway.metrics()).sum('wpsgw_link_connects_total', {link: 'mqtt_blocking'}), 0);
    await scene.publish(QUEUE);
    await scene.serviceIsBack();
    await scene.everythingArrives();
  });

  test('reloads make the link, and end it with what the broker has kept', LIMIT, async (t) => {
    const dropping = {...blocking, offline: {max: 100_000}};
    const scene = await Scene.set(t, {rules: [dropping, live], blocks: false});
    await scene.publish(100);
    await scene.reload([blocking, live]);
    await scene.linkIs('up');
    await scene.publish(100);
    await scene.everythingArrives();
    await scene.hub.stop();
    await scene.publish(4 * QUEUE);
    await scene.linkIs('paused');
    // No rule blocks any more: the broker's part is fetched, and the session gone.
    await scene.reload([dropping, live]);
    await scene.serviceIsBack();
    await scene.everythingArrives();
    await scene.linkIs('gone', {timeout: 30_000});
    await scene.publish(100);
    await scene.everythingArrives();
  });
});
