import { consoleTroubleText } from '../i18n/consoleTroubleText.ts'
import type { ConsoleTrouble } from '../shared/consoleTroubles.ts'
import { type Damage, type NewEvent, newEvent } from '../shared/events.ts'
import { type KeepLimit, keepEverything, type StoreFigures } from '../shared/history.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { serverSubject } from '../shared/subjectNames.ts'
import { type Kept, keptKinds } from '../shared/tiers.ts'
import { openAlarmsDatabase } from './alarms/alarmsDatabase.ts'
import type { EngineOptions, EngineStartError } from './engineOptions.ts'
import { writeFirstPast } from './firstPast.ts'
import { type BundleContent, unpackBundle } from './history/bundle/bundle.ts'
import { createHistory, type History, type HistoryDeps } from './history/history.ts'
import { ignoreThreadError } from './history/threads/threads.ts'
import { createHostRows } from './hosts/hostRows.ts'
import { storedLimit, unreadableInMain } from './mainContent.ts'
import { createLifeMark } from './past/lifeMark.ts'
import type { EnginePorts } from './ports.ts'
import { createServerRows, type ServerRows } from './servers/serverRows.ts'
import { createSnapshotFiles, openSnapshots } from './snapshots/snapshotFiles.ts'
import { createBackups } from './storage/backups.ts'
import { DiskSync } from './storage/diskSync.ts'
import { lockDataDir } from './storage/lockDataDir.ts'
import { mainMigrations } from './storage/mainMigrations.ts'
import type { Database } from './storage/openDatabase.ts'
import { openMain } from './storage/openMain.ts'
import { noteDamaged } from './storage/openOrBegin.ts'
import { damageOf, storageError } from './storage/storageTrouble.ts'
import { checkedEveryMs } from './streams/seenStreams.ts'

export interface Store {
  readonly db: Database
  /** alarms.db: alarms and their messages. */
  readonly alarmsDb: Database
  /** alarms.db turned out to be damaged: the next start sets it aside. */
  readonly onAlarmsDamaged: () => void
  /** snapshots.db: the index of pictures, and reports of the daily check. */
  readonly snapshotsDb: Database
  /** Brings what is committed to the disk; every other database of the engine's thread is added. */
  readonly diskSync: Pick<DiskSync, 'add' | 'synced'>
  readonly rows: ServerRows
  /** Its figures include main.db, and limits set through it are stored for the next start. */
  readonly history: History
  /** The bundle shown instead of live servers; null: the engine polls servers. */
  readonly bundle: BundleContent | null
  /** By how much the clock was set back while the console did not run, ms; 0 if unknown. */
  readonly setBackMs: number
  /** As in the life mark. */
  readonly aliveUntil: number | null
  /** When servers answered last in the minute before the end of a launch that ended without a word, by id. */
  readonly lastAnswers: ReadonlyMap<string, number>
  /** Why some data cannot be stored now; null: all can. */
  readonly trouble: () => ConsoleTrouble | null
  /** Why today's copy of main.db could not be made; null: it was made, or is not due yet. */
  readonly backupTrouble: () => ConsoleTrouble | null
  /** Resolves when no copy of a database is being made. */
  readonly settled: () => Promise<void>
}

