// Sets the theme before the first paint, so that a dark page does not flash white.
// A classic script on purpose: modules run only after the page was parsed.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('theme');
  } catch { /* storage may be switched off: then the system's theme it is */ }
  const dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = chosen === 'light' || chosen === 'dark' ? chosen : (dark ? 'dark' : 'light');
})();
