import { createListeners } from '../ui/listeners.ts'
import { preferences, subscribePreferences } from './preferences.ts'

const systemLight = matchMedia('(prefers-color-scheme: light)')
const { subscribe, notify } = createListeners()

function apply() {
  const { theme } = preferences()
  const shown = theme === 'system' ? (systemLight.matches ? 'light' : 'dark') : theme
  if (document.documentElement.dataset.theme === shown) return
  document.documentElement.dataset.theme = shown
  notify()
}

export function startTheme(): void {
  apply()
  systemLight.addEventListener('change', apply)
  subscribePreferences(apply)
}
/** For canvases, which must redraw. */
export const onThemeChange = subscribe
/** Value of a palette token in the current theme, such as `token('critical')`. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}
