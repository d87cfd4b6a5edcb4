// What a process takes from the machine, read from /proc.

import {execFileSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK']));

/** {pss, rss} in KiB, open descriptors, CPU seconds since its start. */
export function look(pid) {
  const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = (name) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(memory)[1]);
  // The name, in parentheses, may hold spaces: fields are counted behind it.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return {
    pss: kib('Pss'),
    rss: kib('Rss'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    cpu: (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND,
  };
}

/** The rise of the straight line that fits `values` best, from the first to the last of them. */
export function fittedRise(values) {
  const mean = (numbers) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const places = values.map((_, place) => place);
  const [middle, level] = [mean(places), mean(values)];
  const spread = places.reduce((sum, place) => sum + (place - middle) ** 2, 0);
  const slope = values.reduce((sum, value, place) => sum + (value - level) * (place - middle), 0) / spread;
  return slope * (values.length - 1);
}
