import type { PathReading } from '../servers/readings.ts'
import type { ServerStreams } from './serverStreams.ts'
import { knownStateOf, type StreamRecord } from './streamRecord.ts'
import { isOn } from './streamState.ts'

/** What an answer says of the streams that were on in the last one. */
export interface RoundChanges {
  /** Not available any more, or not listed. */
  readonly went: number
  /** Available, but another stream object or of another source. */
  readonly replaced: number
  /** Available for the first time ever: what restarts brings back what was there. */
  readonly cameNew: number
  /** The same stream object of the same source: its server's process goes on. */
  readonly stayed: number
  /** A stream object of before is still there, whoever feeds it: no other process has it. */
  readonly goesOn: boolean
  /** A path that the configuration which was read last does not explain. */
  readonly unexplained: boolean
}

/** From so many on, publishers that go or change in one answer, with none that stays, are a server that was restarted. */
export const fewestForRestart = 2

export const wasOn = (record: StreamRecord): boolean => isOn(knownStateOf(record))

/** It was on in the last answer, and is not missed already. */
const isComparable = (record: StreamRecord): boolean => record.present && wasOn(record) && Number.isNaN(record.missedSince)

/** Compares an answer with the last one, before it is read into the streams. */
export function compareRound(server: ServerStreams, items: readonly PathReading[]): RoundChanges {
  const { order, configured } = server
  let went = 0
  let replaced = 0
  let cameNew = 0
  let stayed = 0
  let goesOn = false
  let unexplained = false
  let inOrder = items.length === order.length
  for (let i = 0; i < items.length; i++) {
    const reading = items[i] as PathReading
    let record: StreamRecord | undefined = order[i]
    if (record?.path !== reading.name) {
      inOrder = false
      record = server.byPath.get(reading.name)
    }
    if (record?.confName !== reading.confName && reading.confName !== null && configured?.has(reading.confName) === false) unexplained = true
    if (reading.available && !reading.slate && (record === undefined || Number.isNaN(record.lastLiveAt))) cameNew++
    if (record?.present && reading.available && reading.availableAt !== null && reading.availableAt === record.availableAt) goesOn = true
    if (record === undefined || !isComparable(record)) continue
    if (!reading.available) went++
    else if (reading.availableAt !== record.availableAt || reading.sourceId !== record.sourceId || reading.sourceType !== record.sourceType) replaced++
    else stayed++
  }
  if (!inOrder) {
    const listed = new Set(items.map(({ name }) => name))
    for (const record of order) if (isComparable(record) && !listed.has(record.path)) went++
  }
  return { went, replaced, cameNew, stayed, goesOn, unexplained }
}
