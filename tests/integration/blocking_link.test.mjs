// The connection of rules that block, and what its broker does to it: another client takes its
// session.

import assert from 'node:assert/strict';
import {describe, test} from 'node:test';

import mqtt from 'mqtt';

import {CLIENT_ID, QUEUE, Scene} from './lib/blocking_scene.mjs';
import {until} from './lib/wait.mjs';

const LIMIT = {timeout: 100_000};

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
});
