// The command line that benchmarks have in common.

import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

/**
 * Options of a benchmark that takes `seconds` in each of three rounds, or `quick` seconds in one with --quick. `own` are
 * further ones and their defaults, `programs` what has to be built. Ends the process where help is asked for.
 */
export function readOptions({name, own = {}, seconds, quick, programs}) {
  const text = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, {type: 'string', default: value}]));
  const {values} = parseArgs({
    options: {
      build: {type: 'string', default: fileURLToPath(new URL('../../build/release', import.meta.url))},
      ...text,
      seconds: {type: 'string'},
      rounds: {type: 'string'},
      quick: {type: 'boolean', default: false},
      save: {type: 'boolean', default: false},
      help: {type: 'boolean', default: false},
    },
  });
  if (values.help) {
    const more = Object.entries(own).map(([key, value]) => `[--${key} ${value ?? 'N'}] `).join('');
    console.log(`usage: ./dev bench ${name} ${more}[--seconds ${seconds}] [--rounds 3] [--quick] [--save] [--build DIR]`);
    process.exit(0);
  }
  const program = (file) => join(values.build, 'bin', file);
  for (const path of programs.map(program)) {
    if (existsSync(path)) continue;
    console.error(`${path} is not there: build the release preset with -DGW_BUILD_BENCH=ON`);
    process.exit(2);
  }
  return {
    ...values,
    program,
    seconds: Number(values.seconds ?? (values.quick ? quick : seconds)),
    rounds: Number(values.rounds ?? (values.quick ? 1 : 3)),
  };
}