/** Opens the data folder: its lock, main.db and the history. Registers each in `opened`. `onDamage`: called with each damaged file that is found. */
export async function openStore(
  ports: EnginePorts,
  options: EngineOptions,
  opened: AsyncDisposableStack,
  onDamage: (damage: NewEvent) => void,
): Promise<Result<Store, EngineStartError>> {
  const { clock, log, dataDir } = ports
  const { folderTrouble = null } = options
  if (folderTrouble !== null) log.warn({}, consoleTroubleText(folderTrouble, 'en'))
  const lock = lockDataDir({ clock, dataDir })
  if (!lock.ok) return lock
  opened.use(lock.value)

  const main = openMain({ clock, log, dataDir, migrations: mainMigrations, unreadable: unreadableInMain })
  if (!main.ok) return main
  const { db } = main.value
  opened.defer(() => void db.close())
  const alarms = openAlarmsDatabase({ clock, log, dataDir })
  if (!alarms.ok) return alarms
  const alarmsFile = alarms.value.db.name
  let alarmsTrouble: ConsoleTrouble | null = null
  opened.defer(() => void alarms.value.db.close())
  const index = openSnapshots({ clock, log, dataDir })
  if (!index.ok) return index
  opened.defer(() => void index.value.db.close())
  const rows = createServerRows(db, ports.newServerId)
  const backups = opened.use(createBackups({ clock, log, db, dataDir, inThread: (order) => history.copyMain(order) }))

  let bundle: BundleContent | null = null
  if (options.bundle !== undefined) {
    const files = createSnapshotFiles({ db: index.value.db, dataDir })
    const unpacked = await unpackBundle(options.bundle, { dataDir, turn: nextTurn, keepPicture: files.add })
    if (!unpacked.ok) return err(storageError('bundleRefused', unpacked.error))
    bundle = unpacked.value
  }
  // This console's retention limits don't apply to a bundle.
  const keep = bundle === null ? keptLimits(rows, options) : keepEverything
  const started = await createHistory({ clock, log, dataDir, storeWorker: ports.storeWorker, version: ports.version, keep, onDamage })
  if (!started.ok) return started
  const history = opened.use(started.value)
  const diskSync = opened.use(new DiskSync({ clock, log, checkpoint: history.checkpoint }))
  diskSync.add(db, backups.copyNow)
  for (const each of [alarms.value.db, index.value.db]) diskSync.add(each)
  if (bundle !== null) history.restore(bundle.events)
  const reportDamage = (damage: Damage | null): void => {
    if (damage !== null) history.record([newEvent('storeDamaged', clock.now(), damage)])
  }
  reportDamage(main.value.damage)
  reportDamage(alarms.value.damage)
  reportDamage(index.value.damage)
  const watching = bundle === null ? await beginWatching({ db, rows, history }, ports, options, opened) : null

  const trouble = () => alarmsTrouble ?? diskSync.trouble()
  /** Adds the troubles of the other databases, and what is wrong with where all lie. */
  const withMain = (figures: StoreFigures): StoreFigures => ({
    ...figures,
    why: figures.why ?? trouble() ?? backups.trouble() ?? folderTrouble,
  })
  return ok({
    db,
    alarmsDb: alarms.value.db,
    onAlarmsDamaged: () => {
      noteDamaged(alarmsFile)
      alarmsTrouble = { kind: 'databaseDamaged', file: alarmsFile, because: damageOf('alarms') }
    },
    snapshotsDb: index.value.db,
    diskSync,
    rows,
    bundle,
    setBackMs: watching?.mark.setBackMs ?? 0,
    aliveUntil: watching?.mark.aliveUntil ?? null,
    lastAnswers: watching?.lastAnswers ?? new Map(),
    trouble: () => history.trouble() ?? trouble(),
    backupTrouble: backups.trouble,
    settled: async () => {
      await backups.settled()
    },
    history: {
      ...history,
      keep: async (limits) => {
        for (const [kept, limit] of Object.entries(limits)) rows.keepSetting(`keep.${kept}`, JSON.stringify(limit))
        return withMain(await history.keep(limits))
      },
      figures: async () => withMain(await history.figures()),
    },
  })
}

/** Records for how long the engine was not running, and writes a simulated fleet's past. */
async function beginWatching(
  { db, rows, history }: Pick<Store, 'db' | 'rows' | 'history'>,
  { clock }: EnginePorts,
  options: EngineOptions,
  opened: AsyncDisposableStack,
) {
  let lastAnswers: Store['lastAnswers'] = new Map()
  const mark = opened.use(
    await createLifeMark({
      clock,
      read: () => rows.setting('aliveAt'),
      write: (mark) => rows.noteSetting('aliveAt', mark),
      record: history.record,
      newestSample: async (from, to) => {
        // A damaged history is set aside meanwhile, and is no reason not to start.
        const found = await newestSamples(history, from - checkedEveryMs, to).catch(ignoreThreadError)
        lastAnswers = found?.answered ?? lastAnswers
        return found?.newest ?? null
      },
    }),
  )
  if (options.firstPast !== undefined) {
    const hostRows = createHostRows(db)
    await writeFirstPast(history, options.firstPast(clock.now()), {
      server: (name) => rows.all().find((row) => row.name === name)?.id ?? rows.insert({ name, settings: null, sealedSecret: null }, clock.now()),
      host: (name) => hostRows.all().find((row) => row.name === name)?.id ?? hostRows.insert({ name, settings: null, sealedSecret: null }, clock.now()),
    })
  }
  return { mark, lastAnswers }
}

/** Retention limits, by tier: those set in the console, else those of the options. */
function keptLimits(rows: ServerRows, options: EngineOptions): NonNullable<HistoryDeps['keep']> {
  const { keepDays: days, keepBytes: bytes } = options
  const limits: { [K in Kept]?: Partial<KeepLimit> } = { samples: { ...(days && { days }), ...(bytes && { bytes }) } }
  for (const kept of keptKinds) {
    const limit = storedLimit(rows, kept)
    if (limit?.success) limits[kept] = limit.data
  }
  return limits
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** When a server was sampled last between two moments a minute or so apart, and when each of those that answered did so last; null: none was. */
async function newestSamples(history: Pick<History, 'range' | 'servers'>, from: number, to: number) {
  const servers = await history.servers()
  const answered = new Map<string, number>()
  if (servers.length === 0 || to <= from) return { newest: null, answered }
  const series = servers.map((serverId) => ({ subject: serverSubject(serverId), metric: 'server.reachable' as const }))
  // Buckets of some milliseconds, so that each holds at most one sample of a server.
  const columns = await history.range({ series, from, to, points: 5_000, tier: 'samples' })
  for (const [place, { at, mean }] of columns.entries()) {
    const last = mean.lastIndexOf(1)
    if (last >= 0) answered.set(servers[place] as string, at[last] as number)
  }
  const newest = Math.max(...columns.map(({ at }) => at.at(-1) ?? Number.NEGATIVE_INFINITY))
  return { newest: Number.isFinite(newest) ? newest : null, answered }
}
