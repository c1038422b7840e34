import type { Clock } from '../../clock/clock.ts'
import { isCanaryPath } from '../../shared/canaries.ts'
import {
  type DailyChange,
  type DailyContentCheck,
  type DailyFault,
  type DailyMeasured,
  type DailySettings,
  type DailySkip,
  dailyChecksFor,
} from '../../shared/dailyChecks.ts'
import { isFor } from '../../shared/maintenance.ts'
import type { Evidence } from '../../shared/media.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { type ContentWatch, contentWatchOf, isContentFault, lastingIn } from '../../shared/probeContent.ts'
import { type ContractDifference, type GradeReason, gradeReasonsOf, grades } from '../../shared/probeGrades.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import type { Probe } from '../../shared/probes.ts'
import { readingHoldsMs } from '../../shared/probeTurns.ts'
import { err, type Result } from '../../shared/result.ts'
import type { Server } from '../../shared/servers.ts'
import { isOffAir, type Stream } from '../../shared/streams.ts'
import { type AlarmSubject, isProbeId, probeSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { Camera, CameraName, KnownCamera } from './dailyRows.ts'

export interface Look {
  readonly reading: ProbeReading
  readonly picture: Evidence | null
}
export interface CheckOptions {
  readonly wake: boolean
  readonly checkMs: number
  readonly content: ContentWatch
  readonly signal: AbortSignal
}

export interface CamerasDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly servers: () => readonly Server[]
  readonly server: (id: string) => Server | null
  readonly stream: (serverId: string, path: string) => Stream | null
  /** Calls `visit` with each stream that is on air, should be, or can be started by reading it, except streams known to have no video. */
  readonly eachCamera: (visit: (serverId: string, path: string) => void) => void
  readonly probes: () => readonly Probe[]
  readonly probe: (id: string) => Probe | null
  /** The addresses of all probes, with their secrets. */
  readonly probeAddresses: () => readonly { readonly id: string; readonly url: string }[]
  /** The source at an address, as `pulledFrom` writes it; null: none that could be recognised. */
  readonly sourceAt: (address: string) => string | null
  /** The source from which a path is pulled; null: none that could be recognised. */
  readonly pulledFrom: (serverId: string, path: string) => string | null
  /** The streams of watched servers that probes read, by probe id: the same map until it may have changed. */
  readonly probedStreams: () => ReadonlyMap<string, { readonly serverId: string; readonly path: string }>
  /** null: this console can't read streams. */
  readonly checkStream: ((serverId: string, path: string, options: CheckOptions) => Promise<Result<Look, PictureReason>>) | null
  /** A picture of the last reading of a probe, or of a stream now; null: there is none. */
  readonly pictureOf: (probeId: string, stream: CameraName | null, signal: AbortSignal) => Promise<Evidence | null>
  readonly inMaintenance: (subject: AlarmSubject) => boolean
  readonly isOffline: () => boolean
}

/** What to do with a camera now, decided before it is read. `unread`: its probe will have read it soon. */
type Decision =
  | { readonly kind: 'skip'; readonly why: DailySkip }
  | { readonly kind: 'fault'; readonly fault: DailyFault }
  | ToRead
  | ProbeRead
  | { readonly kind: 'unread' }
/** The camera has to be read. */
export interface ToRead {
  readonly kind: 'read'
  /** Reading the stream starts its on-demand source. */
  readonly wakes: boolean
  /** Its last known bit rate; null: unknown. */
  readonly bitrateBps: number | null
}
export interface ProbeRead extends Pick<Probe, 'id' | 'name' | 'gradeReasons' | 'differences'> {
  readonly kind: 'probeRead'
  readonly reading: ProbeReading
  readonly readAt: number
}

const skip = (kind: Exclude<DailySkip['kind'], 'noTools'>): Decision => ({ kind: 'skip', why: { kind } })
const streamKey = (serverId: string, path: string): string => `${serverId} ${path}`

