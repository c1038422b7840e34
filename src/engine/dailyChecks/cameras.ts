import { type DailyContentCheck, type DailyFault, type DailySettings, type DailySkip, dailyChecksFor, dailyContentChecks } from '../../shared/dailyChecks.ts'
import { isFor } from '../../shared/maintenance.ts'
import type { Evidence } from '../../shared/media.ts'
import { isProbeId } from '../../shared/ownerIds.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { type ContentSettings, type ContentWatch, contentWatchOf } from '../../shared/probeContent.ts'
import type { StreamContract } from '../../shared/probeContracts.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import type { Probe } from '../../shared/probes.ts'
import { err, type Result } from '../../shared/result.ts'
import type { Server } from '../../shared/servers.ts'
import { isOffAir, type Stream } from '../../shared/streams.ts'
import { probeSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { AlarmSubject } from '../../shared/subjects.ts'
import type { Camera, CameraName } from './dailyCamera.ts'

export interface Look {
  readonly reading: ProbeReading
  readonly picture: Evidence | null
}
export interface LookOptions {
  readonly wake: boolean
  readonly lookMs: number
  readonly content: ContentWatch
  readonly signal: AbortSignal
}

export interface CamerasDeps {
  readonly servers: () => readonly Server[]
  readonly server: (id: string) => Server | null
  readonly stream: (serverId: string, path: string) => Stream | null
  /** Calls `visit` with each stream that is on air, should be, or can be started by reading it, except streams known to have no video. */
  readonly eachCamera: (visit: (serverId: string, path: string) => void) => void
  readonly probes: () => readonly Probe[]
  readonly probe: (id: string) => Probe | null
  /** null: this console can't read streams. */
  readonly lookAtStream: ((serverId: string, path: string, options: LookOptions) => Promise<Result<Look, PictureReason>>) | null
  readonly lookAtProbe: (id: string, options: Omit<LookOptions, 'wake'>) => Promise<Result<Look, PictureReason>>
  readonly inMaintenance: (subject: AlarmSubject) => boolean
  readonly isOffline: () => boolean
}

/** What to do with a camera now, decided before it is read. */
export type Decision = { readonly kind: 'skip'; readonly why: DailySkip } | { readonly kind: 'fault'; readonly fault: DailyFault } | ToRead
/** The camera has to be read. */
export interface ToRead {
  readonly kind: 'read'
  /** Reading the stream starts its on-demand source. */
  readonly wakes: boolean
  /** Its last known bit rate; null: unknown. */
  readonly bitrateBps: number | null
  readonly contract: StreamContract | null
  /** The checks chosen for this camera; null: those of the settings apply. */
  readonly checks: readonly DailyContentCheck[] | null
}

const skip = (kind: Exclude<DailySkip['kind'], 'noTools'>): Decision => ({ kind: 'skip', why: { kind } })

/** The cameras of the daily check: expected streams, and probes. */
export function createCameras(deps: CamerasDeps) {
  const decideStream = ({ owner, path }: CameraName, wakesOnDemand: boolean): Decision => {
    const server = deps.server(owner)
    if (server === null) return skip('removed')
    if (server.state === 'paused') return skip('paused')
    const stream = deps.stream(owner, path)
    if (deps.inMaintenance(streamSubject(owner, path))) return skip('maintenance')
    if (stream === null) return server.state === 'up' ? skip('removed') : down
    if (stream.state === 'unknown') return down
    if (isOffAir(stream.state)) {
      if (stream.offPlan === true) return skip('offPlan')
      if (!stream.onDemand) return { kind: 'fault', fault: { kind: 'offAir', since: stream.outageSince ?? stream.lastLiveAt } }
      return wakesOnDemand ? { kind: 'read', wakes: true, bitrateBps: null, contract: null, checks: null } : skip('asleep')
    }
    if (stream.state === 'slate') return { kind: 'fault', fault: { kind: 'slate' } }
    return { kind: 'read', wakes: false, bitrateBps: stream.figures.bitrateInBps, contract: null, checks: null }
  }
  const decideProbe = (id: string): Decision => {
    const probe = deps.probe(id)
    if (probe === null) return skip('removed')
    if (probe.paused) return skip('paused')
    if (deps.inMaintenance(probeSubject(id))) return skip('maintenance')
    const own = contentWatchOf(probe)
    const checks = own && dailyContentChecks.filter((check) => own.checks.includes(check))
    return { kind: 'read', wakes: false, bitrateBps: probe.bitrate?.meanBps ?? null, contract: probe.contract, checks }
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
      deps.eachCamera((owner, path) => {
        const server = servers.get(owner)
        if (server !== undefined && isFor(settings, server, path)) add({ owner, path, name: path, place: server.name })
      })
      if (settings.probes) for (const { id, name, project } of deps.probes()) add({ owner: id, path: '', name, place: project })
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
      if (deps.lookAtStream === null) return { kind: 'skip', why: { kind: 'noTools', why: { kind: 'unavailable', because: 'noProcess' } } }
      if (deps.isOffline()) return skip('offline')
      return isProbeId(camera.owner) ? decideProbe(camera.owner) : decideStream(camera, wakesOnDemand)
    },
    /** The checks that the settings define for a camera, used if none were chosen for it individually. */
    checks: ({ owner, path }: CameraName, settings: DailySettings): readonly DailyContentCheck[] => {
      const server = isProbeId(owner) ? null : deps.server(owner)
      return server === null ? settings.checks : dailyChecksFor(settings, server, path)
    },
    look: async ({ owner, path }: CameraName, options: LookOptions): Promise<Result<Look, PictureReason>> => {
      if (isProbeId(owner)) return await deps.lookAtProbe(owner, options)
      if (deps.lookAtStream === null) return err({ kind: 'unavailable', because: 'noProcess' })
      return await deps.lookAtStream(owner, path, options)
    },
    /** Whether a source started by our reading may still be running without other readers, according to the server's answers since `readUntil`. */
    isHeld: ({ owner, path }: CameraName, readUntil: number): boolean => {
      const server = deps.server(owner)
      const stream = deps.stream(owner, path)
      if (server === null || server.state !== 'up' || stream === null) return false
      if ((server.lastAnswerAt ?? 0) <= readUntil) return true
      return !isOffAir(stream.state) && stream.state !== 'unknown' && !((stream.figures.readers ?? 0) > 0)
    },
    isOffline: deps.isOffline,
    /** Whether every server has answered or failed its first poll, so that the streams are known as far as possible. */
    areKnown: (): boolean => deps.servers().every(({ state }) => state !== 'connecting'),
  }
}
export type Cameras = ReturnType<typeof createCameras>

const down: Decision = { kind: 'fault', fault: { kind: 'noPicture', why: { kind: 'serverDown' } } }

/** The content checks for a probe: its own checks if any were chosen, plus `black`, which needs the picture; otherwise the usual ones. */
export function watchOfProbe(probe: ContentSettings, usual: ContentWatch): ContentWatch {
  const own = contentWatchOf(probe)
  return own === null ? usual : { ...own, checks: [...new Set([...own.checks, 'black' as const])] }
}
