import { isWrongNow } from '../../shared/incidents.ts'
import type { Reason } from '../../shared/reasons.ts'
import type { Verdict } from '../../shared/shell.ts'
import type { FleetFigures } from './fleetFigures.ts'
import type { OpenAlarms } from './openAlarms.ts'

export type { Verdict } from '../../shared/shell.ts'

interface Evaluated {
  /** The engine is not connected. */
  readonly gone: boolean
  readonly consoleWhy: Reason | null
  /** null: nothing is known yet. */
  readonly alarms: OpenAlarms | null
  readonly figures: FleetFigures
}

/** The verdict on the whole fleet, one for pages, top bar, title and tray, so that they never contradict each other. Pure. */
export function verdictOf({ gone, consoleWhy, alarms, figures }: Evaluated): Verdict {
  const { serversUp, serversUnknown, unknownStreams, totals } = figures
  if (gone) return 'unknown'
  if (alarms !== null && (alarms.open.total > 0 || alarms.incidents.some(isWrongNow))) return 'trouble'
  if (serversUnknown > 0 || consoleWhy !== null || (serversUp > 0 && unknownStreams > 0)) return 'unknown'
  return serversUp === 0 || !totals.streams ? 'nothing' : 'well'
}
