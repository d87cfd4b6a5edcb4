// The grid of devices: a card each with its last values and a short line of the main one.

import { describe, formatValue, kindLabel, kindOf, primaryField, withUnit } from './catalogue.js';
import { byId, el, formatAge, setData, setText } from './dom.js';
import { drawSparkline } from './sparkline.js';

const kSparkValues = 60;
const kSettleTime = 3000;
const byName = (a, b) => a.device.site.localeCompare(b.device.site) || a.device.name.localeCompare(b.device.name, 'en', { numeric: true });

export class DeviceGrid {
  #cards = new Map();  // device key -> card
  #visible = new Set();
  #selected = null;
  #chooseUntil = Infinity;
  #filters = { search: '', site: '', kind: '' };
  #options = { site: new Set(), kind: new Set() };

  /** `onSelect(device, byUser)` */
  constructor(onSelect) {
    this.onSelect = onSelect;
    this.grid = byId('grid');
    this.observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const card = this.#cards.get(target.dataset.key);
        if (!card) continue;
        if (isIntersecting) this.#visible.add(card);
        else this.#visible.delete(card);
        card.isDirty = true;
      }
    });
    this.grid.addEventListener('keydown', (event) => this.#moveFocus(event));
    for (const [name, label] of [['site', 'All sites'], ['kind', 'All kinds']]) {
      byId(name).append(el('option', { value: '' }, label));
      byId(name).addEventListener('change', ({ target }) => this.#filter({ [name]: target.value }));
    }
    byId('search').addEventListener('input', ({ target }) => this.#filter({ search: target.value.trim().toLowerCase() }));
  }

  select(device, byUser) {
    if (byUser) this.#chooseUntil = -Infinity;
    if (this.#selected) this.#cards.get(this.#selected.key)?.mark(false);
    this.#selected = device;
    this.#cards.get(device.key)?.mark(true);
    this.onSelect(device, byUser);
  }

  draw(model, now) {
    this.#follow(model);
    for (const device of model.dirtyDevices) {
      const card = this.#cards.get(device.key);
      if (card) card.isDirty = true;
    }
    model.dirtyDevices.clear();
    for (const card of this.#visible) card.draw(model.isStale(card.device, now), now);
  }

  redraw() {
    for (const card of this.#cards.values()) card.isDirty = true;
  }

  focusSelected() {
    if (this.#selected) this.#cards.get(this.#selected.key)?.node.focus();
  }

  /** Makes cards for new devices and takes away those of devices that made room. */
  #follow(model) {
    let changed = false;
    for (const [key, card] of this.#cards) {
      if (model.devices.get(key) === card.device) continue;
      this.observer.unobserve(card.item);
      card.item.remove();
      this.#cards.delete(key);
      this.#visible.delete(card);
      changed = true;
    }
    const added = [];
    for (const device of model.devices.values()) {
      if (this.#cards.has(device.key)) continue;
      const card = new DeviceCard(device, () => this.select(device, true));
      this.#cards.set(device.key, card);
      added.push(card);
    }
    if (added.length) this.#insert(added);
    if (changed || added.length) this.#showCounts();
    if (added.length && performance.now() < this.#chooseUntil) this.#chooseFirst();
  }

  /** Until somebody chooses, the first device by name; not for long, or the panel would jump. */
  #chooseFirst() {
    if (!this.#selected) this.#chooseUntil = performance.now() + kSettleTime;
    const { device } = [...this.#cards.values()].sort(byName)[0];
    if (device !== this.#selected) this.select(device, false);
  }

  #insert(added) {
    const cards = [...this.#cards.values()].sort(byName);
    cards.forEach((card, i) => {
      if (this.grid.children[i] !== card.item) this.grid.insertBefore(card.item, this.grid.children[i] ?? null);
    });
    for (const card of added) {
      this.observer.observe(card.item);
      this.#offer('site', card.device.site, card.device.site);
      this.#offer('kind', card.device.kind, kindLabel(card.device.kind));
      card.item.hidden = !this.#matches(card.device);
      if (card.device === this.#selected) card.mark(true);
    }
  }

  #offer(name, value, label) {
    if (!value || this.#options[name].has(value)) return;
    this.#options[name].add(value);
    byId(name).append(el('option', { value }, label));
  }

  #matches({ name, site, kind, topic }) {
    const filters = this.#filters;
    return (!filters.site || site === filters.site) && (!filters.kind || kind === filters.kind)
      && (!filters.search || `${name} ${site} ${kind} ${topic}`.toLowerCase().includes(filters.search));
  }

  #filter(change) {
    Object.assign(this.#filters, change);
    for (const card of this.#cards.values()) card.item.hidden = !this.#matches(card.device);
    this.#showCounts();
  }

  #showCounts() {
    const shown = [...this.#cards.values()].filter((card) => !card.item.hidden).length;
    const all = this.#cards.size;
    setText(byId('device-count'), shown === all ? String(all) : `${shown} of ${all}`);
    byId('no-devices').hidden = shown > 0;
    setText(byId('no-devices'), all ? 'No device fits the filter.' : 'Waiting for the first reading.');
  }

  /** Arrow keys walk the grid as it is laid out. */
  #moveFocus(event) {
    const nodes = [...this.grid.querySelectorAll('li:not([hidden]) > button')];
    const at = nodes.indexOf(document.activeElement);
    if (at < 0) return;
    const columns = getComputedStyle(this.grid).gridTemplateColumns.split(' ').length;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: nodes.length - 1 - at };
    if (!Object.hasOwn(steps, event.key)) return;
    event.preventDefault();
    nodes[Math.min(nodes.length - 1, Math.max(0, at + steps[event.key]))].focus();
  }
}

class DeviceCard {
  isDirty = true;
  #wasStale = null;

  constructor(device, onClick) {
    this.device = device;
    this.name = el('span', { class: 'name' }, device.name);
    this.age = el('span', { class: 'site' }, device.site);
    this.value = el('span', { class: 'big' });
    this.unit = el('span', { class: 'unit' });
    this.minor = el('span', { class: 'minor' });
    this.canvas = el('canvas', { class: 'spark', 'aria-hidden': 'true' });
    this.node = el('button', { type: 'button', class: 'device', 'aria-pressed': 'false', onclick: onClick },
      el('span', { class: 'row' }, el('span', { class: 'dot', 'aria-hidden': 'true' }), this.name, this.age),
      el('span', { class: 'row middle' }, el('span', { class: 'main' }, this.value, ' ', this.unit), this.canvas),
      this.minor);
    this.item = el('li', { dataset: { key: device.key } }, this.node);
  }

  mark(isSelected) {
    this.node.setAttribute('aria-pressed', String(isSelected));
  }

  draw(isStale, now) {
    if (isStale) setText(this.age, `silent ${formatAge(now - this.device.seen)}`);
    if (!this.isDirty && isStale === this.#wasStale) return;
    this.isDirty = false;
    this.#wasStale = isStale;
    const { device } = this;
    if (!isStale) setText(this.age, device.site);
    setData(this.node, 'kind', device.kind);
    this.node.classList.toggle('stale', isStale);
    const field = primaryField(device);
    const about = describe(device.kind, field ?? '');
    const value = device.fields.get(field);
    setText(this.value, value === undefined ? '–' : formatValue(value, about));
    setText(this.unit, typeof value === 'number' ? about.unit : '');
    setText(this.minor, this.#minorText(field));
    drawSparkline(this.canvas, device.history.tail(field, kSparkValues));
  }

  #minorText(field) {
    const { device } = this;
    const wanted = kindOf(device.kind).minor;
    const names = wanted.length ? wanted : [...device.fields.keys()].filter((name) => name !== field).slice(0, 3);
    return names.filter((name) => device.fields.has(name))
      .map((name) => (name === 'set_point' ? 'set ' : '') + withUnit(device.fields.get(name), describe(device.kind, name)))
      .join(' · ');
  }
}
