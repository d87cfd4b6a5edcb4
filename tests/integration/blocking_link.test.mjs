// The connection of rules that block, and what its broker does to it: another client takes its
// session, and passwords change.

import assert from 'node:assert/strict';
import {describe, test} from 'node:test';

import mqtt from 'mqtt';

import {blocking, CLIENT_ID, live, QUEUE, Scene} from './lib/blocking_scene.mjs';
import {until} from './lib/wait.mjs';

const LIMIT = {timeout: 100_000};
const LINKS = ['mqtt', 'mqtt_blocking'];

const connects = (metrics, link = 'mqtt_blocking') => metrics.sum('wpsgw_link_connects_total', {link});

/** Another client with the link's id, which gets its messages and acknowledges none. */
class Twin {
  static async connect(scene, version) {
    const twin = new Twin();
    twin.#client = mqtt.connect(scene.broker.url, {
      clientId: `${CLIENT_ID}-blocking`, protocolVersion: version === '5' ? 5 : 4, clean: false, reconnectPeriod: 0,
      properties: version === '5' ? {sessionExpiryInterval: 3600} : undefined,
    });
    twin.#client.handleMessage = () => { twin.received += 1; };
    twin.#client.on('error', () => {});
    twin.#client.on('connect', () => { twin.isConnected = true; });
    await until(() => twin.isConnected, 'the twin is connected');
    return twin;
  }

  received = 0;
  isConnected = false;
  #client;

  stop() {
    return this.#client.endAsync(true);
  }
}

describe('the link of rules that block', {concurrency: true}, () => {
  for (const version of ['5', '3.1.1']) {
    test(`a client with its id is named, and loses it nothing (MQTT ${version})`, LIMIT, async (t) => {
      const scene = await Scene.set(t, {mqtt: {version}});
      await scene.publish(50);
      const suspicion = /no link to the broker for rules that block: .*another client .*\bedge-01-blocking\b/;
      // The broker does not say why: a connection that lasted a while may have ended for any reason.
      await until(async () => {
        const before = connects(await scene.gateway.metrics());
        const twin = await Twin.connect(scene, version);
        await scene.publish(20);
        await scene.gateway.metricsWhen((metrics) => connects(metrics) > before, 'the link is back', {timeout: 40_000});
        await twin.stop();
        return suspicion.test(scene.gateway.program.output);
      }, 'the log names the other client', {timeout: 60_000});
      assert.equal(connects(await scene.gateway.metrics(), 'mqtt'), 1);
      await scene.everythingArrives();

      // While it is paused the session is there to be taken.
      await scene.hub.stop();
      await scene.publish(3 * QUEUE);
      await scene.linkIs('paused');
      const twin = await Twin.connect(scene, version);
      await until(() => twin.received > 0, 'the twin gets what the broker kept');
      await scene.linkIs('paused');
      await scene.serviceIsBack();
      await scene.everythingArrives();
      await twin.stop();
    });
  }

  describe('when passwords change', {concurrency: true}, () => {
    const device = 'of the device';
    const sceneWith = (t, gateway) => Scene.set(t, {
      mqtt: {username: 'gateway', password_file: 'mqtt-password'}, files: {'mqtt-password': gateway},
      passwords: {gateway, device},
    });
    const gatewayGets = async (scene, password) => {
      const taken = () => scene.gateway.program.output.split('mqtt.password changed on disk').length;
      const before = taken();
      scene.gateway.write('mqtt-password', password);
      await until(() => taken() > before, 'the gateway has read its new password');
    };
    const brokerGets = (scene, gateway) => scene.broker.setPasswords({gateway, device});
    const isRefused = (scene, link) => scene.gateway.program.says(
      new RegExp(`"mqtt\\.connect_failed".*refused the connection: .*"link":"${link}"`), {timeout: 30_000});
    const allConnects = async (scene) => {
      const metrics = await scene.gateway.metrics();
      return LINKS.map((link) => connects(metrics, link));
    };

    test('both links take them up, whoever hears of it first', LIMIT, async (t) => {
      const scene = await sceneWith(t, 'first');
      await scene.publish(50);
      await gatewayGets(scene, 'second');
      await scene.publish(50);
      assert.deepEqual(await allConnects(scene), [1, 1], 'open connections do not mind');
      brokerGets(scene, 'second');
      await until(async () => (await allConnects(scene)).every((count) => count === 2), 'both links are made anew', {timeout: 30_000});
      await scene.linkIs('up');
      assert.doesNotMatch(scene.gateway.program.output, /refused the connection/);

      brokerGets(scene, 'third');
      for (const link of LINKS) await isRefused(scene, link);
      await scene.publish(100);
      await gatewayGets(scene, 'third');
      await until(async () => (await allConnects(scene)).every((count) => count === 3), 'both links are back', {timeout: 30_000});
      await scene.everythingArrives();
    });

    test('a paused link comes back with the new one', LIMIT, async (t) => {
      const scene = await sceneWith(t, 'first');
      await scene.hub.stop();
      await scene.publish(3 * QUEUE);
      await scene.linkIs('paused');
      await gatewayGets(scene, 'second');
      brokerGets(scene, 'second');
      await until(async () => (await allConnects(scene))[0] === 2, 'the other link is made anew', {timeout: 30_000});
      await scene.publish(QUEUE);
      await scene.linkIs('paused');
      await scene.serviceIsBack();
      await scene.everythingArrives();
      assert.doesNotMatch(scene.gateway.program.output, /refused the connection/);
      assert.match(scene.gateway.program.output, /"session":"resumed"/);
    });

    test('a link that no rule needs any more ends with the new one', LIMIT, async (t) => {
      const scene = await sceneWith(t, 'first');
      await scene.publish(50);
      await gatewayGets(scene, 'mistyped');
      // It connects once more, to end its session.
      await scene.reload([{...blocking, offline: {max: QUEUE}}, live]);
      await isRefused(scene, 'mqtt_blocking');
      await gatewayGets(scene, 'first');
      await scene.linkIs('gone', {timeout: 30_000});
      await scene.publish(50);
      await scene.everythingArrives();
    });
  });
});
