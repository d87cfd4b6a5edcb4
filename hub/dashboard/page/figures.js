// The strip of figures on top: how much comes, how fast, and whether all of it does.

import { el, formatCount, formatLatency, formatRate, setData, setText } from './dom.js';
import { drawSparkline } from './sparkline.js';

export class Figures {
  #tiles = new Map();
  #roundTrip = null;

  constructor(container) {
    this.container = container;
    this.#add('devices', 'Devices live', 'A device is live while its readings keep coming');
    this.#add('readings', 'Readings per second', 'Over the last three seconds', true);
    this.#add('frames', 'Messages per second', 'WebSocket messages; one carries a batch of readings', true);
    this.#add('latency', 'Reading to page', 'From the time of a reading to this page: half of them, and 95 of 100, are faster');
    this.#add('ping', 'Hub round trip', 'A ping to the hub and its answer');
    this.#add('missed', 'Missed batches', 'Batches whose number never came, by rule and group');
  }

  #add(key, label, title, hasChart = false) {
    const value = el('dd', { class: 'value', dataset: { figure: key } }, '–');
    const note = el('dd', { class: 'note' });
    const chart = hasChart ? el('canvas', { class: 'spark', 'aria-hidden': 'true' }) : null;
    this.container.append(el('div', { class: 'tile', title }, el('dl', {}, el('dt', {}, label), value, note), chart));
    this.#tiles.set(key, { value, note, chart });
  }

  setRoundTrip(ms) {
    this.#roundTrip = ms;
  }

  draw(model, now) {
    let live = 0;
    for (const device of model.devices.values()) if (!model.isStale(device, now)) live++;
    const total = model.devices.size;
    this.#put('devices', total ? String(live) : '–', `of ${total}`);
    this.#put('readings', formatRate(model.readings.rate(now)));
    this.#put('frames', formatRate(model.frames.rate(now)));
    const latency = model.latency();
    this.#put('latency', latency ? formatLatency(latency.p50) : '–', latency ? `p95 ${formatLatency(latency.p95)}` : 'no common clock');
    this.#put('ping', this.#roundTrip === null ? '–' : formatLatency(this.#roundTrip));
    const { missed, repeated, late, malformed } = model.totals;
    const others = [[repeated, 'repeated'], [late, 'late'], [malformed, 'unreadable']]
      .filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`);
    this.#put('missed', formatCount(missed), others.join(', ') || 'all in sequence');
    setData(this.#tiles.get('missed').value, 'level', missed > 0 ? 'warn' : 'ok');
    for (const key of ['readings', 'frames']) {
      drawSparkline(this.#tiles.get(key).chart, model[key].trend(now), { fromZero: true });
    }
  }

  #put(key, value, note = '') {
    const tile = this.#tiles.get(key);
    setText(tile.value, value);
    setText(tile.note, note);
  }
}
