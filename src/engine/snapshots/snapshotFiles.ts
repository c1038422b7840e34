import { mkdirSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Slice } from '../../clock/slices.ts'
import { type BundleScope, bundleChoiceOf, mostBundledPictures } from '../../shared/bundles.ts'
import type { Result } from '../../shared/result.ts'
import type { SnapshotFacts } from '../../shared/snapshots.ts'
import { isProbeId } from '../../shared/subjectNames.ts'
import type { PictureFile } from '../history/bundle/bundle.ts'
import type { Migration } from '../storage/migrate.ts'
import type { Database, DatabaseError } from '../storage/openDatabase.ts'
import { type DataFolder, type OpenedOrBegun, openOrBegin } from '../storage/openOrBegin.ts'

/**
 * Schema of snapshots.db, the index of the pictures in day folders, and the reports of the daily check whose pictures are among them. `folder` is the folder of a stream within each of them. `crc` is the CRC-32 of the file,
 * and `lasting` is 1 for one around the onset of an alarm.
 */
export const snapshotMigrations: readonly Migration[] = [
  {
    version: 1,
    run: (db) => {
      db.exec(`
        CREATE TABLE snapshot_streams (
          no INTEGER PRIMARY KEY,
          server_id TEXT NOT NULL,
          path TEXT NOT NULL,
          folder TEXT NOT NULL,
          UNIQUE (server_id, path)
        ) STRICT;
        CREATE TABLE snapshots (
          stream INTEGER NOT NULL REFERENCES snapshot_streams (no),
          at INTEGER NOT NULL,
          bytes INTEGER NOT NULL,
          width INTEGER NOT NULL,
          height INTEGER NOT NULL,
          slate INTEGER NOT NULL,
          lasting INTEGER NOT NULL,
          crc INTEGER NOT NULL,
          PRIMARY KEY (stream, at)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX snapshots_by_age ON snapshots (lasting, at);
        CREATE TABLE daily_reports (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          state TEXT NOT NULL,
          planned_at INTEGER NOT NULL,
          started_at INTEGER,
          ends_at INTEGER NOT NULL,
          ended_at INTEGER,
          started_by TEXT,
          wakes INTEGER NOT NULL,
          left_out INTEGER NOT NULL,
          told INTEGER NOT NULL,
          before INTEGER,
          counts TEXT
        ) STRICT;
        CREATE INDEX daily_reports_by_time ON daily_reports (planned_at);
        CREATE TABLE daily_cameras (
          report INTEGER NOT NULL REFERENCES daily_reports (id) ON DELETE CASCADE,
          no INTEGER NOT NULL,
          owner TEXT NOT NULL,
          path TEXT NOT NULL,
          name TEXT NOT NULL,
          place TEXT NOT NULL,
          verdict TEXT NOT NULL,
          change TEXT,
          fault_since INTEGER,
          checked_at INTEGER,
          found TEXT NOT NULL,
          PRIMARY KEY (report, no)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX daily_cameras_by_name ON daily_cameras (report, owner, path);
        CREATE TABLE daily_known (
          owner TEXT NOT NULL,
          path TEXT NOT NULL,
          name TEXT NOT NULL,
          place TEXT NOT NULL,
          fault_since INTEGER,
          width INTEGER,
          height INTEGER,
          report INTEGER NOT NULL,
          PRIMARY KEY (owner, path)
        ) STRICT, WITHOUT ROWID;
      `)
    },
  },
  {
    // The size that a camera is known to have stands in its reports.
    version: 2,
    run: (db) => {
      db.exec(`
        UPDATE daily_cameras SET found = json_set(found, '$.size', json_object('widthPx', known.width, 'heightPx', known.height))
          FROM daily_known known WHERE known.owner = daily_cameras.owner AND known.path = daily_cameras.path AND known.width IS NOT NULL
            AND json_valid(daily_cameras.found);
        DROP TABLE daily_known;
      `)
    },
  },
]

