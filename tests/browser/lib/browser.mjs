// Debian's Chromium without a window, and a page that notes everything that goes wrong in it.

import assert from 'node:assert/strict';

import { chromium } from 'playwright-core';

const kLimit = 30_000;

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    // Its sandbox does not start as root, as which builds in containers run.
    chromiumSandbox: process.getuid() !== 0,
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
}

/** A page at `url`; `troubles` holds console errors, failed requests and requests to anywhere else. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(kLimit);
  const troubles = [];
  const host = new URL(url).host;
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => troubles.push(`exception: ${error.stack}`));
  page.on('requestfailed', (request) => troubles.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== host) troubles.push(`outside: ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== host) troubles.push(`outside: ${socket.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) troubles.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(url);
  return Object.assign(page, { troubles, assertNoTrouble: () => assert.deepEqual(troubles, []) });
}

/** Waits until `text` shows in the element, or matches when it is a pattern. */
export async function waitForText(page, selector, wanted) {
  const pattern = wanted instanceof RegExp ? wanted.source : wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  await page.waitForFunction(
    ([where, source]) => [...document.querySelectorAll(where)].some((node) => new RegExp(source).test(node.textContent)),
    [selector, pattern], { timeout: kLimit });
}

export const card = (page, name) => page.locator('button.device').filter({ has: page.locator('.name', { hasText: name }) });
