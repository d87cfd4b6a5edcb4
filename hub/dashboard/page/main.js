// Joins the parts: connection -> model -> what is on the screen.

import { CommandForm, CommandLog } from './commands.js';
import { Connection } from './connection.js';
import { Detail } from './detail.js';
import { DeviceGrid } from './devices.js';
import { byId, coalesce, setData, setText } from './dom.js';
import { Figures } from './figures.js';
import { GatewayCards } from './gateways.js';
import { Model } from './model.js';

const kFrameInterval = 100;  // at most ten times a second: eyes need no more, and batteries last

const log = new CommandLog((data) => connection.sendEvent('command', data));
const model = new Model({ onReading: (device, now) => log.observe(device, now) });
const form = new CommandForm(log);
const figures = new Figures(byId('figures'));
const gateways = new GatewayCards(byId('gateways'));
const grid = new DeviceGrid((device, byUser) => {
  detail.show(device);
  if (byUser) detail.open();
  requestDraw();
});
const detail = new Detail(form, () => grid.focusSelected());

let link = { phase: 'connecting' };
let figuresDrawn = 0;

const requestDraw = coalesce((now) => {
  grid.draw(model, now);
  detail.draw(model, now);
  log.draw(now);
  if (now - figuresDrawn < 450) return;  // numbers that change faster cannot be read
  figuresDrawn = now;
  figures.draw(model, now);
  gateways.draw(model, now);
}, kFrameInterval);

/** What every device said last, in as many parts as it takes. */
async function fillFromSnapshot() {
  const kMostParts = 100;
  let after;
  try {
    for (let part = 0; part < kMostParts; part++) {
      const answer = await connection.invoke('snapshot', { type: 'snapshot', ...(after === undefined ? {} : { after }) });
      model.receiveSnapshot(answer);
      requestDraw();
      if (answer?.next === undefined) return;
      after = answer.next;
    }
  } catch { /* no gateway, or one that keeps nothing: the readings will come */ }
}

function showLink(now) {
  const words = {
    connecting: () => 'Connecting…',
    online: () => 'Live',
    waiting: () => `Offline, next attempt in ${Math.max(0, Math.ceil((link.retryAt - now) / 1000))} s`,
  };
  const node = byId('connection');
  setData(node, 'phase', link.phase);
  setText(byId('connection-text'), words[link.phase]());
  node.title = link.reason ?? '';
}

const connection = new Connection({
  onState(state) {
    // Said aloud once per change, not with every second of the countdown.
    if (state.phase !== link.phase && state.phase !== 'connecting') {
      setText(byId('announce'), state.phase === 'online' ? 'Connected' : `Connection lost: ${state.reason}`);
    }
    link = state;
    showLink(performance.now());
  },
  onConnected(negotiated) {
    model.reconnected();
    fillFromSnapshot();
    form.setAllowed(negotiated.commands !== false);
    setText(byId('hub'), `· ${new URL(negotiated.url).host}`);
  },
  onMessage(frame) {
    model.receive(frame);
    requestDraw();
  },
  onPing: (ms) => figures.setRoundTrip(ms),
});

function showTheme() {
  setText(byId('theme-icon'), document.documentElement.dataset.theme === 'dark' ? '☀' : '☾');
}

byId('theme').addEventListener('click', () => {
  const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('theme', theme);
  } catch { /* storage may be switched off */ }
  showTheme();
  grid.redraw();
  detail.charts.rebuild();
  requestDraw();
});

showTheme();
connection.start();
window.addEventListener('online', () => connection.start());
// Ages, stale marks and the moving time axis go on when nothing arrives.
setInterval(() => {
  showLink(performance.now());
  requestDraw();
}, 500);