/** The cameras of the daily check: expected streams, and probes. */
export function createCameras(deps: CamerasDeps) {
  let places: ReturnType<CamerasDeps['probedStreams']> | null = null
  let streamOf: ReadonlyMap<string, string> = new Map()
  let probesOf: ReadonlyMap<string, readonly string[]> = new Map()
  /** Finds the stream of each probe: a path of a server, the path that is pulled from its address, or what is there. */
  const findStreams = (): void => {
    const now = deps.probedStreams()
    if (now === places) return
    places = now
    const addresses = deps.probeAddresses().map(({ id, url }) => ({ id, url, source: now.has(id) ? null : deps.sourceAt(url) }))
    const pulled = new Map<string, string>()
    if (addresses.some(({ source }) => source !== null))
      deps.eachCamera((owner, path) => {
        const source = deps.pulledFrom(owner, path)
        if (source !== null && !pulled.has(source)) pulled.set(source, streamKey(owner, path))
      })
    streamOf = new Map(
      addresses.map(({ id, url, source }) => {
        const place = now.get(id)
        return [id, place === undefined ? (pulled.get(source ?? '') ?? url) : streamKey(place.serverId, place.path)]
      }),
    )
    probesOf = Map.groupBy(streamOf.keys(), (id) => streamOf.get(id) ?? id)
  }
  /** Whether a server is known not to answer, so that nothing is known of its cameras. */
  const isSilent = (serverId: string | undefined): boolean => {
    const state = serverId === undefined ? 'up' : (deps.server(serverId)?.state ?? 'up')
    return state !== 'up' && state !== 'paused'
  }
  /** What the running probe of a camera knows, of several the one with the worst grade; null: none runs. */
  const decideByProbe = ({ owner, path }: CameraName): Decision | null => {
    findStreams()
    const ids = isProbeId(owner) ? (probesOf.get(streamOf.get(owner) ?? '') ?? [owner]) : (probesOf.get(streamKey(owner, path)) ?? [])
    const [probe] = ids
      .flatMap((id) => deps.probe(id) ?? [])
      .filter(({ paused }) => !paused)
      .sort((a, b) => rank(b) - rank(a))
    if (probe === undefined) return null
    const { state, why, reading, readAt } = probe
    if (why?.kind === 'noFfmpeg' || why?.kind === 'unavailable') return { kind: 'skip', why: { kind: 'noTools', why } }
    if (state === 'down' && why !== null)
      return isSilent(places?.get(probe.id)?.serverId) ? skip('serverDown') : { kind: 'fault', fault: { kind: 'noPicture', why } }
    const isKnown = state === 'up' && reading !== null && readAt !== null && deps.clock.now() - readAt <= readingHoldsMs(probe)
    return isKnown ? { ...probe, kind: 'probeRead', reading, readAt } : { kind: 'unread' }
  }
  const decideStream = (camera: CameraName, wakesOnDemand: boolean): Decision => {
    const { owner, path } = camera
    const server = deps.server(owner)
    if (server === null) return skip('removed')
    if (server.state === 'paused') return skip('notDue')
    const stream = deps.stream(owner, path)
    if (deps.inMaintenance(streamSubject(owner, path))) return skip('notDue')
    if (stream === null && server.state === 'up') return skip('removed')
    if (stream === null || stream.state === 'unknown') return decideByProbe(camera) ?? skip('serverDown')
    if (stream.state === 'slate') return { kind: 'fault', fault: { kind: 'slate' } }
    if (!isOffAir(stream.state)) return decideByProbe(camera) ?? { kind: 'read', wakes: false, bitrateBps: stream.figures.bitrateInBps }
    if (stream.offPlan === true) return skip('notDue')
    // One that was never live is out since it is expected: that is no time at which it went.
    const since = stream.lastLiveAt === null ? null : (stream.outageSince ?? stream.lastLiveAt)
    if (!stream.onDemand) return { kind: 'fault', fault: { kind: 'offAir', since } }
    return decideByProbe(camera) ?? (wakesOnDemand ? { kind: 'read', wakes: true, bitrateBps: null } : skip('asleep'))
  }
  const decideProbe = (camera: CameraName): Decision => {
    if (deps.probe(camera.owner) === null) return skip('removed')
    if (deps.inMaintenance(probeSubject(camera.owner))) return skip('notDue')
    return decideByProbe(camera) ?? skip('notDue')
  }
  return {
    /** Lists the cameras for a report, at most `most`; `leftOut` counts the rest. */
    list: (settings: DailySettings, most: number): { readonly cameras: Camera[]; readonly leftOut: number } => {
      const servers = new Map(deps.servers().map((server) => [server.id, server]))
      const cameras: Camera[] = []
      let leftOut = 0
      const add = (camera: Camera) => {
        if (cameras.length < most) cameras.push(camera)
        else leftOut++
      }
      const listed = new Set<string>()
      deps.eachCamera((owner, path) => {
        const server = servers.get(owner)
        if (server === undefined || isCanaryPath(path) || !isFor(settings, server, path)) return
        listed.add(streamKey(owner, path))
        add({ owner, path, name: path, place: server.name })
      })
      findStreams()
      for (const { id, name, project, canary } of settings.probes ? deps.probes() : []) {
        const stream = streamOf.get(id) ?? id
        if (canary !== null || listed.has(stream)) continue
        listed.add(stream)
        add({ owner: id, path: '', name, place: project })
      }
      return { cameras, leftOut }
    },
    /**
     * Why a camera of an earlier report is not in the current list. `kept`: it is on air with sound only, or its server currently can't tell whether it
     * exists. `left`: it no longer has to be checked. `gone`: otherwise.
     */
    whyMissing: ({ owner, path }: CameraName, settings: DailySettings): 'gone' | 'kept' | 'left' => {
      if (isProbeId(owner)) return settings.probes || deps.probe(owner) === null ? 'gone' : 'left'
      const server = deps.server(owner)
      if (server === null) return 'gone'
      if (!isFor(settings, server, path)) return 'left'
      if (server.state !== 'up') return 'kept'
      const stream = deps.stream(owner, path)
      return stream === null || isOffAir(stream.state) ? 'gone' : 'kept'
    },
    decide: (camera: CameraName, wakesOnDemand: boolean): Decision => {
      if (deps.checkStream === null) return { kind: 'skip', why: { kind: 'noTools', why: { kind: 'unavailable', because: 'noProcess' } } }
      if (deps.isOffline()) return skip('offline')
      return isProbeId(camera.owner) ? decideProbe(camera) : decideStream(camera, wakesOnDemand)
    },
    /** The checks that the settings define for a stream. */
    checks: ({ owner, path }: CameraName, settings: DailySettings): readonly DailyContentCheck[] => {
      const server = deps.server(owner)
      return server === null ? settings.checks : dailyChecksFor(settings, server, path)
    },
    look: async ({ owner, path }: CameraName, options: CheckOptions): Promise<Result<Look, PictureReason>> => {
      if (deps.checkStream === null) return err({ kind: 'unavailable', because: 'noProcess' })
      return await deps.checkStream(owner, path, options)
    },
    pictureOf: async (camera: CameraName, probeId: string, signal: AbortSignal) =>
      await deps.pictureOf(probeId, isProbeId(camera.owner) ? null : camera, signal),
    /** Whether a source started by our reading may still be running without other readers, according to the server's answers since `readUntil`. */
    isHeld: ({ owner, path }: CameraName, readUntil: number): boolean => {
      const server = deps.server(owner)
      const stream = deps.stream(owner, path)
      if (server === null || server.state !== 'up' || stream === null) return false
      if ((server.lastAnswerAt ?? 0) <= readUntil) return true
      return !isOffAir(stream.state) && stream.state !== 'unknown' && !((stream.figures.readers ?? 0) > 0)
    },
    isOffline: deps.isOffline,
    isSilent: ({ owner }: CameraName): boolean => isSilent(owner),
    /** Whether every server has answered or failed its first poll, so that the streams are known as far as possible. */
    areKnown: (): boolean => deps.servers().every(({ state }) => state !== 'connecting'),
  }
}
export type Cameras = ReturnType<typeof createCameras>

