import type { MetricId } from '../../metrics.ts'
import type { Reason } from '../../reasons.ts'
import type { TroubleKind } from '../../troubles.ts'
import type { Texts } from '../texts.ts'

/** Metrics that are a length of time as an operator says it: "Not recording for 2 min 48 s". A limit adds nothing to that. */
export const timeMetrics = [
  'path.notRecorded',
  'path.recordingMissing',
  'path.lossMs',
  'probe.blackMs',
  'probe.oneColourMs',
  'probe.colourBarsMs',
  'probe.frozenMs',
  'probe.noMotionMs',
  'probe.silentMs',
] as const satisfies readonly MetricId[]
/** Metrics whose name and figure make no sentence that an operator would say. */
type SpokenMetric =
  | (typeof timeMetrics)[number]
  | `path.${'framesInError' | 'framesDiscarded' | 'forwardsFailing' | 'readers' | 'people'}`
  | `server.${'certificateDays' | 'clockSkew'}`
  | `host.${'clockSkew' | 'udpBufferErrors'}`
  | 'device.used'
  | `probe.${'up' | 'elsewhereUp' | 'gopLongestMs' | 'clipped' | 'loudnessOffset' | 'tsErrors' | 'differences' | 'audioAhead' | 'canaryDelay' | 'canarySoundAhead'}`

/** A crossed limit in words. Clauses have no full stop. */
export interface LimitWords {
  /** "CPU is 93 %", "Playlists missing: 3". */
  readonly is: (label: string, figure: string, isCount: boolean) => string
  readonly multiple: (label: string, times: string, per: string) => string
  /** `figure`: without its sign. */
  readonly said: Readonly<Record<SpokenMetric, (figure: string, value: number) => string>>
  readonly plain: (clause: string) => string
  readonly withLimit: (clause: string, limit: string) => string
  /** SRT latency as a multiple of the round trip. */
  readonly latency: (times: string) => string
  /** The alarm ends only while this holds, too. */
  readonly heals: (label: string, side: 'above' | 'below', figure: string) => string
}

/** Reasons, and what to do about troubles, in one language. */
export interface ReasonWords {
  /** Reasons whose sentence is not taken from an event, or from the error of a server or host. */
  readonly reasons: Texts<
    Exclude<
      Reason,
      {
        kind: 'streamOff' | 'streamEnded' | 'slateOn' | 'limitCrossed' | 'serverError' | 'hostError' | 'probeDown' | 'consoleTrouble' | 'happened' | 'noNetwork'
      }
    >
  >
  readonly limits: LimitWords
  readonly todo: Readonly<Record<TroubleKind, string>>
}
