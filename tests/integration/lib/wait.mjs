// Waiting for something to become true, with a deadline and words for when it does not.

import {setTimeout as sleep} from 'node:timers/promises';

/**
 * The first truthy answer of `probe`, which is asked again and again. `what` says what was waited
 * for; a thrown error counts as "not yet" and is told at the end.
 */
export async function until(probe, what, {timeout = 10_000, interval = 20} = {}) {
  const deadline = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer;
      last = `it was ${answer}`;
    } catch (error) {
      last = error.message;
    }
    if (Date.now() > deadline) throw new Error(`after ${timeout} ms still not: ${what} (${last})`);
    await sleep(interval);
  }
}
