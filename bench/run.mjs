// bench/run: one interleaved run of all gateways, and what came of it. See README.md.

import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {conditions} from './lib/conditions.mjs';
import {contestants} from './lib/contestants.mjs';
import {Load, startBroker, stop} from './lib/processes.mjs';
import {medians, renderReport} from './lib/report.mjs';
import {keep} from './lib/results.mjs';
import {measureRound} from './lib/round.mjs';
import {checkTargets} from './lib/targets.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const {values: options} = parseArgs({
  options: {
    build: {type: 'string', default: here('../build/release')},
    gateway: {type: 'string'},
    load: {type: 'string'},
    rounds: {type: 'string'},
    seconds: {type: 'string'},
    quick: {type: 'boolean', default: false},
    pin: {type: 'boolean', default: false},
    save: {type: 'boolean', default: false},
    strict: {type: 'boolean', default: false},
    json: {type: 'string'},
    'node-only': {type: 'boolean', default: false},
    help: {type: 'boolean', default: false},
  },
});

if (options.help) {
  console.log(`usage: bench/run [--build DIR] [--gateway PATH] [--load PATH] [--quick] [--rounds N] [--seconds N]
                 [--pin] [--save] [--strict] [--json FILE] [--node-only]

  --build DIR  where the programs are (build/release); --gateway and --load name them one by one
  --quick      one round of 3 seconds each: shows that it works, no figures to keep
  --rounds N   how often every gateway has its turn (3); the figures are medians
  --seconds N  length of each measurement (10)
  --pin        every gateway on the last core, everything else on the others
  --save       keep the report in bench/RESULTS.md
  --strict     exit 1 when a target is missed
  --json FILE  keep every round's figures
  --node-only  only the gateways written for Node`);
  process.exit(0);
}

const seconds = Number(options.seconds ?? (options.quick ? 3 : 10));
const settings = {
  seconds,
  rounds: Number(options.rounds ?? (options.quick ? 1 : 3)),
  idleSeconds: Math.max(seconds, options.quick ? 3 : 10),
  warmUpSeconds: options.quick ? 1 : 3,
  pinned: options.pin,
};
const program = (name) => join(options.build, 'bin', name);
const gateway = options['node-only'] ? undefined : options.gateway ?? program('webpubsub-gateway');
const bare = options['node-only'] ? undefined : program('gateway-bench-bare');
const loadGenerator = options.load ?? program('gateway-bench-load');
for (const path of [gateway, bare, loadGenerator]) {
  if (path && !existsSync(path)) {
    console.error(`${path} is not there: build the release preset with -DGW_BUILD_BENCH=ON`);
    process.exit(2);
  }
}

const surroundings = conditions(settings);  // sets the cores, too
const broker = await startBroker({cpu: surroundings.othersCpu});
const load = await Load.start(loadGenerator, broker.port, {cpu: surroundings.othersCpu});
const entrants = await contestants({gateway, bare, brokerPort: broker.port, servicePort: load.port});

const rounds = Object.fromEntries(entrants.map(({name}) => [name, []]));
for (let round = 1; round <= settings.rounds; ++round) {
  for (const entrant of entrants) {
    console.error(`round ${round} of ${settings.rounds}: ${entrant.name}`);
    rounds[entrant.name].push(
      await measureRound(entrant, load, {...settings, cpu: surroundings.gatewayCpu}));
  }
}
load.child.stdin.end();
await stop(broker.child);

const results = Object.fromEntries(entrants.map(({name}) => [name, medians(rounds[name])]));
const targets = gateway ? checkTargets(results) : [];
const report = renderReport({results, rounds, targets, surroundings, settings});
console.log(report);
if (options.json) writeFileSync(options.json, JSON.stringify({settings, rounds}, null, 2));
if (options.save) keep(report);
process.exit(options.strict && targets.some(({met}) => !met) ? 1 : 0);
