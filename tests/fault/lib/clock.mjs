// The time of day as one process sees it.

import {closeSync, constants, openSync, writeSync} from 'node:fs';
import {join} from 'node:path';

import {programOf} from '../../integration/lib/gateway.mjs';
import {directory} from '../../integration/lib/processes.mjs';

const SECONDS_A_YEAR = 365.25 * 86_400;

export class Clock {
  constructor() {
    this.shift(0);
    this.wrapper = ['env', `LD_PRELOAD=${programOf('GW_SHIFTED_CLOCK')}`, `GW_CLOCK_SHIFT=${this.#file}`];
  }

  #file = join(directory, 'clock-shift');

  /** Jumps to so many years off, while the process runs. */
  shift(years) {
    const seconds = Buffer.alloc(8);
    seconds.writeBigInt64LE(BigInt(Math.round(years * SECONDS_A_YEAR)));
    // In place, for it is mapped.
    const file = openSync(this.#file, constants.O_RDWR | constants.O_CREAT);
    writeSync(file, seconds, 0, seconds.length, 0);
    closeSync(file);
  }
}
