// Runs before the first paint, so that a dark page never flashes light. Classic script: see first_paint_plugin.ts.
;(function () {
  var choice = 'system'
  try {
    choice = localStorage.getItem('berth.theme') || 'system'
  } catch {
    // Storage is switched off: the system's theme it is.
  }
  var dark = choice === 'dark' || (choice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('pf-v6-theme-dark', dark)
})()
