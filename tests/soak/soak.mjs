// The gateway for a long time under load, while its links are cut again and again.
//
//   node soak.mjs [--for 30m] [--cuts-every 60s] [--rate 2000]
//
// Real programs all around: mosquitto, webpubsub-hub, the gateway. At the end every reading stands
// in the books, every one that was to be acknowledged or was on disk has arrived, so have commands
// all the time, memory is flat, no descriptor is left open. GW_GATEWAY and GW_HUB name the programs.

import assert from 'node:assert/strict';
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';

import {Broker} from '../integration/lib/broker.mjs';
import {Gateway} from '../integration/lib/gateway.mjs';
import {addsUp} from '../integration/lib/metrics.mjs';
import {directory} from '../integration/lib/processes.mjs';
import {Subscriber} from '../integration/lib/subscriber.mjs';
import {until} from '../integration/lib/wait.mjs';
import {Arrivals} from './lib/arrivals.mjs';
import {Cable} from './lib/cable.mjs';
import {commandRules, Commands} from './lib/commands.mjs';
import {HubProgram} from './lib/hub_program.mjs';
import {Load} from './lib/load.mjs';
import {fittedRise, look} from './lib/process_watch.mjs';

const OUTAGE_MS = 2000;
// The first outage of each link is the longest: what later ones need fits into what it needed.
const FIRST_OUTAGE_MS = 10_000;
const SAMPLE_MS = 500;
const CALM_SAMPLES = 6;
const CALM_PENDING = 1000;  // readings: half a second's worth
const PATIENCE = {timeout: 60_000, interval: 100};  // machines are slow and loaded at times
// How much the line fitted through the least memory after each cut may rise in all. It breathes by a
// MiB or two with what an outage left behind, so a short run sees large leaks only. In half an hour
// one byte a reading, or 50 KiB a reconnect, is too much.
const MEMORY_RISE_LIMIT_KIB = {short: 4096, long: 1536};
const LONG_MS = 10 * 60 * 1000;
const WARM_UP = 2;   // cuts
const COMPARED = 4;  // at least

const rules = [
  {name: 'exact', topic: 'soak/exact/{device}', group: 'exact', qos: 1, send: 'acknowledged'},
  {
    name: 'stored', topic: 'soak/stored/{device}', group: 'stored', qos: 1, store: 'disk', send: 'stream',
    replay: {rate: '1000/s'},
  },
  {name: 'quick', topic: 'soak/quick/{device}', group: 'quick', qos: 0},
];

function seconds(text) {
  const match = /^(\d+)(s|m|h)$/.exec(text);
  if (!match) throw new Error(`a time such as 90s, 30m or 2h expected; got '${text}'`);
  return Number(match[1]) * {s: 1, m: 60, h: 3600}[match[2]];
}

const say = (text) => console.log(text);

/** Broker, hub, gateway, devices and a subscriber, the gateway's links on cables. */
class Scene {
  arrived = {exact: new Arrivals(), stored: new Arrivals()};
  wrong = undefined;  // the first sum that did not add up

  async set(rate) {
    [this.broker, this.hub] = await Promise.all([Broker.start(), HubProgram.start()]);
    this.cables = {mqtt: await Cable.to(this.broker.port), cloud: await Cable.to(this.hub.port)};
    this.gateway = await Gateway.start({
      broker: {url: `mqtt://127.0.0.1:${this.cables.mqtt.port}`}, rules, commands: commandRules,
      webpubsub: {connection_string: this.hub.connectionStringAt(this.cables.cloud.port)},
      store: {directory: mkdtempSync(join(directory, 'store-')), sync: '1s'},
      log: {format: 'text'},
    });
    this.pid = this.gateway.program.child.pid;
    this.subscriber = await Subscriber.join(this.hub.connectionString, Object.keys(this.arrived),
      (group, sample) => this.arrived[group].note(sample.data.n));
    this.commands = await Commands.start(this.broker, this.hub.connectionString);
    this.load = await Load.start(this.broker, rate);
  }

  async cut(links, outage) {
    for (const link of links) this.cables[link].pull();
    await sleep(outage);
    await Promise.all(links.map((link) => this.cables[link].plugIn()));
    await this.gateway.untilConnected(PATIENCE);
  }

  /** Samples until `end` and a while in the calm: the smallest of each figure there. */
  async watchUntil(end) {
    const least = {pss: Infinity, rss: Infinity, descriptors: Infinity};
    for (let calm = 0; calm < CALM_SAMPLES || performance.now() < end;) {
      await sleep(SAMPLE_MS);
      const metrics = await this.#books();
      const waiting = rules.reduce((sum, {name}) => sum + metrics.rule(name).pending, 0);
      if (!metrics.linkUp('mqtt') || !metrics.linkUp('cloud') || waiting > CALM_PENDING) continue;
      const now = look(this.pid);
      for (const name of Object.keys(least)) least[name] = Math.min(least[name], now[name]);
      calm += 1;
    }
    return least;
  }

