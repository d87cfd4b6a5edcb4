// The page by itself, against a hub that sends it what a test wants it to see.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { card, launch, openPage, waitForText } from './lib/browser.mjs';
import { startHub } from './lib/programs.mjs';

let hub;
let browser;
let page;

before(async () => {
  [hub, browser] = await Promise.all([startHub(), launch()]);
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});
beforeEach(async () => {
  await page?.context().close();
  page = await openPage(browser, hub.url);
  await waitForText(page, '#connection-text', 'Live');
});

const sample = (device, data, site = 'berlin') => ({ topic: `sensors/${site}/${device}`, time: Date.now(), site, device, data });
const batch = (seq, samples, more = {}) => ({ v: 1, gateway: 'edge-01', rule: 'climate', seq, late: false, samples, ...more });
const figure = (name) => page.locator(`[data-figure="${name}"]`);
const noteOf = (name) => page.locator(`dl:has([data-figure="${name}"]) .note`);

test('batches that never came and batches that came twice are told', async () => {
  await hub.tell('site-a', batch(7, [sample('d1', { temperature: 20 })]));
  await hub.tell('site-b', batch(100, [sample('d2', { temperature: 20 })]));
  await hub.tell('site-a', batch(8, [sample('d1', { temperature: 21 })]));
  await hub.tell('site-a', batch(8, [sample('d1', { temperature: 22 })]));
  await hub.tell('site-a', batch(12, [sample('d1', { temperature: 23 })]));
  await hub.tell('site-b', batch(101, [sample('d2', { temperature: 24 })], { late: true }));
  await waitForText(page, '[data-figure="missed"]', /^3$/);
  await page.waitForFunction(() => /1 repeated, 1 late/.test(document.querySelector('#figures').textContent));
  assert.equal(await figure('missed').getAttribute('data-level'), 'warn');
  page.assertNoTrouble();
});

test('a gateway that started anew counts from the beginning and is no gap', async () => {
  for (const seq of [50, 51, 1, 2]) await hub.tell('site-a', batch(seq, [sample('d1', { level: seq })]));
  // The figures are drawn less often than the readings: a late batch marks the drawing that knows them all.
  await hub.tell('site-a', batch(3, [sample('d1', { level: 3 })], { late: true }));
  await page.waitForFunction(() => /1 late/.test(document.querySelector('#figures').textContent));
  assert.equal(await figure('missed').textContent(), '0');
});

test('an older reading does not replace a newer one', async () => {
  const newer = sample('d1', { level: 2 });
  await hub.tell('site-a', batch(1, [newer]));
  await hub.tell('site-a', batch(2, [{ ...newer, time: newer.time - 60_000, data: { level: 1 } }], { late: true }));
  await page.waitForFunction(() => /1 late/.test(document.querySelector('#figures').textContent));
  await waitForText(page, '[data-field="level"]', /^2$/);
});

test('plain payloads, lists of them, texts and bytes are shown as they are', async () => {
  await hub.tell('plain', { device: 'pump', pressure: 1013.2 });
  await hub.tell('list', [{ id: 'a1', level: 1 }, { id: 'a2', level: 2 }]);
  await hub.tell('words', 'all is well', 'text/plain');
  await hub.tell('bytes', new Uint8Array([1, 2, 3]), 'application/octet-stream');
  await card(page, 'pump').waitFor();
  for (const name of ['a1', 'a2', 'words', 'bytes']) await card(page, name).waitFor();
  await waitForText(page, 'button.device', /^pump ?1013\.2 hPa/);
  await waitForText(page, 'button.device', /^words ?all is well/);
  page.assertNoTrouble();
});

test('a hub that passes no commands on is not asked to', async () => {
  await hub.tell('site-a', batch(1, [sample('d1', { level: 2 })]));
  await waitForText(page, '#command-form', 'passes no commands on');
  assert.equal(await page.locator('#command-form button').count(), 0);
});

test('a device of an unknown kind takes any command, and a refusal is told', async () => {
  const other = await startHub(0, ['--command-user', 'edge-01']);
  const free = await openPage(browser, other.url);
  await waitForText(free, '#connection-text', 'Live');
  await other.tell('site-a', batch(1, [sample('d1', { level: 2 })]));
  await free.getByRole('textbox', { name: 'Name of the command' }).fill('dance');
  await free.getByRole('textbox', { name: 'Arguments, as JSON' }).fill('{"steps":');
  await free.getByRole('button', { name: 'Send' }).click();
  assert.equal(await free.locator('#log tr').count(), 0);  // that was no JSON
  await free.getByRole('textbox', { name: 'Arguments, as JSON' }).fill('{"steps":3}');
  await free.getByRole('button', { name: 'Send' }).click();
  await waitForText(free, '#log tr td:nth-child(3)', 'dance {"steps":3}');
  await waitForText(free, '#log tr td:nth-child(4)', 'The gateway is not connected.');
  free.assertNoTrouble();
  await free.context().close();
  await other.stop();
});

