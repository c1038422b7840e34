import type { FleetChanges } from '../../shared/fleet.ts'
import { createFleetState, type FleetState } from './fleetState.ts'

/** The last bitrates of a stream of the past: fills `into`, oldest first, and says how many. */
type PastBitrates = (past: FleetState, slot: number, into: Float64Array | Float32Array) => number

/** A fleet that is read only. */
export type ReadFleet = Omit<FleetState, 'apply' | 'look' | 'prepend' | 'prependSums'>

/** Two fleets, one of which is shown. Pure. */
export interface ShownFleet {
  /** Reads whichever is shown. Its versions never repeat, so that what was made from one fleet is not taken for the other's. */
  readonly fleet: ReadFleet
  /** Goes on behind the past. */
  readonly live: FleetState
  /** Shows an empty fleet until `takePast`: the live one would be wrong there. */
  readonly toPast: () => void
  readonly toNow: () => void
  readonly inPast: () => boolean
  /** Dropped where the past is not shown. */
  readonly takePast: (changes: FleetChanges) => void
  /** Something beside the fleet changed that its readers draw. */
  readonly touch: () => void
}

/** More than one fleet ever counts to. */
const versionsOfOne = 2 ** 40

export function createShownFleet(pastBitrates: PastBitrates): ShownFleet {
  const live = createFleetState()
  let past: FleetState | null = null
  let visit = 0
  let touched = 0
  const shown = () => past ?? live
  const unique = (version: number) => visit * versionsOfOne + version
  const noSums: readonly number[] = []
  return {
    fleet: {
      launch: () => shown().launch(),
      revision: () => shown().revision(),
      version: () => unique(shown().version() + touched),
      rowsVersion: () => unique(shown().rowsVersion()),
      factsVersion: () => unique(shown().factsVersion()),
      servers: () => shown().servers(),
      server: (id) => shown().server(id),
      rows: () => shown().rows(),
      rowsOfServer: (id) => shown().rowsOfServer(id),
      row: (slot) => shown().row(slot),
      rowByPath: (serverId, path) => shown().rowByPath(serverId, path),
      // Pictures of a moving cursor are no polls, one after another: what they would leave behind is no line.
      bitrates: (slot, into) => (past === null ? live.bitrates(slot, into) : pastBitrates(past, slot, into)),
      sums: (which) => (past === null ? live.sums(which) : noSums),
      troubles: () => shown().troubles(),
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
    takePast: (changes) => past?.apply(changes),
    touch: () => {
      touched++
    },
  }
}
