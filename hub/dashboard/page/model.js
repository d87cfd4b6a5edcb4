// What the page knows: devices, gateways, and the figures of the traffic. Everything is bounded.

import { History } from './history.js';
import { interpret, readingsOfSnapshot } from './messages.js';

const kMostDevices = 500;
const kMostGateways = 50;
const kMostFields = 32;  // of one device
const kMostStreams = 2000;
const kLeastStaleAfter = 8_000;
const kLatencies = 512;
const kSeconds = 60;

/** Events per second over the last minute. */
class RateMeter {
  #counts = new Float64Array(kSeconds + 1);
  #second = 0;
  #first = Infinity;

  add(now, count = 1) {
    this.#first = Math.min(this.#first, Math.floor(now / 1000));
    this.#roll(now);
    this.#counts[this.#second % this.#counts.length] += count;
  }

  #roll(now) {
    const second = Math.floor(now / 1000);
    for (let s = Math.max(this.#second + 1, second - kSeconds); s <= second; s++) this.#counts[s % this.#counts.length] = 0;
    this.#second = Math.max(this.#second, second);
  }

  /** Per second, over the last `seconds` whole ones. */
  rate(now, seconds = 3) {
    const counts = this.counts(now).slice(-seconds);
    return counts.reduce((sum, count) => sum + count, 0) / seconds;
  }

  /** Whole seconds only, for charts: without the first, which began in its middle. */
  trend(now) {
    const known = Math.max(0, Math.min(kSeconds, Math.floor(now / 1000) - this.#first - 1));
    return known ? this.counts(now).slice(-known) : [];
  }

  /** Each whole second of the last minute, oldest first. */
  counts(now) {
    this.#roll(now);
    return Array.from({ length: kSeconds }, (_, i) => this.#counts[(this.#second + 1 + i) % this.#counts.length]);
  }
}

export class Model {
  devices = new Map();
  gateways = new Map();
  dirtyDevices = new Set();
  readings = new RateMeter();
  frames = new RateMeter();
  totals = { readings: 0, frames: 0, malformed: 0, missed: 0, repeated: 0, late: 0, evicted: 0 };
  #streams = new Map();  // "gateway, rule, group" -> last seq
  #latencies = [];

  constructor({ onReading }) {
    this.onReading = onReading;
  }

  /** What was missed while away is not a gap of the gateway's. */
  reconnected() {
    this.#streams.clear();
  }

  receive(frame) {
    const now = performance.now();
    this.totals.frames++;
    this.frames.add(now);
    if (frame === null) {
      this.totals.malformed++;
      return;
    }
    const message = interpret(frame);
    if (message.kind === 'status') {
      this.#takeStatus(message.status, now);
      return;
    }
    if (message.kind === 'other') return;
    if (message.kind === 'batch' && !this.#checkSequence(message.batch)) return;
    this.readings.add(now, message.readings.length);
    this.totals.readings += message.readings.length;
    for (const reading of message.readings) this.#takeReading(reading, now);
  }

  /** Last values, as the gateway keeps them: what is shown until the next readings come. */
  receiveSnapshot(data) {
    const now = performance.now();
    for (const reading of readingsOfSnapshot(data)) {
      if (!reading.hasTime) continue;
      const device = this.#deviceFor(reading, now);
      if (reading.time <= device.time) continue;
      this.#showReading(device, reading);
      device.seen = now - Math.max(0, Date.now() - reading.time);
      device.history.add(reading.time, [...reading.fields].filter(([, value]) => typeof value === 'number'));
    }
  }

  #takeStatus(status, now) {
    const name = String(status.gateway ?? '').slice(0, 100);
    if (!this.gateways.has(name) && this.gateways.size >= kMostGateways) return;
    const before = this.gateways.get(name);
    this.gateways.set(name, { name, status, seen: now, previous: before && { status: before.status, seen: before.seen } });
  }

  /** False for a batch that was here before. */
  #checkSequence({ key, seq, late }) {
    if (late) this.totals.late++;
    if (!Number.isSafeInteger(seq)) return true;
    const last = this.#streams.get(key);
    if (last === undefined && this.#streams.size >= kMostStreams) return true;
    if (seq === last) {
      this.totals.repeated++;
      return false;
    }
    // Smaller: the gateway started anew and counts from the beginning.
    if (last !== undefined && seq > last + 1) this.totals.missed += seq - last - 1;
    this.#streams.set(key, seq);
    return true;
  }

  #takeReading(reading, now) {
    const device = this.#deviceFor(reading, now);
    const isNewer = device.history.add(reading.time, [...reading.fields].filter(([, value]) => typeof value === 'number'));
    if (!isNewer) return;  // late: it stays in the totals, the device's last values are newer
    if (device.count > 0) {
      const gap = Math.min(60_000, now - device.seen);
      device.interval = device.interval ? device.interval * 0.8 + gap * 0.2 : gap;
    }
    device.seen = now;
    device.count++;
    this.#showReading(device, reading);
    if (reading.hasTime && !reading.late) this.#noteLatency(Date.now() - reading.time);
    this.onReading(device, now);
  }

  #showReading(device, reading) {
    device.time = reading.time;
    device.data = reading.data;
    device.kind = reading.kind || device.kind;
    device.gateway = reading.gateway;
    device.rule = reading.rule;
    for (const [name, value] of reading.fields) {
      if (device.fields.has(name) || device.fields.size < kMostFields) device.fields.set(name, value);
    }
    this.dirtyDevices.add(device);
  }

  #deviceFor(reading, now) {
    const key = `${reading.site}\n${reading.device}`;
    let device = this.devices.get(key);
    if (device) return device;
    if (this.devices.size >= kMostDevices) this.#evict();
    device = {
      key, name: reading.device, site: reading.site, kind: reading.kind, topic: reading.topic, group: reading.group,
      gateway: reading.gateway, rule: reading.rule, fields: new Map(), history: new History(),
      seen: now, time: 0, count: 0, interval: 0, data: null,
    };
    this.devices.set(key, device);
    return device;
  }

  /** The device that has been silent longest makes room. */
  #evict() {
    let oldest = null;
    for (const device of this.devices.values()) if (!oldest || device.seen < oldest.seen) oldest = device;
    this.devices.delete(oldest.key);
    this.dirtyDevices.delete(oldest);
    this.totals.evicted++;
  }

  isStale(device, now) {
    return now - device.seen > Math.max(kLeastStaleAfter, device.interval * 4);
  }

  #latencyAt = 0;
  #noteLatency(ms) {
    this.#latencies[this.#latencyAt++ % kLatencies] = ms;
  }

  /** Milliseconds from the reading's own time to this page; nothing where the clocks differ. */
  latency() {
    const sorted = this.#latencies.slice().sort((a, b) => a - b);
    if (sorted.length < 5) return null;
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
    return at(0.5) < -20 ? null : { p50: Math.max(0, at(0.5)), p95: Math.max(0, at(0.95)) };
  }
}
