// The big live charts of the selected device, on uPlot.

import { chartsOf, describe, withUnit } from './catalogue.js';
import { el, themeValue } from './dom.js';

/* global uPlot */

const kFirstHeight = 196;
const kHeight = 122;

/** Axis numbers with as many digits as their steps need. */
function axisValues(_, splits) {
  const step = splits.length > 1 ? Math.abs(splits[1] - splits[0]) : 1;
  const digits = step >= 1 ? 0 : Math.min(4, Math.ceil(-Math.log10(step)));
  return splits.map((value) => (value === null ? '' : value.toFixed(digits)));
}

/** Some room around the line, so that noise looks like noise. */
function range(_, low, high) {
  if (low === null || high === null) return [0, 1];
  const room = Math.max((high - low) * 0.15, Math.abs(high) * 0.005, 0.05);
  return [low - room, high + room];
}

export class Charts {
  #charts = [];
  #device = null;
  #signature = '';
  #span = 60_000;

  constructor(container) {
    this.container = container;
    this.sync = uPlot.sync('device');
    new ResizeObserver(() => this.#resize()).observe(container);
  }

  set span(ms) {
    this.#span = ms;
  }

  show(device) {
    this.#device = device;
    this.#signature = '';
  }

  /** The theme's colours are drawn into the canvases: make them anew. */
  rebuild() {
    this.#signature = '';
  }

  draw(now) {
    const device = this.#device;
    if (!device || device.history.size === 0) return;
    const names = chartsOf(device);
    const signature = JSON.stringify([device.key, names]);
    if (signature !== this.#signature) this.#build(device, names, signature);
    // By the readings' clock, not ours: they may differ.
    const end = device.history.lastTime() + Math.min(now - device.seen, this.#span);
    for (const { plot, fields } of this.#charts) {
      plot.batch(() => {
        plot.setData(device.history.since(end - this.#span - 5000, fields), false);
        plot.setScale('x', { min: (end - this.#span) / 1000, max: end / 1000 });
      });
    }
  }

  #build(device, names, signature) {
    for (const { plot } of this.#charts) plot.destroy();
    this.container.replaceChildren();
    this.#signature = signature;
    this.#charts = names.map((fields, i) => {
      const box = el('figure', { class: 'chart', dataset: { kind: device.kind, chart: fields[0] } });
      this.container.append(box);
      const abouts = fields.map((field) => describe(device.kind, field));
      box.append(el('figcaption', {}, abouts[0].label, el('span', {}, abouts[0].unit ? ` ${abouts[0].unit}` : '')));
      const plot = new uPlot(this.#optionsFor(device, fields, abouts, i === 0), [[]], box);
      return { plot, fields, box, isFirst: i === 0 };
    });
  }

  #optionsFor(device, fields, abouts, isFirst) {
    const muted = themeValue('--muted');
    const font = `11px ${themeValue('--font')}`;
    const grid = { stroke: themeValue('--grid'), width: 1 };
    const color = themeValue(`--kind-${device.kind}`) || themeValue('--accent');
    const axis = { stroke: muted, font, grid, ticks: { show: false } };
    return {
      width: Math.max(200, this.container.clientWidth), height: isFirst ? kFirstHeight : kHeight,
      padding: [24, 10, 0, 0],
      cursor: { sync: { key: this.sync.key }, drag: { x: false, y: false }, points: { size: 7 } },
      legend: { live: true },
      scales: { x: { time: true, auto: false }, y: { range } },
      axes: [
        { ...axis, size: 26, space: 70, values: [[1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1]] },
        { ...axis, size: 52, space: 28, values: axisValues },
      ],
      series: [
        { label: 'Time', value: '{HH}:{mm}:{ss}' },
        ...fields.map((_, i) => ({
          label: abouts[i].label, spanGaps: true,
          value: (plot, value) => (value === null || value === undefined ? '–' : withUnit(value, abouts[i])),
          stroke: i === 0 ? color : muted, width: i === 0 ? 2 : 1.25, points: { show: false },
          ...(i === 0 ? { fill: (plot) => this.#gradient(plot, color) } : { dash: [5, 4] }),
        })),
      ],
    };
  }

  #gradient(plot, color) {
    const { top, height } = plot.bbox;
    if (!Number.isFinite(top + height) || height <= 0) return 'transparent';
    const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
    gradient.addColorStop(0, `${color}44`);
    gradient.addColorStop(1, `${color}00`);
    return gradient;
  }

  #resize() {
    const width = this.container.clientWidth;
    if (width < 50) return;
    for (const { plot, isFirst } of this.#charts) {
      if (plot.width !== width) plot.setSize({ width, height: isFirst ? kFirstHeight : kHeight });
    }
  }
}
