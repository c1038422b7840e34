import type { Wanted } from '../servers/pollServer.ts'
import type { PathReading } from '../servers/readings.ts'
import type { RoundChanges, ServerStreams } from './serverState.ts'
import { knownStateOf, type StreamRecord } from './streamRecord.ts'
import { isOn } from './streamState.ts'

/** If at least this many publishers go or change in one answer and none stays, the server was restarted. */
export const fewestForRestart = 2

export function wasOn(record: StreamRecord): boolean {
  return isOn(knownStateOf(record))
}

/** It was on air in the last answer, and is not already missed. */
const isComparable = (record: StreamRecord): boolean => record.present && wasOn(record) && Number.isNaN(record.missedSince)

/** Compares an answer with the last one, before it is read into the streams. */
export function compareRound(server: ServerStreams, items: readonly PathReading[]): RoundChanges {
  const { order, configured } = server
  let went = 0
  let replaced = 0
  let newlySeen = 0
  let stayed = 0
  let hasContinued = false
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
    if (reading.available && !reading.slate && (record === undefined || Number.isNaN(record.lastLiveAt))) newlySeen++
    if (record?.present && reading.available && reading.availableAt !== null && reading.availableAt === record.availableAt) hasContinued = true
    if (record === undefined || !isComparable(record)) continue
    if (!reading.available) went++
    else if (reading.availableAt !== record.availableAt || reading.sourceId !== record.sourceId || reading.sourceType !== record.sourceType) replaced++
    else stayed++
  }
  if (!inOrder) {
    const listed = new Set(items.map(({ name }) => name))
    for (const record of order) if (isComparable(record) && !listed.has(record.path)) went++
  }
  return { went, replaced, newlySeen, stayed, hasContinued, unexplained }
}

/** What else has to be read from a server before this answer is judged; undefined: it is not known yet. Keeps the comparison for when the answer is read. */
export function alsoWanted(server: ServerStreams | undefined, items: readonly PathReading[]): Wanted {
  if (server === undefined || server.round === 0) return { info: false, configuration: false }
  const changes = compareRound(server, items)
  server.compared = { items, changes }
  const { went, replaced, stayed, unexplained } = changes
  return {
    info: stayed === 0 && went + replaced > 0,
    configuration: unexplained || went > 0 || server.configurationAskedAt < server.configurationWantedFrom,
  }
}