export function snapshotsFolder(dataDir: string): string {
  return join(dataDir, 'snapshots')
}
export function snapshotsFile(dataDir: string): string {
  return join(snapshotsFolder(dataDir), 'snapshots.db')
}

interface NewSnapshot {
  /** Id of a server or a probe; the index stores it in the column `server_id`. */
  readonly ownerId: string
  /** Empty: a probe's. */
  readonly path: string
  readonly at: number
  readonly jpeg: Uint8Array
  readonly widthPx: number
  readonly heightPx: number
  readonly isSlate: boolean
  /** It is kept for longer, because it shows the onset of an alarm. */
  readonly lasts: boolean
}

interface Row {
  readonly at: number
  readonly bytes: number
  readonly width: number
  readonly height: number
  readonly slate: 0 | 1
  readonly lasting: 0 | 1
  readonly crc: number
}
interface AgedRow {
  readonly stream: number
  readonly at: number
  readonly bytes: number
  readonly folder: string
}
export interface KeepLimits {
  readonly keepDays: number
  readonly keepAlarmDays: number
  readonly keepMegabytes: number
}

const dayMs = 86_400_000
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)
/** Such as `03-12-40.123Z.jpg`, by UTC. */
const nameOf = (at: number): string => `${new Date(at).toISOString().slice(11).replaceAll(':', '-')}.jpg`
/** A stream's folder. For people it contains the path, without the characters that file names of some systems can't have. */
const folderOf = (no: number, path: string): string => `${no}-${path.replaceAll(/[^\w.-]+/g, '_').slice(0, 60)}`
/** The file of a picture, below the folder of snapshots, with slashes. */
const placeOf = (folder: string, at: number): string => `${dayOf(at)}/${folder}/${nameOf(at)}`

/** The pictures that an index lists, by their names below the data folder. */
export function* listedPictures(index: Database): Iterable<{ readonly name: string; readonly bytes: number; readonly crc: number }> {
  const rows = index.prepare<[], AgedRow & { readonly crc: number }>(
    'SELECT stream, at, bytes, crc, folder FROM snapshots JOIN snapshot_streams ON no = stream ORDER BY stream, at',
  )
  for (const { folder, at, bytes, crc } of rows.iterate()) yield { name: `snapshots/${placeOf(folder, at)}`, bytes, crc }
}

/** Maximum pictures deleted at a time. */
const mostDeleted = 200
/** Maximum size of all pictures in one bundle, because it is a file to be sent. */
const mostBundledBytes = 100_000_000

const factsOf = ({ at, bytes, width, height, slate }: Row): SnapshotFacts => ({ at, bytes, widthPx: width, heightPx: height, isSlate: slate === 1 })

