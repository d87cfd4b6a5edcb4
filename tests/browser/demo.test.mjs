// The whole product in a browser: devices, broker, gateway, hub, page, and commands back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { card, launch, openPage, waitForText } from './lib/browser.mjs';
import { startDemo } from './lib/programs.mjs';

let demo;
let browser;
let page;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), launch()]);
  page = await openPage(browser, demo.url);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

const values = () => page.$$eval('button.device .big', (nodes) => nodes.map((node) => node.textContent));

test('twenty devices show values with units, and the values move', async () => {
  await page.waitForFunction(() => document.querySelectorAll('button.device .big').length === 20
    && [...document.querySelectorAll('button.device .big')].every((node) => /\d/.test(node.textContent)));
  const first = await values();
  await page.waitForFunction((before) => {
    const now = [...document.querySelectorAll('button.device .big')].map((node) => node.textContent);
    return now.filter((value, i) => value !== before[i]).length >= 12;
  }, first);
  const units = new Set(await page.$$eval('button.device .unit', (nodes) => nodes.map((node) => node.textContent)));
  assert.deepEqual([...units].sort(), ['W', 'rpm', '°C']);
  await waitForText(page, '[data-figure="devices"]', '20');
  page.assertNoTrouble();
});

test('the figures tell rate and latency, and nothing is missed', async () => {
  await page.waitForFunction(() => Number(document.querySelector('[data-figure="readings"]').textContent) > 20);
  await waitForText(page, '[data-figure="latency"]', / m?s$/);
  await waitForText(page, '[data-figure="ping"]', / m?s$/);
  assert.equal(await page.textContent('[data-figure="missed"]'), '0');
});

test('the gateway tells how it is, and its counters add up', async () => {
  await waitForText(page, '.gateway .badge', 'online');
  await waitForText(page, '.gateway .badge', 'MQTT connected');
  await waitForText(page, '.gateway .badge', 'Service connected');
  await page.waitForFunction(() => Number(document.querySelector('.rules tbody td:nth-child(2)').textContent) > 20);
  assert.equal(await page.textContent('.rules tbody tr td:last-child'), '✓ yes');
});

test('a set-point that is clicked shows in the device\'s readings', async () => {
  await card(page, 'climate-01').click();
  await waitForText(page, '#detail-title', 'climate-01');
  await page.locator('#charts canvas').first().waitFor();
  const slider = page.locator('#command-form input[type=range]');
  await slider.focus();
  await page.keyboard.press('End');
  for (let i = 0; i < 7; i++) await page.keyboard.press('ArrowLeft');
  await page.locator('#command-form button', { hasText: /^Set$/ }).click();
  await waitForText(page, '[data-field="set_point"]', '26.5 °C');
  await waitForText(page, '#log tr:first-child td:nth-child(4)', / m?s$/);
  await waitForText(page, '#log tr:first-child td:nth-child(5)', /^after .* m?s$/);
  // Not only the number that was sent: the room gets warmer.
  const before = parseFloat(await page.textContent('[data-field="temperature"]'));
  await page.waitForFunction((start) => parseFloat(document.querySelector('[data-field="temperature"]').textContent) > start + 1, before);
  page.assertNoTrouble();
});

test('a mode and a reset show too', async () => {
  await card(page, 'machine-02').click();
  await page.locator('#command-form button', { hasText: /^stop$/ }).click();
  await waitForText(page, '[data-field="state"]', 'stop');
  await page.locator('#command-form button[aria-pressed=true]', { hasText: /^stop$/ }).waitFor();
  await page.locator('#command-form button', { hasText: 'Reset device' }).click();
  await waitForText(page, '[data-field="state"]', 'run');
  await waitForText(page, '#log tr:first-child td:nth-child(3)', 'reset');
  await waitForText(page, '#log tr:first-child td:nth-child(5)', /^after /);
  page.assertNoTrouble();
});

test('names and texts of devices are text, whatever they hold', async () => {
  const name = '<img src=x onerror=alert(1)>';
  const payload = JSON.stringify({ kind: '<b>odd</b>', note: '<script>alert(2)</script>', level: 7.25 });
  demo.tell(`sensors/<i>nowhere<&>/${name}/telemetry`, payload);
  await card(page, name).waitFor();
  await card(page, name).click();
  await waitForText(page, '#detail-title', name);
  await waitForText(page, '[data-field="note"]', '<script>alert(2)</script>');
  assert.equal(await page.locator('#grid img, #detail b, #grid i').count(), 0);
  page.assertNoTrouble();
});

test('a device that fell silent is marked', async () => {
  await page.locator('button.device.stale').waitFor();
  await waitForText(page, 'button.device.stale .site', /^silent \d+ s$/);
  assert.equal(await page.locator('button.device.stale').count(), 1);
});

test('the picture', { skip: process.env.SCREENSHOT ? false : 'SCREENSHOT names no file' }, async () => {
  const shot = await openPage(browser, demo.url);
  await card(shot, 'climate-01').waitFor();
  // A minute of readings, with something happening in its course.
  await new Promise((resolve) => setTimeout(resolve, 45_000));
  await shot.locator('#command-form button', { hasText: /^high$/ }).click();
  await shot.locator('#command-form input[type=range]').focus();
  for (let i = 0; i < 8; i++) await shot.keyboard.press('ArrowLeft');
  await shot.locator('#command-form button', { hasText: /^Set$/ }).click();
  await waitForText(shot, '#log tr:first-child td:nth-child(5)', /^after /);
  await new Promise((resolve) => setTimeout(resolve, 9_000));
  await shot.screenshot({ path: process.env.SCREENSHOT });
  shot.assertNoTrouble();
});
