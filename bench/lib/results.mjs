// RESULTS.md: one part for each benchmark, each under its own title.

import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const FILE = fileURLToPath(new URL('../RESULTS.md', import.meta.url));

/** Puts `report`, which begins with its "# Title", in the place of the part with that title, or at the end. */
export function keep(report) {
  const title = (part) => part.split('\n', 1)[0];
  const parts = existsSync(FILE) ? readFileSync(FILE, 'utf8').split(/^(?=# )/m).map((part) => part.trim()) : [];
  const known = parts.findIndex((part) => title(part) === title(report));
  parts.splice(known < 0 ? parts.length : known, 1, report.trim());
  writeFileSync(FILE, `${parts.join('\n\n')}\n`);
}