/** Pictures in day folders, and their index. All failures of the disk are thrown. */
export function createSnapshotFiles({ db, dataDir }: { readonly db: Database; readonly dataDir: string }) {
  const root = snapshotsFolder(dataDir)
  const findStream = db.prepare<[string, string], { no: number; folder: string }>('SELECT no, folder FROM snapshot_streams WHERE server_id = ? AND path = ?')
  const columns = 'at, bytes, width, height, slate, lasting, crc'
  const insertStream = db.prepare('INSERT INTO snapshot_streams (no, server_id, path, folder) VALUES (?, ?, ?, ?)')
  const lastNo = db.prepare<[], number>('SELECT coalesce(max(no), 0) FROM snapshot_streams').pluck()
  const insert = db.prepare('INSERT OR REPLACE INTO snapshots (stream, at, bytes, width, height, slate, lasting, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const atMoment = db.prepare<[number, number], Row>(`SELECT ${columns} FROM snapshots WHERE stream = ? AND at = ?`)
  const upTo = db.prepare<[number, number], Row>(`SELECT ${columns} FROM snapshots WHERE stream = ? AND at <= ? ORDER BY at DESC LIMIT 1`)
  const from = db.prepare<[number, number], Row>(`SELECT ${columns} FROM snapshots WHERE stream = ? AND at >= ? ORDER BY at LIMIT 1`)
  const within = db.prepare<[number, number, number], Row>(`SELECT ${columns} FROM snapshots WHERE stream = ? AND at BETWEEN ? AND ? ORDER BY at`)
  const newestOf = db.prepare<[number, 0 | 1, number, number, number], Row>(
    `SELECT ${columns} FROM snapshots WHERE stream = ? AND lasting = ? AND at BETWEEN ? AND ? ORDER BY at DESC LIMIT ?`,
  )
  const allStreams = db.prepare<[], { no: number; ownerId: string; path: string; folder: string }>(
    'SELECT no, server_id AS ownerId, path, folder FROM snapshot_streams ORDER BY no',
  )
  const countWithin = db.prepare<[number, number, number], number>('SELECT count(*) FROM snapshots WHERE stream = ? AND at BETWEEN ? AND ?').pluck()
  const setLasting = db.prepare('UPDATE snapshots SET lasting = 1 WHERE stream = ? AND at = ?')
  const older = db.prepare<[number, number, number], AgedRow>(
    `SELECT stream, at, bytes, folder FROM snapshots JOIN snapshot_streams ON no = stream WHERE lasting = ? AND at < ? ORDER BY at LIMIT ?`,
  )
  const remove = db.prepare('DELETE FROM snapshots WHERE stream = ? AND at = ?')
  const streamsOfServer = db.prepare<[string], { no: number; folder: string }>('SELECT no, folder FROM snapshot_streams WHERE server_id = ?')
  const ofStream = db.prepare<[number, number], AgedRow>(
    `SELECT stream, at, bytes, folder FROM snapshots JOIN snapshot_streams ON no = stream WHERE stream = ? ORDER BY at LIMIT ?`,
  )
  const forgetStream = db.prepare('DELETE FROM snapshot_streams WHERE no = ?')
  const sums = db.prepare<[], { count: number; bytes: number }>('SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM snapshots').get()
  const oldest = db
    .prepare<[], number | null>(
      'SELECT min(at) FROM (SELECT min(at) AS at FROM snapshots WHERE lasting = 0 UNION SELECT min(at) FROM snapshots WHERE lasting = 1)',
    )
    .pluck()
  const isListed = db.prepare<[number, number], 1>('SELECT 1 FROM snapshots WHERE lasting IN (0, 1) AND at >= ? AND at < ? LIMIT 1').pluck()
  const kept = { count: sums?.count ?? 0, bytes: sums?.bytes ?? 0 }
  mkdirSync(root, { recursive: true, mode: 0o700 })
  /** Counts unfinished files, so that two writes never share one. */
  let parts = 0

  const fileOf = (folder: string, at: number): string => join(root, ...placeOf(folder, at).split('/'))
  const streamFor = (ownerId: string, path: string): { readonly no: number; readonly folder: string } => {
    const known = findStream.get(ownerId, path)
    if (known !== undefined) return known
    const no = (lastNo.get() ?? 0) + 1
    const folder = folderOf(no, path || ownerId)
    insertStream.run(no, ownerId, path, folder)
    return { no, folder }
  }
  /** Removes rows first, so that every listed picture has its file, then the files and folders that are now empty. */
  const drop = async (rows: readonly AgedRow[]): Promise<void> => {
    db.transaction(() => {
      for (const { stream, at } of rows) remove.run(stream, at)
    }).immediate()
    kept.count -= rows.length
    for (const { bytes } of rows) kept.bytes -= bytes
    const folders = new Set<string>()
    const failures: unknown[] = []
    for (const { at, folder } of rows) {
      await rm(fileOf(folder, at), { force: true }).catch((error: unknown) => void failures.push(error))
      folders.add(join(root, dayOf(at), folder))
    }
    for (const folder of folders) await removeIfEmpty(folder)
    for (const day of new Set([...folders].map((folder) => dirname(folder)))) await removeIfEmpty(day)
    if (failures.length > 0) throw failures[0]
  }
  const readJpeg = async (folder: string, row: Row): Promise<Buffer | null> => {
    try {
      const jpeg = await readFile(fileOf(folder, row.at))
      return jpeg.length === row.bytes && crc32(jpeg) === row.crc ? jpeg : null
    } catch {
      // It was deleted by hand or by a limit just now, or the disk fails, which `add` reports.
      return null
    }
  }
  const picture = async (ownerId: string, path: string, find: (no: number) => Row | undefined) => {
    const stream = findStream.get(ownerId, path)
    const row = stream && find(stream.no)
    if (stream === undefined || row === undefined) return null
    const jpeg = await readJpeg(stream.folder, row)
    return jpeg && { ...factsOf(row), jpeg: jpeg.toString('base64') }
  }

  return {
    /** Stores a picture: first its file, then its row, so that every listed picture is complete. */
    add: async ({ ownerId, path, at, jpeg, widthPx, heightPx, isSlate, lasts }: NewSnapshot): Promise<void> => {
      const { no, folder } = streamFor(ownerId, path)
      const file = fileOf(folder, at)
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      const part = `${file}.${parts++}.part`
      await writeFile(part, jpeg, { mode: 0o600 })
      await rename(part, file)
      const before = atMoment.get(no, at)
      insert.run(no, at, jpeg.length, widthPx, heightPx, isSlate ? 1 : 0, lasts ? 1 : 0, crc32(jpeg))
      kept.count += before === undefined ? 1 : 0
      kept.bytes += jpeg.length - (before?.bytes ?? 0)
    },
    /** As `snapshots.list` of the contract. */
    list: (serverId: string, path: string, since: number, to: number, points: number): { readonly snapshots: SnapshotFacts[]; readonly total: number } => {
      const no = findStream.get(serverId, path)?.no
      if (no === undefined || to < since) return { snapshots: [], total: 0 }
      const total = countWithin.get(no, since, to) ?? 0
      if (total <= points) return { snapshots: within.all(no, since, to).map(factsOf), total }
      const found = new Map<number, SnapshotFacts>()
      for (let point = 0; point < points; point++) {
        const row = from.get(no, Math.ceil(since + (point * (to - since)) / points))
        if (row !== undefined && row.at <= to) found.set(row.at, factsOf(row))
      }
      const newest = upTo.get(no, to)
      if (newest !== undefined) found.set(newest.at, factsOf(newest))
      return { snapshots: [...found.values()], total }
    },
    newest: (serverId: string, path: string, at: number) => picture(serverId, path, (no) => upTo.get(no, at)),
    first: (serverId: string, path: string, at: number) => picture(serverId, path, (no) => from.get(no, at)),
    at: (serverId: string, path: string, at: number) => picture(serverId, path, (no) => atMoment.get(no, at)),
    /** When the newest one was taken; null: there is none. */
    newestAt: (serverId: string, path: string): number | null => {
      const no = findStream.get(serverId, path)?.no
      return no === undefined ? null : (upTo.get(no, Number.MAX_SAFE_INTEGER)?.at ?? null)
    },
    /**
     * The pictures for a bundle, as files: first those kept for alarms, faults and reports, then other snapshots of the period, each newest first and no
     * stream more than its share, as far as they fit. Works in slices.
     */
    bundled: async (scope: BundleScope, slice: Slice, signal: AbortSignal): Promise<PictureFile[]> => {
      const { hasProbe, hasStream } = bundleChoiceOf(scope)
      const [since, to] = [Math.floor(scope.from), Math.ceil(scope.to)]
      const streams = allStreams.all().filter(({ ownerId, path }) => (isProbeId(ownerId) ? hasProbe(ownerId) : hasStream(ownerId, path)))
      const share = Math.ceil(mostBundledPictures / Math.max(1, streams.length))
      const lasting: PictureFile[] = []
      const others: PictureFile[] = []
      for (const { no, ownerId, path, folder } of streams) {
        const fileFor = (row: Row) => ({ ...factsOf(row), ownerId, path, crc: row.crc, lasts: row.lasting === 1, file: fileOf(folder, row.at) })
        lasting.push(...newestOf.all(no, 1, since, to, mostBundledPictures).map(fileFor))
        // A fault that lasted when the period began has its picture before it.
        const before = isProbeId(ownerId) ? upTo.get(no, since - 1) : undefined
        if (before !== undefined) lasting.push(fileFor(before))
        others.push(...newestOf.all(no, 0, since, to, share).map(fileFor))
        if (slice.isOver()) await slice.next(signal)
      }
      const newestFirst = (pictures: readonly PictureFile[]) => pictures.toSorted((a, b) => b.at - a.at)
      const chosen: PictureFile[] = []
      let left = mostBundledBytes
      for (const picture of [...newestFirst(lasting), ...newestFirst(others)]) {
        if (chosen.length >= mostBundledPictures || left < picture.bytes) break
        left -= picture.bytes
        chosen.push(picture)
      }
      return chosen
    },
    /** Makes each stream's newest picture at or before `at` last as long as those of alarms. */
    makeLast: (onsets: Iterable<{ readonly serverId: string; readonly path: string; readonly at: number }>): void => {
      db.transaction(() => {
        for (const { serverId, path, at } of onsets) {
          const no = findStream.get(serverId, path)?.no
          const row = no === undefined ? undefined : upTo.get(no, at)
          if (no !== undefined && row !== undefined) setLasting.run(no, row.at)
        }
      }).immediate()
    },
    forget: async (serverId: string, signal: AbortSignal): Promise<void> => {
      for (const { no } of streamsOfServer.all(serverId)) {
        for (let rows = ofStream.all(no, mostDeleted); rows.length > 0; rows = ofStream.all(no, mostDeleted)) {
          if (signal.aborted) return
          await drop(rows)
        }
        forgetStream.run(no)
      }
    },
    /** Deletes pictures beyond a limit, oldest first, those of alarms last. */
    clear: async ({ keepDays, keepAlarmDays, keepMegabytes }: KeepLimits, now: number, signal: AbortSignal): Promise<void> => {
      /** `most`: returns how many may still be deleted. */
      const dropOlder = async (lasting: 0 | 1, before: number, most: () => number) => {
        for (let many = most(); many > 0 && !signal.aborted; many = most()) {
          const rows = older.all(lasting, before, Math.min(many, mostDeleted))
          if (rows.length === 0) return
          await drop(rows)
        }
      }
      await dropOlder(0, now - keepDays * dayMs, () => mostDeleted)
      await dropOlder(1, now - keepAlarmDays * dayMs, () => mostDeleted)
      const tooMany = () => Math.ceil(((kept.bytes - keepMegabytes * 1_000_000) * kept.count) / Math.max(1, kept.bytes))
      for (const lasting of [0, 1] as const) await dropOlder(lasting, Number.MAX_SAFE_INTEGER, tooMany)
    },
    /** Deletes folders of past days without a listed picture: left by a crash between file and row, or by an index that was replaced. */
    sweep: async (now: number): Promise<void> => {
      for (const name of await readdir(root)) {
        const from = /^\d{4}-\d{2}-\d{2}$/.test(name) ? Date.parse(name) : Number.NaN
        if (from < now - 2 * dayMs && !isListed.get(from, from + dayMs)) await rm(join(root, name), { recursive: true, force: true })
      }
    },
    kept: () => ({ snapshots: kept.count, bytes: kept.bytes, oldestAt: oldest.get() ?? null }),
  }
}
export type SnapshotFiles = ReturnType<typeof createSnapshotFiles>

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw error
  }
}

/** Opens the index of snapshots. The pictures of a damaged one stay until their folders are due to be deleted. */
export function openSnapshots({ dataDir, ...deps }: DataFolder): Result<OpenedOrBegun, DatabaseError> {
  // It is checked whole: the rows of a hundred thousand pictures are some megabytes.
  return openOrBegin(deps, 'snapshots', snapshotsFile(dataDir), { migrations: snapshotMigrations, check: true })
}
