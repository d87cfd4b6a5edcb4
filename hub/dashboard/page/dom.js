// Small helpers around the document. Text goes in as text, never as markup.

/** Element `tag` with `properties` (`class`, `dataset`, attributes, `on…` listeners) and children. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'dataset') Object.assign(node.dataset, value);
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name === 'class' ? 'class' : name, value === true ? '' : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Writes only what changed: a write costs layout, a comparison nothing. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setData(node, name, value) {
  if (node.dataset[name] !== value) node.dataset[name] = value;
}

/** The value of a colour or size of the present theme. */
export function themeValue(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** "850 ms", "12 s", "4 min", "3 h 5 min", "2 d 4 h". */
export function formatAge(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "0.4 ms", "12 ms", "1.3 s": a short time, with digits where they tell something. */
export function formatLatency(ms) {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
export const formatCount = (count) => grouped.format(count);

export function formatRate(perSecond) {
  return perSecond >= 100 ? formatCount(perSecond) : perSecond.toFixed(1);
}

/** Runs `draw` in an animation frame, at most every `interval` ms however often it is asked to. */
export function coalesce(draw, interval) {
  let asked = false;
  let last = 0;
  const frame = (now) => {
    asked = false;
    last = now;
    draw(now);
  };
  return () => {
    if (asked) return;
    asked = true;
    const wait = last + interval - performance.now();
    if (wait > 0) setTimeout(() => requestAnimationFrame(frame), wait);
    else requestAnimationFrame(frame);
  };
}
