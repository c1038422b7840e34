import { every } from '../../clock/every.ts'
import { createUnderWay } from '../../clock/underWay.ts'
import type { Evidence } from '../../shared/media.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { mostEvidence } from '../../shared/probes.ts'
import {
  type KeptPicture,
  type SnapshotFacts,
  type SnapshotSettings,
  type SnapshotStatus,
  snapshotSettingsSchema,
  type TakenSnapshot,
} from '../../shared/snapshots.ts'
import { storedJson } from '../storage/storedJson.ts'
import { createSnapshotBudget, type SnapshotTotals } from './snapshotBudget.ts'
import { createSnapshotDisk } from './snapshotDisk.ts'
import type { SnapshotFiles } from './snapshotFiles.ts'
import { createSnapshotHalts } from './snapshotHalts.ts'
import { createSnapshotTaking, type ReadStream, type StreamName, type TakingDeps } from './snapshotTaking.ts'
import { createSnapshotTurns, type TurnsDeps } from './snapshotTurns.ts'

export interface SnapshotsDeps extends Omit<TurnsDeps, 'settings' | 'ageOf'>, Omit<TakingDeps, 'read'> {
  /** null: this console can't read pictures; kept ones are shown. */
  readonly read: ReadStream | null
  /** The address and credentials of a server as one text, which changes with any of them. It stays in this process. */
  readonly accessKey: (serverId: string) => string
  readonly kept: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
  /** Settings of the configuration file; those entered in the console take precedence. */
  readonly configured: Partial<SnapshotSettings>
  /** A bundle is shown: nothing is deleted. */
  readonly isBundle: boolean
}

/** Still pictures of live streams, taken in turns and kept. */
export interface Snapshots {
  readonly list: (input: StreamSpan & { readonly points: number }) => { readonly snapshots: SnapshotFacts[]; readonly total: number }
  readonly newest: (input: { readonly streams: readonly StreamName[]; readonly at?: number | undefined }) => Promise<(KeptPicture | null)[]>
  readonly pictures: (input: StreamName & { readonly at: readonly number[] }) => Promise<(KeptPicture | null)[]>
  readonly around: (input: StreamName & { readonly at: number }) => Promise<{ readonly before: KeptPicture | null; readonly after: KeptPicture | null }>
  readonly take: (input: StreamName) => Promise<TakenSnapshot>
  readonly status: () => SnapshotStatus
  /** Why no stream can be read; null: they can, or none is due. Does not access the disk. */
  readonly cannotRead: () => PictureReason | null
  readonly totals: () => SnapshotTotals
  readonly keep: (settings: SnapshotSettings) => SnapshotStatus
  /** Call when an alarm of a stream begins: its last picture is kept with it, and the next one is taken at once. */
  readonly alarmBegan: (serverId: string, path: string, at: number) => void
  /** Stores a picture in which a probe found something. */
  readonly keepEvidence: (probeId: string, at: number, evidence: Evidence) => void
  /** Stores a picture of a stream or probe for as long as those of alarms; false: the disk refused it. */
  readonly keepPicture: (ownerId: string, path: string, at: number, picture: Evidence) => Promise<boolean>
  readonly pictureAt: (ownerId: string, path: string, at: number) => Promise<KeptPicture | null>
  /** Pictures of a probe, newest first, at most `mostEvidence`. */
  readonly evidence: (input: { readonly id: string; readonly from: number; readonly to: number }) => Promise<KeptPicture[]>
  readonly forget: (serverId: string) => void
  readonly settled: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}
interface StreamSpan extends StreamName {
  readonly from: number
  readonly to: number
}

const settingsKey = 'snapshots'
const tickMs = 1_000
/** Maximum alarms waiting for their last picture to be marked; of further ones it is not kept longer than others. */
const mostOnsets = 10_000
const mostOnsetsATick = 500
const clearEveryMs = 600_000
const noReader: PictureReason = { kind: 'unavailable', because: 'noProcess' }

