// The real gateway, with a configuration made for the test.

import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {addsUp, parseMetrics} from './metrics.mjs';
import {directory, freePort, Program} from './processes.mjs';
import {until} from './wait.mjs';

const ACCESS_KEY = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH';  // of every local hub

/** A program whose path CTest tells us. */
export function programOf(variable) {
  const path = process.env[variable];
  assert.ok(path, `${variable} must name the program: run this through ctest`);
  return path;
}

export class Gateway {
  /**
   * Starts a gateway between `broker` and its embedded hub, or the service that `webpubsub` names,
   * and waits until both links are up. `wrapper` is the command that starts it, if it is not started
   * as it is; `config` adds top-level keys of the configuration.
   */
  static async start({broker, rules, webpubsub, hub, connected = true, wrapper = [], ...config}) {
    const gateway = new Gateway();
    gateway.rules = rules.map(({name}) => name);
    gateway.statusPort = await freePort();
    const hubPort = await freePort();
    gateway.connectionString = webpubsub?.connection_string
      ?? `Endpoint=http://127.0.0.1:${hubPort};AccessKey=${ACCESS_KEY};Version=1.0;`;
    gateway.program = runGateway({
      gateway: {id: 'edge-01'},
      mqtt: {broker: broker.url, client_id: `gateway-${gateway.statusPort}`},
      hub: {listen: `127.0.0.1:${hubPort}`, ...hub},
      ...(webpubsub ? {webpubsub} : {}),
      rules,
      status: {listen: `127.0.0.1:${gateway.statusPort}`},
      ...config,
    }, `gateway-${gateway.statusPort}.yaml`, wrapper);
    if (connected) await gateway.untilConnected();
    return gateway;
  }

  async untilConnected(options) {
    await until(async () => {
      if (!this.program.isRunning) throw new Error(`the gateway ended:\n${this.program.output}`);
      const metrics = await this.metrics();
      return metrics.linkUp('mqtt') && metrics.linkUp('cloud');
    }, 'both links are up', options);
  }

  async metrics() {
    const answer = await fetch(`http://127.0.0.1:${this.statusPort}/metrics`);
    assert.equal(answer.status, 200);
    return parseMetrics(await answer.text());
  }

  /** The metrics of a moment at which `probe` holds. */
  async metricsWhen(probe, what, options) {
    return until(async () => {
      const metrics = await this.metrics();
      return probe(metrics) && metrics;
    }, what, options);
  }

  /** Checks every rule's sum and that the process still lives; gives the metrics. */
  async booksAreRight() {
    assert.ok(this.program.isRunning, `the gateway ended:\n${this.program.output}`);
    const metrics = await this.metrics();
    for (const name of this.rules) {
      const books = metrics.rule(name);
      assert.ok(addsUp(books), `the sum of ${name} is wrong: ${JSON.stringify(books)}`);
    }
    return metrics;
  }

  /** The end by SIGTERM: exit code and the columns of every rule's last line. */
  async stop() {
    const {code, signal} = await this.program.stop();
    assert.equal(signal, null, this.program.output);
    return {code, lines: conservationLines(this.program.output)};
  }
}

/** Runs a gateway with `config`, by means of `wrapper` if there is one. JSON is YAML, too. */
export function runGateway(config, fileName, wrapper = []) {
  const file = join(directory, fileName);
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config, null, 2));
  const [command, ...args] = [...wrapper, programOf('GW_GATEWAY'), 'run', '--config', file];
  return new Program(command, args);
}

/** What the gateway says about each rule when it stops, by rule. */
export function conservationLines(output) {
  const line = /([\w.-]+): received (\d+) (!?=) forwarded (\d+) \+ filtered (\d+) \+ dropped (\d+)(?: \([^)]*\))? \+ pending (\d+)/g;
  const books = {};
  for (const [, rule, received, relation, forwarded, filtered, dropped, pending] of output.matchAll(line)) {
    books[rule] = {
      received: Number(received), forwarded: Number(forwarded), filtered: Number(filtered),
      dropped: Number(dropped), pending: Number(pending),
    };
    assert.equal(relation, '=', `the sum of ${rule} is wrong:\n${output}`);
  }
  return books;
}
