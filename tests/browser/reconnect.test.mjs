// A hub that goes away and comes back, as at every update.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { card, launch, openPage, waitForText } from './lib/browser.mjs';
import { startHub } from './lib/programs.mjs';

let hub;
let browser;

before(async () => {
  [hub, browser] = await Promise.all([startHub(), launch()]);
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

const reading = (device, seq) => ({
  v: 1, gateway: 'edge-01', rule: 'climate', seq, late: false,
  samples: [{ topic: device, time: Date.now(), device, data: { level: seq } }],
});

test('the page waits for the hub and goes on', async () => {
  const page = await openPage(browser, hub.url);
  await waitForText(page, '#connection-text', 'Live');
  await hub.tell('site-a', reading('d1', 1));
  await card(page, 'd1').waitFor();
  page.assertNoTrouble();

  await hub.stop('SIGKILL');
  await waitForText(page, '#connection-text', /^(Offline, next attempt in \d+ s|Connecting…)$/);
  await waitForText(page, '#announce', /^Connection lost/);

  hub = await startHub(hub.port);
  await waitForText(page, '#connection-text', 'Live');
  await waitForText(page, '#announce', 'Connected');
  await hub.tell('site-a', reading('d1', 900));
  await waitForText(page, '[data-field="level"]', '900');
  // What passed while nobody listened is not the gateway's gap.
  assert.equal(await page.textContent('[data-figure="missed"]'), '0');
  // The browser itself reports the attempts that failed; nothing else may have gone wrong.
  const own = page.troubles.filter((text) => !/ERR_CONNECTION_|WebSocket connection to/.test(text));
  assert.deepEqual(own, []);
});
