// A dashboard that is reloaded shows how things stand before the next reading comes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, openPage, waitForText } from './lib/browser.mjs';
import { startDemo } from './lib/programs.mjs';

let demo;
let browser;

before(async () => {
  // A reading of each device every half a minute: what a page shows at once, it was told.
  [demo, browser] = await Promise.all([startDemo(['--rate', '2/m']), launch()]);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

const filled = (page) => page.waitForFunction(() => document.querySelectorAll('button.device .big').length === 20
  && [...document.querySelectorAll('button.device .big')].every((node) => /\d/.test(node.textContent)), null, { timeout: 60_000 });

test('all tiles are filled after a reload, before their next readings', async () => {
  const page = await openPage(browser, demo.url);
  await filled(page);
  await page.reload();
  await waitForText(page, '#connection-text', 'Live');
  const began = Date.now();
  await filled(page);
  assert.ok(Date.now() - began < 12_000, 'they were filled by readings');
  page.assertNoTrouble();
});
