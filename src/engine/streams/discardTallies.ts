import type { SessionReading } from '../servers/readings.ts'
import { increase } from './pathSamples.ts'

/** Frames that the server discarded for slow readers, per path; session lists report them per session. */
export interface DiscardTally {
  /** Sum over the current sessions. */
  total: number
  /** Sessions that report discarded frames. */
  reporters: number
  /** Growth that is not yet in a sample; NaN while there is only one reading. */
  increase: number
}

/** The tallies of one server's paths. */
interface DiscardTallies {
  readonly of: (path: string) => DiscardTally | undefined
  /** A session appears in its list for the first time. `began`: the list had been read before, so its whole count is new. */
  readonly enter: (reading: SessionReading, began: boolean) => void
  readonly goOn: (before: SessionReading, reading: SessionReading) => void
  readonly leave: (reading: SessionReading) => void
  readonly clear: () => void
}

/** `onChange` is called when a path gains or loses its tally. */
export function createDiscardTallies(onChange: () => void): DiscardTallies {
  const tallies = new Map<string, DiscardTally>()
  const tallyOf = (path: string, began: boolean): DiscardTally => {
    let tally = tallies.get(path)
    if (tally === undefined) {
      tally = { total: 0, reporters: 0, increase: began ? 0 : Number.NaN }
      tallies.set(path, tally)
      onChange()
    }
    return tally
  }
  const enter = (reading: SessionReading, began: boolean) => {
    if (!reportsDiscards(reading)) return
    const tally = tallyOf(reading.path, began)
    tally.total += framesOf(reading)
    tally.reporters++
  }
  const leave = (reading: SessionReading) => {
    if (!reportsDiscards(reading)) return
    const tally = tallyOf(reading.path, true)
    tally.total -= framesOf(reading)
    tally.reporters--
    if (tally.reporters > 0) return
    tallies.delete(reading.path)
    onChange()
  }
  return {
    of: (path) => tallies.get(path),
    enter: (reading, began) => {
      enter(reading, began)
      if (began && reportsDiscards(reading)) tallyOf(reading.path, began).increase += framesOf(reading)
    },
    goOn: (before, reading) => {
      if (reportsDiscards(before) && reportsDiscards(reading) && before.path === reading.path) {
        const tally = tallyOf(reading.path, true)
        const [now, then] = [framesOf(reading), framesOf(before)]
        tally.total += now - then
        tally.increase += increase(now, then, false)
        return
      }
      leave(before)
      enter(reading, true)
    },
    leave,
    clear: () => {
      tallies.clear()
      onChange()
    },
  }
}

/** Whether the session reports frames that were not sent to a reader. For a publisher the count is meaningless. */
const reportsDiscards = (reading: SessionReading) => reading.framesDiscarded !== null && reading.role !== 'publisher'
const framesOf = (reading: SessionReading) => reading.framesDiscarded ?? 0
