import type { Slice } from '../../clock/slices.ts'
import { type BundleScope, bundleChoiceOf, mostBundledPictures } from '../../shared/bundles.ts'
import { isProbeId } from '../../shared/subjectNames.ts'
import type { PictureFile } from '../history/bundle/bundle.ts'
import type { Database } from '../storage/openDatabase.ts'
import { pictureFile } from './snapshotFiles.ts'

/** Maximum size of all pictures in one bundle, because it is a file to be sent. */
const mostBytes = 100_000_000

interface StreamRow {
  readonly no: number
  readonly ownerId: string
  readonly path: string
  readonly folder: string
}
interface PictureRow {
  readonly at: number
  readonly bytes: number
  readonly width: number
  readonly height: number
  readonly slate: 0 | 1
  readonly lasting: 0 | 1
  readonly crc: number
}

const columns = 'at, bytes, width, height, slate, lasting, crc'
const statements = (db: Database) => ({
  streams: db.prepare<[], StreamRow>('SELECT no, server_id AS ownerId, path, folder FROM snapshot_streams ORDER BY no'),
  lasting: db.prepare<[number, number, number], PictureRow>(`SELECT ${columns} FROM snapshots WHERE stream = ? AND lasting = 1 AND at BETWEEN ? AND ?`),
  newest: db.prepare<[number, number], PictureRow>(`SELECT ${columns} FROM snapshots WHERE stream = ? AND at < ? ORDER BY at DESC LIMIT 1`),
  others: db.prepare<[number, number, number, number], PictureRow>(
    `SELECT ${columns} FROM snapshots WHERE stream = ? AND lasting = 0 AND at BETWEEN ? AND ? ORDER BY at DESC LIMIT ?`,
  ),
})

/**
 * The pictures for a bundle, as files: first those kept for alarms, faults and reports, then other snapshots of the period, each newest first and no
 * stream more than its share, as far as they fit. Works in slices.
 */
export async function bundledPictures(
  { db, dataDir }: { readonly db: Database; readonly dataDir: string },
  scope: BundleScope,
  slice: Slice,
  signal: AbortSignal,
): Promise<PictureFile[]> {
  const sql = statements(db)
  const { hasProbe, hasStream } = bundleChoiceOf(scope)
  const from = Math.floor(scope.from)
  const to = Math.ceil(scope.to)
  const streams = sql.streams.all().filter(({ ownerId, path }) => (isProbeId(ownerId) ? hasProbe(ownerId) : hasStream(ownerId, path)))
  const fileOf = ({ ownerId, path, folder }: StreamRow, { at, bytes, width, height, slate, lasting, crc }: PictureRow): PictureFile => ({
    ...{ ownerId, path, at, bytes, crc },
    widthPx: width,
    heightPx: height,
    isSlate: slate === 1,
    lasts: lasting === 1,
    file: pictureFile(dataDir, folder, at),
  })
  const lasting: PictureFile[] = []
  const others: PictureFile[] = []
  /** Each stream has its share of the room, so that many do not leave out some. */
  const share = Math.ceil(mostBundledPictures / Math.max(1, streams.length))
  for (const stream of streams) {
    for (const row of sql.lasting.all(stream.no, from, to)) lasting.push(fileOf(stream, row))
    // A fault that lasted when the period began has its picture before it.
    const before = isProbeId(stream.ownerId) ? sql.newest.get(stream.no, from) : undefined
    if (before !== undefined) lasting.push(fileOf(stream, before))
    others.push(...sql.others.all(stream.no, from, to, share).map((row) => fileOf(stream, row)))
    if (slice.isOver()) await slice.next(signal)
  }
  const chosen: PictureFile[] = []
  let left = mostBytes
  const newestFirst = (pictures: readonly PictureFile[]) => pictures.toSorted((a, b) => b.at - a.at)
  for (const picture of [...newestFirst(lasting), ...newestFirst(others)]) {
    if (chosen.length >= mostBundledPictures || left < picture.bytes) break
    left -= picture.bytes
    chosen.push(picture)
  }
  return chosen
}