  async #books() {
    const metrics = await this.gateway.metrics();
    for (const {name} of rules) {
      const books = metrics.rule(name);
      if (!addsUp(books)) this.wrong ??= `${name}: ${JSON.stringify(books)}`;
    }
    return metrics;
  }

  /** Ends the load and waits until nothing is on its way any more. */
  async settle() {
    await this.load.stop();
    this.commands.stop();
    for (const [kind, {inOrder}] of Object.entries(this.arrived)) say(`${kind}: ${inOrder} arrived so far`);
    await until(() => Object.entries(this.arrived)
      .every(([kind, {inOrder}]) => inOrder === this.load.published[kind]),
    'every reading to be acknowledged has arrived', PATIENCE);
    return this.gateway.metricsWhen(
      (metrics) => rules.every(({name}) => metrics.rule(name).pending === 0),
      'nothing is pending', PATIENCE);
  }

  async clear() {
    this.load?.end();
    await this.commands?.end();
    this.subscriber?.stop();
    await this.gateway?.program.stop();
    for (const cable of Object.values(this.cables ?? {})) cable.pull();
    await Promise.all([this.hub?.stop(), this.broker?.stop()]);
  }
}

/** Cuts and watches until the time is over: the calmest figures after each cut. */
async function soak(scene, time, cutsEvery) {
  const cuts = [['mqtt'], ['cloud'], ['mqtt', 'cloud']];
  const started = performance.now();
  const calm = [];
  const isOver = () => performance.now() + cutsEvery / 2 >= started + time;
  for (let count = 0; count < WARM_UP + COMPARED || !isOver(); ++count) {
    const links = cuts[count % cuts.length];
    const cutAt = performance.now();
    const commands = scene.commands.arrived;
    await scene.cut(links, count < WARM_UP ? FIRST_OUTAGE_MS : OUTAGE_MS);
    const least = await scene.watchUntil(cutAt + cutsEvery);
    assert.ok(scene.commands.arrived > commands, 'commands come through');
    calm.push(least);
    say(`${Math.round((performance.now() - started) / 1000)} s: cut ${links.join(' and ')}; `
      + `PSS ${least.pss} KiB, RSS ${least.rss} KiB, ${least.descriptors} descriptors`);
  }
  return calm;
}

function checkResources(calm, limit) {
  const settled = calm.slice(WARM_UP);
  const rise = fittedRise(settled.map(({pss}) => pss));
  say(`memory: ${rise >= 0 ? '+' : ''}${rise.toFixed(0)} KiB from cut ${WARM_UP + 1} on `
    + `(limit ${limit} KiB)`);
  if (process.env.GW_SANITIZE) {
    say('a sanitizer keeps freed memory: its rise says nothing about the gateway');
  } else {
    assert.ok(rise <= limit, 'memory is not flat');
  }
  const [first, last] = [settled[0].descriptors, settled.at(-1).descriptors];
  say(`descriptors: ${first} and ${last}`);
  assert.ok(last <= first, 'descriptors are left open');
}

async function checkBooks(scene) {
  const {published} = scene.load;
  const metrics = await scene.settle();
  assert.equal(scene.wrong, undefined, `the books did not add up: ${scene.wrong}`);
  for (const {name} of rules) {
    const {received, forwarded, filtered, dropped, pending} = metrics.rule(name);
    say(`${name}: published ${published[name]}; received ${received} = forwarded ${forwarded}`
      + ` + filtered ${filtered} + dropped ${dropped} + pending ${pending}`);
    assert.equal(received, forwarded + filtered + dropped + pending);
    assert.equal(dropped, 0, `${name} lost readings`);
  }
  for (const name of Object.keys(scene.arrived)) {
    assert.ok(metrics.rule(name).received >= published[name], 'QoS 1 and a session: the broker gives all of it');
  }
  const {sent, arrived} = scene.commands;
  const delivered = metrics.commands('delivered');
  say(`commands: ${sent} sent, ${delivered} delivered, ${arrived} arrived at the device`);
  assert.ok(delivered <= arrived && arrived <= sent, 'what the gateway calls delivered has arrived');
  const reconnects = ['mqtt', 'cloud'].map((link) =>
    metrics.sum('wpsgw_link_reconnects_total', {link, reason: 'connection_lost'}));
  say(`links lost: mqtt ${reconnects[0]}, cloud ${reconnects[1]}`);
  assert.ok(reconnects.every((count) => count > 0), 'each link was cut');
  const {code, lines} = await scene.gateway.stop();
  assert.equal(code, 0, scene.gateway.program.output);
  for (const {name} of rules) assert.ok(addsUp(lines[name]), JSON.stringify(lines));
}

const {values: options} = parseArgs({options: {
  'for': {type: 'string', default: '30m'},
  'cuts-every': {type: 'string', default: '60s'},
  'rate': {type: 'string', default: '2000'},
}});
const time = seconds(options.for) * 1000;
const cutsEvery = seconds(options['cuts-every']) * 1000;

const scene = new Scene();
try {
  await scene.set(Number(options.rate));
  const [begin, beganAt] = [look(scene.pid), performance.now()];
  const calm = await soak(scene, time, cutsEvery);
  const [end, elapsed] = [look(scene.pid), (performance.now() - beganAt) / 1000];
  const {total} = scene.load;
  say(`${total} readings in ${elapsed.toFixed(0)} s: ${(total / elapsed).toFixed(0)} a second`);
  say(`CPU: ${(100 * (end.cpu - begin.cpu) / elapsed).toFixed(1)} % of a core, `
    + `${(1e6 * (end.cpu - begin.cpu) / total).toFixed(0)} us a reading`);
  await checkBooks(scene);
  checkResources(calm, MEMORY_RISE_LIMIT_KIB[time >= LONG_MS ? 'long' : 'short']);
  say('all is well');
} catch (error) {
  console.error(error);
  if (scene.gateway) console.error(scene.gateway.program.output.slice(-20_000));
  process.exitCode = 1;
} finally {
  await scene.clear();
}
