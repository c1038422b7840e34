import { createListeners } from '../ui/listeners.ts'
import { preferences, subscribePreferences } from './preferences.ts'

const systemLight = matchMedia('(prefers-color-scheme: light)')
const { subscribe, tell } = createListeners()

function apply() {
  const { theme } = preferences()
  const shown = theme === 'system' ? (systemLight.matches ? 'light' : 'dark') : theme
  if (document.documentElement.dataset.theme === shown) return
  document.documentElement.dataset.theme = shown
  tell()
}

/** Puts the chosen theme on the page and keeps it right. */
export function startTheme(): void {
  apply()
  systemLight.addEventListener('change', apply)
  subscribePreferences(apply)
}
/** For canvases, which must redraw in other colours. */
export const onThemeChange = subscribe
/** The value of a palette token in the theme shown, such as `token('critical')`. */
export const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