test('a gateway whose sum is wrong, and one that fell silent', async () => {
  const rules = [{ name: 'r', received: 10, forwarded: 5, filtered: 1, dropped: { offline: 1, full: 1 }, pending: 1 }];
  const status = { type: 'gateway-status', v: 1, gateway: 'edge-01', version: '0.1.0', state: 'online', uptime_s: 90, mqtt: 'disconnected', service: 'connected', interval_s: 0.1, rules };
  await hub.tell('gateways', status);
  await waitForText(page, '.rules td:last-child', '✗ no');
  await waitForText(page, '.gateway .badge[data-level="bad"]', /^silent for/);
  await hub.tell('gateways', { ...status, interval_s: 60, rules: [{ ...rules[0], pending: 2 }] });
  await waitForText(page, '.rules td:last-child', '✓ yes');
  await waitForText(page, '.gateway .badge[data-level="warn"]', 'MQTT disconnected');
  await waitForText(page, '.gateway .badge[data-level="ok"]', 'Service connected');
});

test('what makes no sense is tolerated', async () => {
  const odd = [null, 5, 'x', [], {}, { samples: [] }, { samples: [null, 3, {}, { data: null }, { device: {}, data: [1] }] },
    { type: 'gateway-status' }, { type: 'gateway-status', gateway: {}, rules: [null, { name: [] }, 7] },
    { v: 1, seq: 'x', gateway: 5, samples: [{ time: 'soon', device: 7, data: { deep: { deeper: { deepest: 1 } }, list: [1], n: null } }] }];
  for (const each of odd) if (each !== null) await hub.tell('odd', each);
  await hub.tell('site-a', batch(1, [sample('sound', { level: 1 })]));
  await card(page, 'sound').waitFor();
  page.assertNoTrouble();
});

test('more devices than it keeps: the longest silent make room', async () => {
  for (let i = 0; i < 6; i++) {
    const samples = Array.from({ length: 100 }, (_, n) => sample(`d${i * 100 + n}`, { level: n }));
    await hub.tell('site-a', batch(i + 1, samples));
    await waitForText(page, '#device-count', i < 5 ? String((i + 1) * 100) : '500');
  }
  await card(page, 'd599').waitFor({ state: 'attached' });
  assert.equal(await page.locator('#grid > li').count(), 500);
  assert.equal(await page.locator('.name', { hasText: /^d0$/ }).count(), 0);
  page.assertNoTrouble();
});

test('search, filters and keys find a device', async () => {
  await hub.tell('site-a', batch(1, [
    sample('climate-01', { kind: 'climate', temperature: 20 }), sample('climate-02', { kind: 'climate', temperature: 20 }, 'oslo'),
    sample('meter-03', { kind: 'meter', power: 20 }, 'oslo')]));
  await card(page, 'meter-03').waitFor();
  await page.selectOption('#site', 'oslo');
  await waitForText(page, '#device-count', '2 of 3');
  await page.selectOption('#kind', 'meter');
  await waitForText(page, '#device-count', '1 of 3');
  await page.selectOption('#kind', '');
  await page.selectOption('#site', '');
  await page.fill('#search', 'CLIMATE');
  await waitForText(page, '#device-count', '2 of 3');
  await card(page, 'climate-01').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await waitForText(page, '#detail-title', 'climate-02');
});

test('light and dark, and the choice stays', async () => {
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), 'dark');
  await page.getByRole('button', { name: 'Change between light and dark' }).click();
  assert.equal(await theme(), 'light');
  await page.reload();
  assert.equal(await theme(), 'light');
  page.assertNoTrouble();
});

test('on a telephone the device covers the page and closes again', async () => {
  const phone = await openPage(browser, hub.url, { viewport: { width: 390, height: 844 } });
  await waitForText(phone, '#connection-text', 'Live');
  await hub.tell('site-a', batch(1, [sample('climate-01', { kind: 'climate', temperature: 20 })]));
  await card(phone, 'climate-01').click();
  await phone.locator('#detail-title', { hasText: 'climate-01' }).waitFor();
  await phone.keyboard.press('Escape');
  await phone.locator('#detail').waitFor({ state: 'hidden' });
  const overflow = await phone.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(overflow, 0);
  phone.assertNoTrouble();
  await phone.context().close();
});

test('only what is ours may run', async () => {
  const response = await page.request.get(hub.url);
  const headers = response.headers();
  assert.match(headers['content-security-policy'], /default-src 'none'; script-src 'self'/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  const again = await page.request.get(hub.url, { headers: { 'If-None-Match': headers.etag } });
  assert.equal(again.status(), 304);
});