export function createSnapshots(deps: SnapshotsDeps): Snapshots {
  const { clock, log, files, read } = deps
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, deps.signal])
  let settings = snapshotSettingsSchema.safeParse(storedJson(deps.kept.read(settingsKey))).data ?? snapshotSettingsSchema.parse(deps.configured)
  const ageOf = (serverId: string, path: string) => {
    const at = files.newestAt(serverId, path)
    return at === null ? null : clock.now() - at
  }
  const turns = createSnapshotTurns({ ...deps, settings: () => settings, ageOf })
  const budget = createSnapshotBudget(() => settings)
  const halts = createSnapshotHalts({ clock, accessKey: deps.accessKey, nameOf: (id) => deps.server(id)?.name ?? '' })
  const disk = createSnapshotDisk({ clock, log })
  const { track, settled } = createUnderWay()
  /** Alarms whose last picture is still to be marked for keeping. */
  const onsets: { readonly serverId: string; readonly path: string; readonly at: number }[] = []

  const taking = read && createSnapshotTaking({ ...deps, read, signal }, { turns, budget, halts, disk, track })

  const loops: Promise<void>[] = []
  if (!deps.isBundle)
    loops.push(
      every(clock)(
        {
          intervalMs: clearEveryMs,
          timeoutMs: null,
          seed: 'snapshots kept',
          signal,
          onBug: (error) => log.error({ error }, 'old snapshots cannot be deleted'),
        },
        async () => {
          await track(
            disk.run(async () => {
              await files.clear(settings, clock.now(), signal)
              await files.sweep(clock.now())
            }),
          )
        },
      ),
    )
  if (taking !== null)
    loops.push(
      every(clock)(
        { intervalMs: tickMs, timeoutMs: null, seed: 'snapshots', signal, onBug: (error) => log.error({ error }, 'no snapshots are taken') },
        async () => {
          const now = onsets.splice(0, mostOnsetsATick)
          if (now.length > 0) await disk.run(async () => files.makeLast(now))
          taking.begin()
        },
      ),
    )

  const keepPicture: Snapshots['keepPicture'] = async (ownerId, path, at, { jpeg, widthPx, heightPx }) => {
    let isKept = false
    const add = async () => {
      await files.add({ ownerId, path, at, jpeg, widthPx, heightPx, isSlate: false, lasts: true })
      isKept = true
    }
    await track(disk.run(add))
    return isKept
  }
  const why = () => (taking === null ? noReader : taking.why())
  const status = (): SnapshotStatus => {
    const now = clock.monotonic()
    return {
      settings,
      why: why(),
      ...turns.counts(),
      cost: budget.cost(now),
      halts: halts.list(now, ({ serverId, path }) => deps.whyNot(serverId, path) === null),
      kept: { ...files.kept(), trouble: disk.trouble() },
    }
  }
  return {
    cannotRead: () => (turns.counts().streams > 0 ? why() : null),
    list: ({ serverId, path, from, to, points }) => files.list(serverId, path, from, to, points),
    newest: ({ streams, at }) => {
      if (at === undefined) for (const { serverId, path } of streams) turns.viewed(serverId, path, clock.monotonic())
      return oneByOne(streams, ({ serverId, path }) => files.newest(serverId, path, at ?? clock.now()))
    },
    pictures: ({ serverId, path, at }) => oneByOne(at, (one) => files.at(serverId, path, one)),
    around: async ({ serverId, path, at }) => ({ before: await files.newest(serverId, path, at - 1), after: await files.first(serverId, path, at) }),
    take: async (stream) => taking?.take(stream) ?? { picture: null, why: noReader },
    status,
    totals: budget.totals,
    keep: (changed) => {
      deps.kept.write(settingsKey, JSON.stringify(changed))
      settings = changed
      turns.settingsChanged()
      void track(disk.run(() => files.clear(settings, clock.now(), signal)))
      return status()
    },
    alarmBegan: (serverId, path, at) => {
      if (onsets.length < mostOnsets) onsets.push({ serverId, path, at })
      turns.hurry(serverId, path, clock.monotonic())
    },
    keepEvidence: (probeId, at, picture) => void keepPicture(probeId, '', at, picture),
    keepPicture,
    pictureAt: (ownerId, path, at) => files.at(ownerId, path, at),
    evidence: ({ id, from, to }) => evidenceOf(files, id, from, to),
    forget: (serverId) => {
      taking?.forget(serverId)
      turns.forget(serverId)
      halts.forget(serverId)
      void track(disk.run(() => files.forget(serverId, signal)))
    },
    settled,
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await Promise.allSettled([...loops, settled()])
    },
  }
}

/** One after the other, so that few files are open at once. */
async function oneByOne<Asked>(all: readonly Asked[], read: (one: Asked) => Promise<KeptPicture | null>): Promise<(KeptPicture | null)[]> {
  const found: (KeptPicture | null)[] = []
  for (const one of all) found.push(await read(one))
  return found
}

/** The newest pictures of a probe in a period. */
async function evidenceOf(files: SnapshotFiles, probeId: string, from: number, to: number): Promise<KeptPicture[]> {
  const found: KeptPicture[] = []
  for (let at = to; found.length < mostEvidence; ) {
    const picture = await files.newest(probeId, '', at)
    if (picture === null || picture.at < from) break
    found.push(picture)
    at = picture.at - 1
  }
  return found
}
