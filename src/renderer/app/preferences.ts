import { z } from 'zod'
import { severitySchema } from '../../shared/severities.ts'
import { createValue, useValue } from '../ui/listeners.ts'
import { deskKey } from './consoleAddress.ts'

const preferencesSchema = z.object({
  theme: z.enum(['dark', 'light', 'system']).catch('dark'),
  zone: z.enum(['local', 'utc']).catch('local'),
  /** null: the system's language. */
  language: z.string().nullable().catch(null),
  railCollapsed: z.boolean().catch(false),
  /** auto: by WebRTC, and by HLS if that does not play. */
  pictureWay: z.enum(['auto', 'hls']).catch('auto'),
  /** Without Ctrl or Cmd, such as `/`. */
  singleKeys: z.boolean().catch(true),
  /** Of utilisation bars: neutral below 75 %, or four colours. */
  barColors: z.enum(['calm', 'classic']).catch('calm'),
  noticeSeverities: z.array(severitySchema).catch(['critical', 'major']),
  /** Which alarms sound at this desk; none by default. */
  soundSeverities: z.array(severitySchema).catch([]),
  /** By this machine's clock. */
  mutedUntil: z.number().catch(0),
  /** Files set aside up to this time were dismissed on this desk. */
  setAsideSeenAt: z.number().catch(0),
  /** The dismissed notice about where the data folder lies. */
  folderTroubleSeen: z.string().catch(''),
})
type Preferences = z.infer<typeof preferencesSchema>

const storageKey = deskKey('preferences')
function read(): Preferences {
  let stored: unknown = {}
  try {
    stored = JSON.parse(localStorage.getItem(storageKey) ?? '{}')
  } catch {
    // Unreadable or forbidden: use the defaults.
  }
  return preferencesSchema.parse(typeof stored === 'object' && stored !== null ? stored : {})
}

const current = createValue(read())

/** Changed like `t`: another one draws the frame and the page anew. */
export let { zone } = current.get()
current.subscribe(() => {
  zone = current.get().zone
})

// What is chosen in one window holds in the others. Tests of single modules have no window.
if (typeof window !== 'undefined')
  window.addEventListener('storage', ({ key }) => {
    if (key === null || key === storageKey) current.set(read())
  })

export const preferences = current.get
export const subscribePreferences = current.subscribe
export function usePreferences(): Preferences {
  return useValue(current)
}

export function setPreferences(change: Partial<Preferences>): void {
  const next = { ...current.get(), ...change }
  try {
    localStorage.setItem(storageKey, JSON.stringify(next))
  } catch {
    // Storage forbidden or full: kept until the page is closed.
  }
  current.set(next)
}