/** The worst grade last, and before all what is not graded. */
const rank = ({ grade }: Probe): number => (grade === null ? -1 : grades.indexOf(grade))

// What a reading says of a camera: its grade is that of a probe, and what makes it poor is a fault. Pure.

/** Checks of a look. Always includes `black`, because a picture check decodes pictures and returns the last one. */
export function dailyWatch(checks: readonly DailyContentCheck[]): ContentWatch {
  const watch = contentWatchOf({ profile: null, checks: [...new Set([...checks, 'black' as const])], thresholds: {} })
  if (watch === null) throw new Error('a watch without checks')
  return watch
}

/** What stands in the way of a picture, and what makes the grade of a look poor. `wakes`: it waited for its source, which is no answer time. */
export function faultsOfCheck(reading: ProbeReading, checks: readonly DailyContentCheck[], wakes: boolean): DailyFault[] {
  const { video, content, response } = reading
  if (video === null) return [{ kind: 'noPicture', why: { kind: 'noVideo' } }]
  const lasting = lastingIn(content).filter(({ check }) => checks.some((one) => one === check))
  const graded = wakes ? { ...reading, response: { ...response, answerMs: null, keyframeMs: null } } : reading
  const faults = gradeFaults(gradeReasonsOf(graded, null, lasting))
  const isUndecoded = reading.keyframes !== 0 && content?.undecoded.includes('video') === true
  return isUndecoded ? [{ kind: 'noPicture', why: { kind: 'undecodable', because: 'noWholePicture' } }, ...faults] : faults
}
/** Whether the look found something that a longer one may find to be a fault. */
export function isUndecided({ content }: ProbeReading, checks: readonly DailyContentCheck[]): boolean {
  return lastingIn(content).some((lasting) => checks.some((one) => one === lasting.check) && !isContentFault(lasting))
}
/** What makes a grade poor. */
export function gradeFaults(reasons: readonly GradeReason[]): DailyFault[] {
  return reasons.filter(({ grade }) => grade === 'poor').map((reason) => ({ kind: 'grade', reason }))
}

