import type { Clock } from '../../clock/clock.ts'
import { isCanaryPath } from '../../shared/canaries.ts'
import type { DailyChange, DailyContentCheck, DailyFault, DailyMeasured, DailySettings, DailySkip } from '../../shared/dailyChecks.ts'
import { isFor } from '../../shared/maintenance.ts'
import type { Evidence } from '../../shared/media.ts'
import { isCredentialRefusal, type PictureReason } from '../../shared/previews.ts'
import { type ContentWatch, contentWatchOf, isContentFault, lastingIn } from '../../shared/probeContent.ts'
import { type GradeReason, gradeReasonsOf, grades } from '../../shared/probeGrades.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import type { Probe } from '../../shared/probes.ts'
import { readingHoldsMs } from '../../shared/probeTurns.ts'
import { isOffAir } from '../../shared/streams.ts'
import { isProbeId, probeSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { MaintenancePlans } from '../maintenance/maintenance.ts'
import type { StreamPictures } from '../previews/streamPictures.ts'
import type { Probes } from '../probes/probes.ts'
import type { Servers } from '../servers/servers.ts'
import type { Streams } from '../streams/streams.ts'
import type { Camera, CameraName, Found, KnownCamera } from './dailyRows.ts'

export interface CamerasDeps {
  readonly clock: Clock
  readonly servers: Pick<Servers, 'all' | 'get' | 'consoleWhy'>
  readonly streams: Pick<Streams, 'get' | 'eachCamera'>
  readonly probes: Pick<Probes, 'all' | 'get' | 'pictureOf'> & { readonly addresses: () => readonly { readonly id: string; readonly url: string }[] }
  readonly maintenance: Pick<MaintenancePlans, 'of'>
  /** The streams of watched servers that probes read, by probe id: the same map until it may have changed. */
  readonly probed: () => ReadonlyMap<string, { readonly serverId: string; readonly path: string }>
  /** The source at an address, as `pulledFrom` writes it; null: none that could be recognised. */
  readonly sourceAt: (address: string) => string | null
  /** The source from which a path is pulled; null: none that could be recognised. */
  readonly pulledFrom: (serverId: string, path: string) => string | null
  /** null: this console can't read streams. */
  readonly streamPictures: Pick<StreamPictures, 'check' | 'take'> | null
}

/** As wide as the pictures of looks. */
const pictureWidthPx = 320

/** What was found of a camera, before it is compared with the report before and stored. */
export interface Finding extends Omit<Found, 'picture'> {
  readonly picture: Evidence | null
  /** When a probe read it; null: none did. */
  readonly readAt: number | null
  /** Another attempt may have another result. */
  readonly mayPass: boolean
}
const nothing: Finding = { faults: [], why: null, measured: null, picture: null, probe: null, readAt: null, woken: false, mayPass: false }
const skipped = (why: DailySkip): Finding => ({ ...nothing, why })
const faulty = (fault: DailyFault): Finding => ({ ...nothing, faults: [fault] })
export function skip(kind: Exclude<DailySkip['kind'], 'noTools'>): Finding {
  return skipped({ kind })
}

/** What to do with a camera now. `wakes`: reading it starts its on-demand source. `bitrateBps` null: unknown. `unread`: its probe has not read it lately. */
type Decision =
  | { readonly kind: 'known'; readonly found: Finding }
  | { readonly kind: 'read'; readonly wakes: boolean; readonly bitrateBps: number | null }
  | ProbeRead
  | { readonly kind: 'unread' }
export interface ProbeRead {
  readonly kind: 'probeRead'
  readonly probe: Probe
  readonly reading: ProbeReading
  readonly readAt: number
}
const known = (found: Finding): Decision => ({ kind: 'known', found })

const streamKey = (serverId: string, path: string): string => `${serverId} ${path}`

/** The cameras of the daily check: expected streams, and probes. */
export function createCameras({ clock, servers, streams, probes, maintenance, streamPictures, ...deps }: CamerasDeps) {
  let places: ReturnType<CamerasDeps['probed']> | null = null
  let streamOf: ReadonlyMap<string, string> = new Map()
  let probesOf: ReadonlyMap<string, readonly string[]> = new Map()
  /** Finds the stream of each probe: a path of a server, the path that is pulled from its address, or what is there. */
  const findStreams = (): void => {
    const now = deps.probed()
    if (now === places) return
    places = now
    const addresses = probes.addresses().map(({ id, url }) => ({ id, url, source: now.has(id) ? null : deps.sourceAt(url) }))
    const pulled = new Map<string, string>()
    if (addresses.some(({ source }) => source !== null))
      streams.eachCamera((owner, path) => {
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
  const isSilent = (serverId: string): boolean => {
    const state = servers.get(serverId)?.state ?? 'up'
    return state !== 'up' && state !== 'paused'
  }
  /** What the running probe of a camera knows, of several the one with the worst grade; null: none runs. */
  const decideByProbe = ({ owner, path }: CameraName): Decision | null => {
    findStreams()
    const ids = isProbeId(owner) ? (probesOf.get(streamOf.get(owner) ?? '') ?? [owner]) : (probesOf.get(streamKey(owner, path)) ?? [])
    const [probe] = ids
      .flatMap((id) => probes.get(id) ?? [])
      .filter(({ paused }) => !paused)
      .sort((a, b) => rank(b) - rank(a))
    if (probe === undefined) return null
    const { state, why, reading, readAt } = probe
    if (why !== null && isOwn(why)) return known(skipped({ kind: 'noTools', why }))
    if (state === 'down' && why !== null)
      return known(isSilent(places?.get(probe.id)?.serverId ?? '') ? skip('serverDown') : faulty({ kind: 'noPicture', why }))
    const isKnown = state === 'up' && reading !== null && readAt !== null && clock.now() - readAt <= readingHoldsMs(probe)
    return isKnown ? { kind: 'probeRead', probe, reading, readAt } : { kind: 'unread' }
  }
  const decideStream = (camera: CameraName, wakesOnDemand: boolean): Decision => {
    const { owner, path } = camera
    const server = servers.get(owner)
    if (server === null) return known(skip('removed'))
    if (server.state === 'paused' || maintenance.of(streamSubject(owner, path), clock.now()) !== null) return known(skip('notDue'))
    const stream = streams.get(owner, path)
    if (stream === null && server.state === 'up') return known(skip('removed'))
    if (stream === null || stream.state === 'unknown') return decideByProbe(camera) ?? known(skip('serverDown'))
    if (stream.state === 'slate') return known(faulty({ kind: 'slate' }))
    if (!isOffAir(stream.state)) return decideByProbe(camera) ?? { kind: 'read', wakes: false, bitrateBps: stream.figures.bitrateInBps }
    if (stream.offPlan === true) return known(skip('notDue'))
    // One that was never live is out since it is expected: that is no time at which it went.
    const since = stream.lastLiveAt === null ? null : (stream.outageSince ?? stream.lastLiveAt)
    if (!stream.onDemand) return known(faulty({ kind: 'offAir', since }))
    return decideByProbe(camera) ?? (wakesOnDemand ? { kind: 'read', wakes: true, bitrateBps: null } : known(skip('asleep')))
  }
  const decideProbe = (camera: CameraName): Decision => {
    if (probes.get(camera.owner) === null) return known(skip('removed'))
    if (maintenance.of(probeSubject(camera.owner), clock.now()) !== null) return known(skip('notDue'))
    return decideByProbe(camera) ?? known(skip('notDue'))
  }
  return {
    /** Lists the cameras for a report: streams, and the probes that read none of them. */
    list: (settings: DailySettings): readonly Camera[] => {
      const cameras = new Map<string, Camera>()
      streams.eachCamera((owner, path) => {
        const server = servers.get(owner)
        if (server === null || isCanaryPath(path) || !isFor(settings, server, path)) return
        cameras.set(streamKey(owner, path), { owner, path, name: path, place: server.name })
      })
      findStreams()
      for (const { id, name, project, canary } of settings.probes ? probes.all() : []) {
        const stream = streamOf.get(id) ?? id
        if (canary === null && !cameras.has(stream)) cameras.set(stream, { owner: id, path: '', name, place: project })
      }
      return [...cameras.values()]
    },
    /**
     * A camera of the report before that is not in the current list. `waiting`: it is on air with sound only, or its server currently can't tell whether it
     * exists. null: it no longer has to be checked.
     */
    missing: ({ owner, path }: CameraName, settings: DailySettings): 'gone' | 'waiting' | null => {
      if (isProbeId(owner)) return settings.probes || probes.get(owner) === null ? 'gone' : null
      const server = servers.get(owner)
      if (server === null) return 'gone'
      if (!isFor(settings, server, path)) return null
      const stream = streams.get(owner, path)
      return server.state === 'up' && (stream === null || isOffAir(stream.state)) ? 'gone' : 'waiting'
    },
    decide: (camera: CameraName, wakesOnDemand: boolean): Decision => {
      if (streamPictures === null) return known(skipped({ kind: 'noTools', why: { kind: 'unavailable', because: 'noProcess' } }))
      if (servers.consoleWhy() !== null) return known(skip('offline'))
      return isProbeId(camera.owner) ? decideProbe(camera) : decideStream(camera, wakesOnDemand)
    },
    /** Reads `checkMs` of a stream. Never rejects. */
    read: async ({ owner, path }: CameraName, wakes: boolean, checkMs: number, settings: DailySettings, signal: AbortSignal) => {
      if (streamPictures === null) return nothing
      const server = servers.get(owner)
      const { checks } = (server && settings.exceptions.find((exception) => isFor(exception, server, path))) ?? settings
      const looked = await streamPictures.check(owner, path, { wake: wakes, checkMs, content: dailyWatch(checks), signal })
      if (!looked.ok) {
        if (isOwn(looked.error)) return skipped({ kind: 'noTools', why: looked.error })
        if (servers.consoleWhy() !== null) return skip('offline')
        return isSilent(owner)
          ? skip('serverDown')
          : { ...faulty({ kind: 'noPicture', why: looked.error }), woken: wakes, mayPass: !isCredentialRefusal(looked.error) }
      }
      const { reading, picture } = looked.value
      const found = faultsOfCheck(reading, checks, wakes)
      const mayPass = isUndecided(reading, checks) || found.some((fault) => fault.kind !== 'grade' || fault.reason.kind !== 'content')
      return { ...nothing, faults: found, measured: measuredOf(reading), picture, woken: wakes, mayPass }
    },
    /** What a probe has read of a camera, with a picture of that reading or of its stream now. */
    readByProbe: async ({ owner, path }: CameraName, { probe, reading, readAt }: ProbeRead, signal: AbortSignal) => {
      const kept = probes.pictureOf(probe.id)
      const taken = kept !== null || isProbeId(owner) ? null : await streamPictures?.take(owner, path, { widthPx: pictureWidthPx, signal })
      return {
        ...nothing,
        faults: [...(probe.differences.length > 0 ? [{ kind: 'contract', differences: probe.differences } as const] : []), ...gradeFaults(probe.gradeReasons)],
        measured: measuredOf(reading),
        picture: kept ?? (taken?.ok ? taken.value : null),
        probe: probe.name,
        readAt,
      }
    },
    /** Whether a source started by our reading may still be running without other readers, according to the server's answers since `readUntil`. */
    isHeld: ({ owner, path }: CameraName, readUntil: number): boolean => {
      const server = servers.get(owner)
      const stream = streams.get(owner, path)
      if (server === null || server.state !== 'up' || stream === null) return false
      if ((server.lastAnswerAt ?? 0) <= readUntil) return true
      return !isOffAir(stream.state) && stream.state !== 'unknown' && !((stream.figures.readers ?? 0) > 0)
    },
    isSilent,
    /** Whether every server has answered or failed its first poll, so that the streams are known as far as possible. */
    areKnown: (): boolean => servers.all().every(({ state }) => state !== 'connecting'),
  }
}
export type Cameras = ReturnType<typeof createCameras>

/** The worst grade last, and before all what is not graded. */
const rank = ({ grade }: Probe): number => (grade === null ? -1 : grades.indexOf(grade))

// What a reading says of a camera: its grade is that of a probe, and what makes it poor is a fault. Pure.

/** Checks of a look. Always includes `black`, because a picture check decodes pictures and returns the last one. */
function dailyWatch(checks: readonly DailyContentCheck[]): ContentWatch {
  return contentWatchOf({ profile: null, checks: [...new Set([...checks, 'black' as const])], thresholds: {} }) as ContentWatch
}

/** What stands in the way of a picture, and what makes the grade of a look poor. `wakes`: it waited for its source, which is no answer time. */
function faultsOfCheck(reading: ProbeReading, checks: readonly DailyContentCheck[], wakes: boolean): DailyFault[] {
  const { video, content, response } = reading
  if (video === null) return [{ kind: 'noPicture', why: { kind: 'noVideo' } }]
  const lasting = lastingIn(content).filter(({ check }) => checks.some((one) => one === check))
  const graded = wakes ? { ...reading, response: { ...response, answerMs: null, keyframeMs: null } } : reading
  const faults = gradeFaults(gradeReasonsOf(graded, null, lasting))
  const isUndecoded = reading.keyframes !== 0 && content?.undecoded.includes('video') === true
  return isUndecoded ? [{ kind: 'noPicture', why: { kind: 'undecodable', because: 'noWholePicture' } }, ...faults] : faults
}
/** Whether the look found something that a longer one may find to be a fault. */
function isUndecided({ content }: ProbeReading, checks: readonly DailyContentCheck[]): boolean {
  return lastingIn(content).some((lasting) => checks.some((one) => one === lasting.check) && !isContentFault(lasting))
}
/** What makes a grade poor. */
function gradeFaults(reasons: readonly GradeReason[]): DailyFault[] {
  return reasons.filter(({ grade }) => grade === 'poor').map((reason) => ({ kind: 'grade', reason }))
}

function measuredOf({ video, bitrateBps }: ProbeReading): DailyMeasured {
  const { codec = null, fps = null, widthPx = 0, heightPx = 0 } = video ?? {}
  return { codec, fps, bitrateBps, ...(widthPx === 0 || heightPx === 0 ? { widthPx: null, heightPx: null } : { widthPx, heightPx }) }
}

/** Change since the report before. `before` null: the camera is not in it; `isFirst`: there is no earlier report at all. */
export function changeOf(verdict: 'ok' | 'fault' | 'notChecked', before: KnownCamera | null, isFirst: boolean): DailyChange | null {
  const wasFaulty = before !== null && before.faultSince !== null
  if (verdict === 'fault') return wasFaulty ? 'stillFault' : 'newFault'
  if (before === null) return isFirst ? null : 'new'
  return verdict === 'ok' && wasFaulty ? 'mended' : null
}

/** Whether this console can't read any stream. */
function isOwn({ kind }: PictureReason): boolean {
  return kind === 'noFfmpeg' || kind === 'unavailable'
}
