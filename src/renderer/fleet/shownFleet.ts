import type { FleetChanges } from '../../shared/fleet.ts'
import { createFleetState, type FleetState } from './fleetState.ts'

/** The read-only part of a fleet. */
export type ReadFleet = Omit<FleetState, 'apply' | 'look'>

/** The live fleet and the past one, of which one is shown. Pure. */
interface ShownFleet {
  /** Reads the fleet that is shown. Versions never repeat across the two, so that results cached from one are not used for the other. */
  readonly fleet: ReadFleet
  /** Keeps updating while the past is shown. */
  readonly live: FleetState
  /** Shows an empty fleet until `applyPast`, because live data would be wrong there. */
  readonly toPast: () => void
  readonly toNow: () => void
  readonly inPast: () => boolean
  /** Applies a picture of the past; ignored while the live fleet is shown. */
  readonly applyPast: (changes: FleetChanges) => void
}

/** Larger than any version of a single fleet. */
const versionsOfOne = 2 ** 40

export function createShownFleet(): ShownFleet {
  const live = createFleetState()
  let past: FleetState | null = null
  let visit = 0
  const shown = () => past ?? live
  const unique = (version: number) => visit * versionsOfOne + version
  const noSums: readonly number[] = []
  return {
    fleet: {
      launch: () => shown().launch(),
      revision: () => shown().revision(),
      version: () => unique(shown().version()),
      rowsVersion: () => unique(shown().rowsVersion()),
      factsVersion: () => unique(shown().factsVersion()),
      servers: () => shown().servers(),
      server: (id) => shown().server(id),
      rows: () => shown().rows(),
      rowsOfServer: (id) => shown().rowsOfServer(id),
      row: (slot) => shown().row(slot),
      rowByPath: (serverId, path) => shown().rowByPath(serverId, path),
      // Pictures at a moving cursor are not consecutive polls, so they can't form a line.
      bitrates: (slot, into) => (past === null ? live.bitrates(slot, into) : 0),
      sums: (which) => (past === null ? live.sums(which) : noSums),
      alarms: () => shown().alarms(),
      severityOfServer: (id) => shown().severityOfServer(id),
      figures: () => shown().figures(),
      consoleWhy: () => shown().consoleWhy(),
      oldestAnswer: () => shown().oldestAnswer(),
      at: () => shown().at(),
    },
    live,
    toPast: () => {
      past = createFleetState()
      visit++
    },
    toNow: () => {
      if (past === null) return
      past = null
      visit++
    },
    inPast: () => past !== null,
    applyPast: (changes) => past?.apply(changes),
  }
}
