// A card for each gateway: is it there, are its links up, and where did every reading go.

import { el, formatAge, formatCount, formatRate, setData, setText } from './dom.js';

const kParts = ['forwarded', 'filtered', 'dropped', 'pending'];

/** "dropped" may be one number or one for each reason. */
const count = (value) => {
  if (typeof value === 'object' && value !== null) return Object.values(value).reduce((sum, each) => sum + count(each), 0);
  return Number.isFinite(value) ? value : 0;
};

const rulesOf = (status) => (Array.isArray(status.rules) ? status.rules.filter((rule) => rule && typeof rule === 'object').slice(0, 50) : []);
const word = (value) => String(value ?? '').slice(0, 40);

export class GatewayCards {
  #cards = new Map();

  constructor(container) {
    this.container = container;
  }

  draw(model, now) {
    for (const gateway of model.gateways.values()) {
      let card = this.#cards.get(gateway.name);
      if (!card) {
        if (this.#cards.size === 0) this.container.replaceChildren();
        card = new GatewayCard(gateway.name);
        this.#cards.set(gateway.name, card);
        this.container.append(card.node);
      }
      card.draw(gateway, now);
    }
  }
}

class GatewayCard {
  #rules = new Map();
  #drawn = null;

  constructor(name) {
    this.state = el('span', { class: 'badge' });
    this.mqtt = el('span', { class: 'badge' });
    this.service = el('span', { class: 'badge' });
    this.about = el('span', { class: 'dim about' });
    this.rows = el('tbody');
    const heads = ['Rule', 'Per second', 'Received', '', ...kParts.map((part) => part[0].toUpperCase() + part.slice(1)), 'Adds up'];
    this.node = el('article', { class: 'panel gateway' },
      el('div', { class: 'gateway-head' }, el('h3', {}, name), this.state, this.mqtt, this.service, this.about),
      el('div', { class: 'scroll' }, el('table', { class: 'rules' },
        el('thead', {}, el('tr', {}, ...heads.map((head, i) => (i === 3
          ? el('td', { class: 'share' }) : el('th', { scope: 'col', class: i > 0 ? 'number' : '' }, head))))),
        this.rows)));
  }

  draw(gateway, now) {
    const { status } = gateway;
    const interval = (Number.isFinite(status.interval_s) ? status.interval_s : 30) * 1000;
    const silent = now - gateway.seen;
    const isSilent = silent > interval * 2.5 + 1000;
    this.#badge(this.state, isSilent ? `silent for ${formatAge(silent)}` : word(status.state || 'online'),
      isSilent ? 'bad' : status.state === 'online' ? 'ok' : 'warn');
    this.#link(this.mqtt, 'MQTT', status.mqtt, isSilent);
    this.#link(this.service, 'Service', status.service, isSilent);
    const uptime = (count(status.uptime_s) * 1000) + (isSilent ? 0 : silent);
    setText(this.about, `version ${word(status.version) || '?'} · up ${formatAge(uptime)}`);
    if (this.#drawn === status) return;
    this.#drawn = status;
    for (const rule of rulesOf(status)) this.#drawRule(rule, gateway);
  }

  #badge(node, text, level) {
    setText(node, text);
    setData(node, 'level', level);
  }

  #link(node, name, state, isSilent) {
    this.#badge(node, `${name} ${word(state) || 'unknown'}`, isSilent ? 'off' : state === 'connected' ? 'ok' : 'warn');
  }

  #drawRule(rule, { previous, seen }) {
    const name = word(rule.name);
    let row = this.#rules.get(name);
    if (!row) {
      row = new RuleRow(name);
      this.#rules.set(name, row);
      this.rows.append(row.node);
    }
    const before = previous && rulesOf(previous.status).find((each) => word(each.name) === name);
    const grown = before ? count(rule.received) - count(before.received) : -1;  // less after a restart
    row.draw(rule, grown >= 0 ? grown / ((seen - previous.seen) / 1000) : null);
  }
}

class RuleRow {
  constructor(name) {
    this.rate = el('td', { class: 'number' });
    this.received = el('td', { class: 'number' });
    this.bar = el('span', { class: 'bar', 'aria-hidden': 'true' }, ...kParts.map((part) => el('span', { dataset: { part } })));
    this.cells = kParts.map((part) => el('td', { class: 'number', dataset: { part } }));
    this.sum = el('td', { class: 'number' });
    this.node = el('tr', {}, el('th', { scope: 'row' }, name), this.rate, this.received, el('td', { class: 'share' }, this.bar), ...this.cells, this.sum);
  }

  draw(rule, rate) {
    const received = count(rule.received);
    const parts = kParts.map((part) => count(rule[part]));
    setText(this.rate, rate === null ? '–' : formatRate(rate));
    setText(this.received, formatCount(received));
    parts.forEach((value, i) => {
      setText(this.cells[i], formatCount(value));
      this.bar.children[i].style.flexGrow = String(received > 0 ? value / received : 0);
    });
    // The gateway's own invariant: nothing may vanish uncounted.
    const adds = received === parts.reduce((sum, value) => sum + value, 0);
    setText(this.sum, adds ? '✓ yes' : '✗ no');
    setData(this.sum, 'level', adds ? 'ok' : 'bad');
  }
}
