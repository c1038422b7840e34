import type { SessionReading } from '../servers/readings.ts'
import { increase } from './pathSamples.ts'

/** Frames that the server threw away for slow readers, by path: the lists tell it by session. */
export interface DiscardTally {
  /** Of the sessions there are now. */
  total: number
  /** Sessions that tell it. */
  reporters: number
  /** Growth that no sample has booked yet; NaN while there is only one reading. */
  increase: number
}

/** The tallies of one server's paths. */
export interface DiscardTallies {
  readonly of: (path: string) => DiscardTally | undefined
  /** A session is in its list for the first time; `began`: after the list was read before, so that all of its count is new. */
  readonly enter: (reading: SessionReading, began: boolean) => void
  readonly goOn: (before: SessionReading, reading: SessionReading) => void
  readonly leave: (reading: SessionReading) => void
  readonly clear: () => void
}

/** `onChange`: a path has a tally that had none, or the other way round. */
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
    if (!tells(reading)) return
    const tally = tallyOf(reading.path, began)
    tally.total += framesOf(reading)
    tally.reporters++
  }
  const leave = (reading: SessionReading) => {
    if (!tells(reading)) return
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
      if (began && tells(reading)) tallyOf(reading.path, began).increase += framesOf(reading)
    },
    goOn: (before, reading) => {
      if (tells(before) && tells(reading) && before.path === reading.path) {
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

/** Whether it says how much was not sent to a reader; of a publisher that is nothing, and says nothing. */
const tells = (reading: SessionReading) => reading.framesDiscarded !== null && reading.role !== 'publisher'
const framesOf = (reading: SessionReading) => reading.framesDiscarded ?? 0
