import { answerLimits, checkFields, type FieldChecker, recordingFields } from './apiFields.ts'
import type { JsonLimits } from './jsonInSlices.ts'
import { parseTime } from './parseTime.ts'
import type { RecordingReading, RecordingSegment } from './readings.ts'

/** Streams of one page: each brings all its segments. */
export const recordingsPerPage = 200

/** Only what is read of recordings. */
export const recordingLimits: JsonLimits = {
  text: 1_024,
  items: 100_000,
  keys: 20,
  wanted: new Set(['items', 'pageCount', 'name', 'segments', 'start']),
}

/** Clocks of servers differ from ours; a segment that begins later than this is none. */
const mostAheadMs = 86_400_000

/** One stream of a list of recordings, with its newest segments; null: it has no name. */
export function readRecording(raw: unknown, checker: FieldChecker): RecordingReading | null {
  if (typeof raw !== 'object' || raw === null) return null
  const { name, segments } = checkFields(raw as Readonly<Record<string, unknown>>, recordingFields, checker)
  if (typeof name !== 'string' || name === '') return null
  const all = segments ?? []
  const newest = all.slice(-answerLimits.segmentsOfPath)
  const latest = checker.now() + mostAheadMs
  const starts = new Float64Array(newest.length)
  let count = 0
  for (const segment of newest) {
    const at = typeof segment === 'object' && segment !== null ? parseTime((segment as { readonly start?: unknown }).start) : null
    if (at !== null && at >= 0 && at <= latest) starts[count++] = at
    else checker.note('segments.start', at === null ? 'type' : 'impossible')
  }
  return { path: name, starts: starts.slice(0, count).sort(), cut: all.length > newest.length }
}

const longestStart = 64
/** The segments of one stream that begin within `from` and `to`, oldest first, with the starts as its server wrote them: by these it knows its files. */
export function readSegments(raw: Readonly<Record<string, unknown>>, from: number, to: number, checker: FieldChecker): RecordingSegment[] {
  const { segments } = checkFields(raw, recordingFields, checker)
  const found: RecordingSegment[] = []
  for (const segment of segments ?? []) {
    const start = typeof segment === 'object' && segment !== null ? (segment as { readonly start?: unknown }).start : null
    const at = parseTime(start)
    if (typeof start === 'string' && start.length <= longestStart && at !== null && at >= from && at < to) found.push({ start, at })
  }
  return found.sort((a, b) => a.at - b.at)
}
