import type { RecordingDisk } from '../../shared/recordings.ts'

/** A stream that is recorded now. */
interface RecordedNow {
  readonly bitrateBps: number
  /** Its server deletes what is older, ms; 0: never. */
  readonly deleteAfterMs: number
  /** When its oldest segment begins, epoch ms; null: there is none. */
  readonly oldest: number | null
}

/**
 * After how long a disk is full at the current bit rates, ms; null: never, because by then as much is deleted as is recorded. A stream needs more space until
 * its oldest recording is old enough to be deleted, and none from then on.
 */
export function fullInMs(streams: readonly RecordedNow[], freeBytes: number, now: number): number | null {
  const growing = streams
    .map(({ bitrateBps, deleteAfterMs, oldest }) => ({
      bytesPerMs: bitrateBps / 8_000,
      untilMs: deleteAfterMs === 0 ? Number.POSITIVE_INFINITY : Math.max(0, deleteAfterMs - (oldest === null ? 0 : now - oldest)),
    }))
    .sort((a, b) => a.untilMs - b.untilMs)
  let [at, free, rate] = [0, freeBytes, growing.reduce((sum, { bytesPerMs }) => sum + bytesPerMs, 0)]
  for (const { bytesPerMs, untilMs } of growing) {
    const needed = (untilMs - at) * rate
    if (needed > free) return at + free / rate
    free -= needed
    at = untilMs
    rate -= bytesPerMs
  }
  return null
}

interface Disk {
  readonly mount: string
  readonly freeBytes: number
}

/** The disk that a folder lies on; null: not known, as a relative folder depends on where its server was started. */
export function diskOf<D extends Disk>(folder: string | null, disks: readonly D[]): D | null {
  if (folder === null) return null
  if (!isAbsolute(folder)) return disks.length === 1 ? (disks[0] as D) : null
  const holds = ({ mount }: D) => mount === '/' || folder === mount || folder.startsWith(/[/\\]$/.test(mount) ? mount : `${mount}/`)
  return disks.filter(holds).toSorted((a, b) => b.mount.length - a.mount.length)[0] ?? null
}
const isAbsolute = (folder: string): boolean => /^(?:\/|[a-z]:[\\/])/i.test(folder)

/** A forecast for each known disk that holds recordings of one server. */
export function forecastDisks(
  host: { readonly id: string; readonly name: string; readonly disks: readonly Disk[] },
  streams: readonly (RecordedNow & { readonly folder: string | null })[],
  now: number,
): RecordingDisk[] {
  const byDisk = Map.groupBy(streams, ({ folder }) => diskOf(folder, host.disks))
  return [...byDisk].flatMap(([disk, of]) =>
    disk === null
      ? []
      : [
          {
            hostId: host.id,
            host: host.name,
            mount: disk.mount,
            freeBytes: disk.freeBytes,
            streams: of.length,
            bitrateBps: of.reduce((sum, { bitrateBps }) => sum + bitrateBps, 0),
            fullInMs: fullInMs(of, disk.freeBytes, now),
          },
        ],
  )
}