/** What is otherwise than it is known to be, or than was agreed. */
export function changedFaults(
  reading: ProbeReading,
  known: Pick<KnownCamera, 'widthPx' | 'heightPx'> | null,
  differences: readonly ContractDifference[],
): DailyFault[] {
  const faults: DailyFault[] = []
  const size = sizeOf(reading)
  if (size !== null && known !== null && known.widthPx !== null && known.heightPx !== null) {
    const { widthPx: knownWidthPx, heightPx: knownHeightPx } = known
    if (size.widthPx !== knownWidthPx || size.heightPx !== knownHeightPx) faults.push({ kind: 'size', ...size, knownWidthPx, knownHeightPx })
  }
  return differences.length > 0 ? [...faults, { kind: 'contract', differences: [...differences] }] : faults
}

export function measuredOf({ video, content, bitrateBps }: ProbeReading): DailyMeasured {
  const { widthPx = null, heightPx = null } = sizeOf({ video }) ?? {}
  return { codec: video?.codec ?? null, widthPx, heightPx, fps: video?.fps ?? null, bitrateBps, pictures: content?.pictures ?? null }
}

/** null: unknown. */
export function sizeOf({ video }: Pick<ProbeReading, 'video'>): { readonly widthPx: number; readonly heightPx: number } | null {
  if (video === null || video.widthPx === 0 || video.heightPx === 0) return null
  return { widthPx: video.widthPx, heightPx: video.heightPx }
}

/** Change since the last report that checked the camera. `known` null: it was in no report; `isFirst`: there is no earlier report at all. */
export function changeOf(verdict: 'ok' | 'fault' | 'notChecked', known: Pick<KnownCamera, 'faultSince'> | null, isFirst: boolean): DailyChange | null {
  const wasFaulty = known !== null && known.faultSince !== null
  if (verdict === 'fault') return wasFaulty ? 'stillFault' : 'newFault'
  if (known === null) return isFirst ? null : 'new'
  return verdict === 'ok' && wasFaulty ? 'mended' : null
}

/** Whether any fault may be temporary, so that a retry may succeed. */
export function mayPass(faults: readonly DailyFault[]): boolean {
  return faults.some((fault) => (fault.kind === 'grade' && fault.reason.kind !== 'content') || (fault.kind === 'noPicture' && passing.has(fault.why.kind)))
}
const passing: ReadonlySet<string> = new Set([
  'unreachable',
  'refused',
  'timedOut',
  'crashed',
  'serverError',
  'noPictureNow',
  'undecodable',
  'decoderFailed',
  'notFound',
])

const refusals: ReadonlySet<string> = new Set(['unauthorized', 'readRefused', 'rtspReadRefused', 'rtspPasswordMissing', 'rtspPasswordWithheld'])
/** Whether our credentials were refused. */
export function isRefused(faults: readonly DailyFault[]): boolean {
  return faults.some((fault) => fault.kind === 'noPicture' && refusals.has(fault.why.kind))
}
