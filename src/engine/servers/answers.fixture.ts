import { createSystemClock } from '../../clock/clock.ts'
import { createSlices, type Slice } from '../../clock/slices.ts'
import { checkFields, createFieldFaults, type FieldFaults, sessionFields } from './apiFields.ts'
import type { MediaServerClient } from './mediaServerClient.ts'
import { createPathParser } from './parsePaths.ts'
import { readSession } from './parseSessions.ts'
import { takeOnce } from './pathListBytes.ts'
import { allRequests, type PathReading, type SessionListName, type SessionReading } from './readings.ts'

/** What readers of answers need besides the answer. */
const clock = createSystemClock()
export function testSlice(): Slice {
  return createSlices(clock).begin()
}
export function testFaults(): FieldFaults {
  return createFieldFaults(clock)
}
export const neverAborted = new AbortController().signal

/** The whole configuration at once. */
export function readConfiguration(client: MediaServerClient, signal: AbortSignal) {
  return allRequests(client.readConfiguration((request) => request(signal)))
}

/** What reading the whole JSON of a page gives: the one truth that the quick ways must agree with. */
export function pathsOfItems(raws: readonly unknown[]): PathReading[] {
  const parser = createPathParser(testFaults())
  const items: PathReading[] = []
  const take = takeOnce(items)
  for (const [index, raw] of raws.entries()) {
    const reading = parser.read(raw, index)
    if (reading) take(reading)
  }
  return items
}
export function sessionsOfItems(list: SessionListName, raws: readonly unknown[]): SessionReading[] {
  return raws.map((raw, index) => readSession(list, checkFields(raw as Readonly<Record<string, unknown>>, sessionFields, testFaults()), index))
}
