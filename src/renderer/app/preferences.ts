import { z } from 'zod'
import { severitySchema } from '../../shared/severities.ts'
import { createValue, useValue } from '../ui/listeners.ts'
import { deskKey } from './consoleAddress.ts'

/** The operator's preferences on this desk, kept in the browser's storage. */
const preferencesSchema = z.object({
  theme: z.enum(['dark', 'light', 'system']).catch('dark'),
  zone: z.enum(['local', 'utc']).catch('local'),
  /** null: the system's language. */
  language: z.string().nullable().catch(null),
  railCollapsed: z.boolean().catch(false),
  /** How live pictures play. auto: by WebRTC, and by HLS where that does not play. */
  pictureWay: z.enum(['auto', 'hls']).catch('auto'),
  /** Keys without Ctrl or Cmd, such as `/`. */
  singleKeys: z.boolean().catch(true),
  /** Colours of utilisation bars: neutral below 75 %, or four of them. */
  barColors: z.enum(['calm', 'classic']).catch('calm'),
  /** Severities of alarms that this desk is notified of. */
  noticeSeverities: z.array(severitySchema).catch(['critical', 'major']),
  /** Severities of alarms that sound at this desk: none until somebody chooses. */
  soundSeverities: z.array(severitySchema).catch([]),
  /** Until then nothing sounds, this machine's clock. */
  mutedUntil: z.number().catch(0),
  /** The notice about history files set aside up to this time has been dismissed on this desk. */
  setAsideSeenAt: z.number().catch(0),
  /** Which notice about where the data folder lies has been dismissed on this desk. */
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

/** The time zone in which this desk writes moments, as `shared/units.ts` does by default. As with `t`, another one draws the frame and the page anew. */
export let { zone } = current.get()
current.subscribe(() => {
  zone = current.get().zone
})

// What is chosen in one window of this desk holds in the others. Tests of single modules have no window.
if (typeof window !== 'undefined')
  window.addEventListener('storage', ({ key }) => {
    if (key === null || key === storageKey) current.set(read())
  })

/** Current preferences, for use outside of components. */
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
    // Storage forbidden or full: the preferences last until the page is closed.
  }
  current.set(next)
}
