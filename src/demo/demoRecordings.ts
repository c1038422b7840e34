import type { DemoPath } from './demoPaths.ts'

/** A time that is recorded, by the wall clock of this machine; `to` null: it goes on. */
export interface DemoRecording {
  readonly from: number
  to: number | null
}

/** As the configuration says: an hour each, deleted after a day. */
const segmentMs = 3_600_000
const deletedAfterMs = 24 * segmentMs

/** From now on it is recorded, unless it is already, or is not to be. Files are named by whole milliseconds. */
export function beginRecording({ options, recordings }: DemoPath, at: number): void {
  if (options.record && recordings.at(-1)?.to !== null) recordings.push({ from: Math.floor(at), to: null })
}

export function endRecording({ recordings }: DemoPath, at: number): void {
  const last = recordings.at(-1)
  if (last?.to === null) last.to = at
}

/** Starts of the segments that are there, oldest first. */
export function segmentStarts({ recordings, removedSegments }: DemoPath, now: number): number[] {
  const starts: number[] = []
  for (const { from, to } of recordings) {
    const oldest = Math.max(0, Math.ceil((now - deletedAfterMs - from) / segmentMs))
    for (let start = from + oldest * segmentMs; start < (to ?? now); start += segmentMs) starts.push(start)
  }
  return starts.filter((start) => !removedSegments.has(start))
}

/** Returns whether there was a segment that begins then. */
export function removeSegment(path: DemoPath, start: number, now: number): boolean {
  if (!segmentStarts(path, now).includes(start)) return false
  path.removedSegments.add(start)
  return true
}
