// Commands: the form for the selected device, and the log that tells what became of each.
//
// The hub's ack says that the command went on to the gateway. That the device obeyed shows only in
// its readings, so the log watches those for the value that was asked for.

import { kindOf, withUnit } from './catalogue.js';
import { byId, el, formatLatency, setData, setText } from './dom.js';

const kMostEntries = 50;
const kEffectLimit = 15_000;

/** A random name for duplicate suppression. crypto.randomUUID needs a secure context; this does not. */
function makeId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class CommandLog {
  #waiting = new Set();

  /** `send(data)` gives a promise of {success, error, elapsed}. */
  constructor(send) {
    this.send = send;
    this.rows = byId('log');
  }

  /** `isDone(device)` tells from the device's readings that it obeyed. */
  async run({ device, name, args, text, isDone }) {
    const entry = this.#addEntry(device, text);
    const watch = { device, isDone, entry, started: performance.now(), seenBefore: device.count };
    this.#waiting.add(watch);
    const { success, error, elapsed } = await this.send({ type: 'command', device: device.name, name, id: makeId(), args });
    if (success) {
      this.#put(entry.ack, formatLatency(elapsed), 'ok');
    } else {
      this.#put(entry.ack, error?.message || error?.name || 'refused', 'bad');
      if (this.#waiting.delete(watch)) this.#put(entry.effect, '–', 'off');
    }
  }

  /** A reading of `device` has come. */
  observe(device, now) {
    for (const watch of this.#waiting) {
      if (watch.device !== device || device.count <= watch.seenBefore || !watch.isDone(device)) continue;
      this.#waiting.delete(watch);
      this.#put(watch.entry.effect, `after ${formatLatency(now - watch.started)}`, 'ok');
    }
  }

  draw(now) {
    for (const watch of this.#waiting) {
      if (now - watch.started < kEffectLimit) continue;
      this.#waiting.delete(watch);
      this.#put(watch.entry.effect, 'not seen', 'warn');
    }
  }

  #put(cell, text, level) {
    setText(cell, text);
    setData(cell, 'level', level);
  }

  #addEntry(device, text) {
    byId('no-commands').hidden = true;
    const entry = { ack: el('td', {}, 'sent…'), effect: el('td', {}, 'waiting…') };
    const time = new Date().toLocaleTimeString('en-GB');
    this.rows.prepend(el('tr', {}, el('td', {}, time), el('td', {}, device.name), el('td', {}, text), entry.ack, entry.effect));
    while (this.rows.children.length > kMostEntries) this.rows.lastElementChild.remove();
    return entry;
  }
}

export class CommandForm {
  #device = null;
  #followers = [];
  #allowed = true;

  constructor(log) {
    this.log = log;
    this.form = byId('command-form');
    this.form.addEventListener('submit', (event) => event.preventDefault());
  }

  /** Whether the hub passes commands on. */
  setAllowed(allowed) {
    this.#allowed = allowed;
    if (this.#device) this.show(this.#device);
  }

  show(device) {
    this.#device = device;
    this.#followers = [];
    this.form.replaceChildren();
    if (!this.#allowed) {
      this.form.append(el('p', { class: 'empty' }, 'This hub passes no commands on.'));
      return;
    }
    const { controls } = kindOf(device.kind);
    for (const control of controls) this.form.append(control.type === 'range' ? this.#range(device, control) : this.#choice(device, control));
    if (controls.length) this.form.lastElementChild.append(this.#reset(device));
    else this.form.append(this.#freeForm(device));
    this.draw();
  }

  /** Controls show what the device reports, unless somebody is using them. */
  draw() {
    for (const follow of this.#followers) follow();
  }

  #range(device, control) {
    const { name, field, label, min, max, step } = control;
    const output = el('output', {});
    let touched = false;
    let hold = 0;  // until then the device has had no time to report what it was told
    const slider = el('input', { type: 'range', min, max, step, 'aria-label': `${label} of ${device.name}` });
    const show = () => setText(output, withUnit(Number(slider.value), control));
    slider.addEventListener('input', () => { touched = true; show(); });
    const send = () => {
      const value = Number(slider.value);
      touched = false;
      this.log.run({
        device, name, args: { value }, text: `${label.toLowerCase()} ${withUnit(value, control)}`,
        isDone: ({ fields }) => fields.get(field) === value,
      });
      hold = performance.now() + 2000;
    };
    this.#followers.push(() => {
      const value = device.fields.get(field);
      if (touched || performance.now() < hold || typeof value !== 'number') return;
      if (Number(slider.value) !== value) slider.value = String(value);
      show();
    });
    return el('div', { class: 'control' }, el('span', { class: 'control-label' }, label), slider, output,
      el('button', { type: 'button', class: 'primary', dataset: { command: name }, onclick: send }, 'Set'));
  }

  #choice(device, { name, field, label, options }) {
    const buttons = options.map((value) => el('button', {
      type: 'button', dataset: { command: name, value }, 'aria-pressed': 'false',
      onclick: () => this.log.run({
        device, name, args: { value }, text: `${label.toLowerCase()} ${value}`, isDone: ({ fields }) => fields.get(field) === value,
      }),
    }, value));
    this.#followers.push(() => {
      for (const button of buttons) {
        const pressed = String(device.fields.get(field) === button.dataset.value);
        if (button.getAttribute('aria-pressed') !== pressed) button.setAttribute('aria-pressed', pressed);
      }
    });
    return el('div', { class: 'control' }, el('span', { class: 'control-label' }, label),
      el('div', { class: 'segments', role: 'group', 'aria-label': label }, ...buttons));
  }

  #reset(device) {
    const send = () => {
      const before = device.fields.get('uptime');
      this.log.run({
        device, name: 'reset', args: {}, text: 'reset',
        isDone: ({ fields }) => typeof before !== 'number' || fields.get('uptime') < before || fields.get('uptime') === 0,
      });
    };
    return el('button', { type: 'button', class: 'aside', dataset: { command: 'reset' }, onclick: send }, 'Reset device');
  }

  /** For devices we know nothing about: any name, any arguments. */
  #freeForm(device) {
    const name = el('input', { type: 'text', value: 'reset', 'aria-label': 'Name of the command', maxlength: 60, spellcheck: 'false' });
    const args = el('input', { type: 'text', value: '{}', class: 'wide', 'aria-label': 'Arguments, as JSON', maxlength: 2000, spellcheck: 'false' });
    const send = () => {
      let value;
      try {
        value = JSON.parse(args.value);
      } catch {
        args.setCustomValidity('This is not JSON.');
        args.reportValidity();
        return;
      }
      this.log.run({ device, name: name.value, args: value, text: `${name.value} ${args.value}`, isDone: () => true });
    };
    args.addEventListener('input', () => args.setCustomValidity(''));
    return el('div', { class: 'control' }, el('span', { class: 'control-label' }, 'Command'), name, args,
      el('button', { type: 'button', class: 'primary', onclick: send }, 'Send'));
  }
}
