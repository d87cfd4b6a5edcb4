// A line of some fifty values without axes. Hundreds of these are on the page, where a chart each
// would be too much.

/** Draws `values` over the whole of `canvas` in its CSS colour. */
export function drawSparkline(canvas, values, { fromZero = false } = {}) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (width === 0 || height === 0) return;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d');
  context.clearRect(0, 0, width, height);
  if (values.length < 2) return;

  let low = fromZero ? 0 : Math.min(...values);
  let high = Math.max(...values);
  const least = Math.max(Math.abs(high) * 0.03, 1e-6);  // noise alone should not fill the height
  if (high - low < least) {
    const middle = (high + low) / 2;
    low = fromZero ? 0 : middle - least / 2;
    high = middle + least / 2;
  }
  const margin = 2 * ratio;
  const x = (i) => (i / (values.length - 1)) * (width - 2 * margin) + margin;
  const y = (value) => height - margin - ((value - low) / (high - low)) * (height - 2 * margin);

  const color = getComputedStyle(canvas).color;
  context.beginPath();
  values.forEach((value, i) => context.lineTo(x(i), y(value)));
  context.strokeStyle = color;
  context.lineWidth = 1.5 * ratio;
  context.lineJoin = 'round';
  context.stroke();
  context.lineTo(x(values.length - 1), height);
  context.lineTo(x(0), height);
  context.globalAlpha = 0.14;
  context.fillStyle = color;
  context.fill();
  context.globalAlpha = 1;
  context.beginPath();
  context.arc(x(values.length - 1), y(values.at(-1)), 2 * ratio, 0, 2 * Math.PI);
  context.fill();
}
