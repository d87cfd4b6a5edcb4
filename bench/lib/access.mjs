// What lets a benchmark into a hub on this machine.

import {createHmac} from 'node:crypto';

/** The well-known key of local hubs. */
export const ACCESS_KEY = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH';

/** A token for `audience` that outlasts any run. */
export function accessToken(key, audience, roles = []) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({alg: 'HS256', typ: 'JWT'})}.${part({aud: audience, iat: now, exp: now + 36000, role: roles})}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}
