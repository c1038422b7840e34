import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { mostRecordedPaths } from '../../shared/recordings.ts'
import { type TimeZoneChoice, zoneOf } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { useNowEvery } from '../ui/now.ts'

const dayMs = 86_400_000
export const recordingSpans = { day: dayMs, week: 7 * dayMs, month: 31 * dayMs } as const
type RecordingSpan = keyof typeof recordingSpans
export const recordingSpanNames = Object.keys(recordingSpans) as readonly RecordingSpan[]

/** Servers are asked every minute at most where somebody looks: this often it is read again, ms. */
const againMs = 60_000
const soonMs = 3_000

/** The period that ends now, or at a moment of the past; the same for a minute. */
function usePeriod(lastMs: number, moment: number | null) {
  const now = useNowEvery(againMs)
  return moment === null ? { since: now - lastMs } : { since: moment - lastMs, until: moment }
}

interface AskedRecordings {
  /** Any part of a name, or a pattern. */
  readonly text: string
  readonly server: string | null
  readonly span: RecordingSpan
  /** null: now. */
  readonly moment: number | null
}
export function useRecordings({ text, server, span, moment }: AskedRecordings) {
  const period = usePeriod(recordingSpans[span], moment)
  const path = patternOf(text)
  const input = { ...period, ...(path !== null && { path }), ...(server !== null && { server }), limit: mostRecordedPaths }
  return useQuery({
    ...orpc.recordings.list.queryOptions({ input }),
    placeholderData: keepPreviousData,
    // After a start it is not known at once what is to be recorded.
    refetchInterval: ({ state }) => (state.data?.servers.length === 0 ? soonMs : againMs),
  })
}

/** A part of a name finds it, unless it is a pattern already. */
function patternOf(text: string): string | null {
  const typed = text.trim()
  if (typed === '') return null
  return typed.includes('*') || typed.startsWith('~') ? typed : `*${typed}*`
}

interface OfStream {
  readonly server: string
  readonly path: string
}
export function useRecordingDays(stream: OfStream, zone: TimeZoneChoice, moment: number | null) {
  const period = usePeriod(recordingSpans.month, moment)
  return useQuery({ ...orpc.recordings.calendar.queryOptions({ input: { ...stream, ...period, zone: zoneOf(zone) } }), placeholderData: keepPreviousData })
}

export function useRecordingPieces(stream: OfStream, { from, to }: { readonly from: number; readonly to: number }) {
  return useQuery({ ...orpc.recordings.lane.queryOptions({ input: { ...stream, since: from, until: to } }), placeholderData: keepPreviousData })
}
