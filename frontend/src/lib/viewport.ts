/**
 * Keeps `--keyboard` at the height that an on-screen keyboard covers, so that the composer stands above
 * it. Browsers that resize the page themselves (interactive-widget) report no difference: 0.
 */
export function watchKeyboard(): () => void {
  const view = window.visualViewport
  if (!view) return () => undefined
  const update = () => {
    const covered = view.scale > 1.01 ? 0 : window.innerHeight - view.height - view.offsetTop
    document.documentElement.style.setProperty(
      '--keyboard',
      `${Math.max(0, Math.round(covered))}px`,
    )
  }
  update()
  view.addEventListener('resize', update)
  view.addEventListener('scroll', update)
  return () => {
    view.removeEventListener('resize', update)
    view.removeEventListener('scroll', update)
  }
}
