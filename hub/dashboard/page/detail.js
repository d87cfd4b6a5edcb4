// The panel of the selected device: all its values, its charts, its commands, its last message.

import { describe, kindLabel, withUnit } from './catalogue.js';
import { Charts } from './charts.js';
import { byId, el, formatAge, setData, setText } from './dom.js';

const kSpans = [['1 min', 60_000], ['5 min', 300_000]];
const kRawLimit = 4000;

export class Detail {
  #device = null;
  #values = new Map();

  /** `onClose()` runs when a small screen's panel was closed. */
  constructor(commandForm, onClose) {
    this.commandForm = commandForm;
    this.onClose = onClose;
    this.panel = byId('detail');
    this.charts = new Charts(byId('charts'));
    this.#addSpans();
    byId('detail-close').addEventListener('click', () => this.close());
    this.panel.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.isOpen) this.close();
    });
  }

  get isOpen() {
    return document.body.classList.contains('detail-open');
  }

  /** On a small screen the panel covers the page; on a large one it is always there. */
  open() {
    document.body.classList.add('detail-open');
    if (getComputedStyle(byId('detail-close')).display !== 'none') this.panel.focus();
  }

  close() {
    document.body.classList.remove('detail-open');
    this.onClose();
  }

  show(device) {
    this.#device = device;
    this.#values.clear();
    byId('values').replaceChildren();
    byId('detail-body').hidden = false;
    setData(this.panel, 'kind', device.kind);
    setText(byId('detail-title'), device.name);
    this.charts.show(device);
    this.commandForm.show(device);
  }

  draw(model, now) {
    const device = this.#device;
    if (!device) return;
    const isStale = model.isStale(device, now);
    this.panel.classList.toggle('stale', isStale);
    const parts = [kindLabel(device.kind), device.site, device.topic || device.group];
    if (isStale) parts.push(`silent for ${formatAge(now - device.seen)}`);
    else if (device.interval) parts.push(`${(1000 / device.interval).toFixed(1)} per second`);
    setText(byId('detail-about'), parts.filter(Boolean).join(' · '));
    this.#drawValues(device);
    this.commandForm.draw();
    this.charts.draw(now);
    if (byId('raw').parentElement.open) setText(byId('raw'), this.#rawText(device.data));
  }

  #drawValues(device) {
    for (const [name, value] of device.fields) {
      const about = describe(device.kind, name);
      let node = this.#values.get(name);
      if (!node) {
        node = el('dd', { dataset: { field: name } });
        this.#values.set(name, node);
        byId('values').append(el('div', {}, el('dt', {}, about.label), node));
      }
      setText(node, name === 'uptime' && typeof value === 'number' ? formatAge(value * 1000) : withUnit(value, about));
    }
  }

  #rawText(data) {
    const text = JSON.stringify(data);
    return text.length > kRawLimit ? `${text.slice(0, kRawLimit)}…` : text;
  }

  #addSpans() {
    const buttons = kSpans.map(([label, ms], i) => el('button', {
      type: 'button', 'aria-pressed': String(i === 0),
      onclick: ({ currentTarget }) => {
        this.charts.span = ms;
        for (const button of buttons) button.setAttribute('aria-pressed', String(button === currentTarget));
      },
    }, label));
    byId('window').append(...buttons);
  }
}
