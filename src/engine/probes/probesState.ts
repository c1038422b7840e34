import type { Clock } from '../../clock/clock.ts'
import type { Semaphore } from '../../clock/semaphore.ts'
import type { NewEvent } from '../../shared/events.ts'
import type { Evidence, MediaError, MediaGate } from '../../shared/media.ts'
import { type Content, type Lasting, type LastingCheck, lastingChecks } from '../../shared/probeContent.ts'
import { differencesOf, gradeOf, gradeReasonsOf, stabilityOf } from '../../shared/probeGrades.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import type { Probe, ProbeInput, ProbeState, ProbeSettings as TurnSettings } from '../../shared/probes.ts'
import { redactUrl } from '../../shared/redact.ts'
import type { Elsewhere } from '../../shared/remoteProbes.ts'
import type { Severity } from '../../shared/severities.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Log, MediaPort } from '../ports.ts'
import type { SessionRecord } from '../streams/sessions.ts'
import type { Members, WatchChangeError, WatchList } from '../watching/watchList.ts'
import type { ProbeRows, ProbeSettings } from './probeRows.ts'

/** Number of readings that are compared, the newest. */
const most = 20

/** The bit rates of the last readings, and how much they vary. */
export function createLastBitrates() {
  const rates: number[] = []
  return {
    add: (bitsPerSecond: number | null): void => {
      if (bitsPerSecond === null) return
      rates.push(bitsPerSecond)
      if (rates.length > most) rates.shift()
    },
    /** Call when the next reading may be of another stream. */
    clear: (): void => void rates.splice(0),
    /** null: fewer than two. */
    sum: (): Probe['bitrate'] => {
      if (rates.length < 2) return null
      const meanBps = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
      const spread = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - meanBps) ** 2, 0) / rates.length)
      const variation = meanBps === 0 ? 0 : spread / meanBps
      return { meanBps, variation, stability: stabilityOf(variation) }
    },
  }
}
type LastBitrates = ReturnType<typeof createLastBitrates>

/** A finding that may span several looks. */
interface LastingSince extends Lasting {
  readonly since: number
}
/** Times: epoch ms. */
interface Run {
  readonly since: number
  /** End of the last look with this finding. */
  readonly seenAt: number
  readonly isWhole: boolean
}

/** Checks that compare pictures: two looks may be still with different pictures, so a run continues only if it covered the whole previous look. */
const mayDiffer: ReadonlySet<LastingCheck> = new Set(['frozen', 'noMotion'])

/**
 * Findings across the readings of one stream.
 * Joins the findings of looks. For a stream read in turns, a finding at the end of one look and from the beginning of the next counts as lasting in
 * between, while the earlier reading still counts. A finding that a look could not check for stays for as long as its last reading counts.
 */
export function createLastingContent() {
  const lasting = new Map<LastingCheck, Run>()
  return {
    /** Adds a look; null: nothing was checked. `holdsMs`: for how long a reading counts. */
    add: (content: Content | null, at: number, holdsMs: number) => {
      if (content === null) return lasting.clear()
      for (const check of lastingChecks) {
        const before = lasting.get(check)
        const isOld = before !== undefined && at - before.seenAt > holdsMs
        if (!content.evaluated.includes(check)) {
          if (isOld) lasting.delete(check)
          continue
        }
        const found = content.findings.find((finding) => finding.check === check)
        if (found === undefined) {
          lasting.delete(check)
          continue
        }
        const began = at - found.seconds * 1_000
        const isNext = before !== undefined && found.isFromStart && !isOld && (before.isWhole || !mayDiffer.has(check))
        const goesOn = before !== undefined && (isNext || began <= before.seenAt)
        lasting.set(check, { since: goesOn ? before.since : began, seenAt: at, isWhole: found.isFromStart })
      }
    },
    /** The findings at the end of the last look that could check for them. */
    all: (): LastingSince[] => [...lasting].map(([check, { since, seenAt }]) => ({ check, since, lastedMs: seenAt - since })),
    clear: (): void => lasting.clear(),
  }
}
type LastingContent = ReturnType<typeof createLastingContent>

/** A connection by SRT as far as readings have told of it. `until`: when the list that was used arrived, monotonic ms. */
interface SrtSoFar {
  readonly id: string
  readonly until: number
  readonly sent: number
  readonly lost: number
  readonly retransmitted: number
}
/** Of a connection that begins now. */
export function newConnection(now: number): SrtSoFar {
  return { id: '', until: now, sent: 0, lost: 0, retransmitted: 0 }
}

/** What a list says of the connection since the last reading; `reading` is null where no list has come since. */
export function srtSince(before: SrtSoFar, session: SessionRecord | null): { readonly reading: ProbeReading['srt']; readonly soFar: SrtSoFar } {
  const srt = session?.reading.srt ?? null
  if (session === null || srt === null || !(session.list.arrivedAt > before.until)) return { reading: null, soFar: before }
  const from = before.id === session.reading.id ? before : newConnection(0)
  const { packetsSent = null, packetsLoss, packetsRetransmitted, rttMs, latencyMs } = srt
  const since = (count: number | null, earlier: number) => (count === null ? null : Math.max(0, count - earlier))
  return {
    reading: {
      rttMs,
      latencyMs,
      sent: since(packetsSent, from.sent),
      lost: since(packetsLoss, from.lost),
      retransmitted: since(packetsRetransmitted, from.retransmitted),
    },
    soFar: {
      id: session.reading.id,
      until: session.list.arrivedAt,
      sent: packetsSent ?? from.sent,
      lost: packetsLoss ?? from.lost,
      retransmitted: packetsRetransmitted ?? from.retransmitted,
    },
  }
}

/** A probe in the configuration file, with the credentials of its file in the address. */
export type YamlProbe = Omit<ProbeInput, 'paused'> & {
  /** Set if the probe reads back our own test signal: from which server, and by which protocol. */
  readonly canary?: Probe['canary']
}

export interface ProbesDeps {
  readonly clock: Clock
  readonly log: Log
  readonly rows: ProbeRows
  /** Where its probes are entered for others, and the addresses that they read, with their secrets. */
  readonly members: Members<Probe>
  readonly addresses: Members<Pick<Probe, 'id' | 'url' | 'canary'>>
  /** null: secrets cannot be stored on this system. */
  readonly box: { readonly seal: (secret: string, ownerId: string) => Uint8Array; readonly open: (sealed: Uint8Array, ownerId: string) => string | null } | null
  /** null: this console can't read streams. */
  readonly media: Pick<MediaPort, 'probe'> | null
  readonly userAgent: string
  /** Returns the address to read: for a watched server with our mark, so that the reader is not counted as a viewer, and is known as that of the probe. */
  readonly marked: (address: string, probeId: string | null) => string
  /** What a gate before an address wants; null: nothing. */
  readonly gateAt: (address: string) => MediaGate | null
  readonly ffmpeg: () => string
  readonly append: (batch: SampleBatch) => void
  /** Records that the probe is not read from `at` on. */
  readonly gap: (probeId: string, at: number) => void
  readonly record: (events: readonly NewEvent[]) => void
  /** Called before the first sample of a stream that can't be read any more. */
  readonly wentDown: (probeId: string) => void
  /** Stores the picture on which a content fault is based. */
  readonly keepEvidence: (probeId: string, at: number, evidence: Evidence) => void
  readonly describe: (probeId: string, at: number, facts: object | null) => void
  /** Drops caches for a removed probe's samples; its history stays. */
  readonly forget: (probeId: string) => void
  /** Probes of the bundle being shown; null: this console has its own. */
  readonly bundled: readonly Probe[] | null
  /** Readings of other consoles for the probe of this name. */
  readonly elsewhere: (name: string) => Elsewhere[]
  readonly severityOf: (probeId: string) => Severity | null
  /** Whether the console itself has no network, in which case no probe counts as down. */
  readonly isOffline: () => boolean
  /** Whether the stream that it reads is on air, as its watched server says; null: no watched server knows it. */
  readonly isOnAir: (probeId: string) => boolean | null
  /** Its own connection by SRT, as its watched server lists it; null: none is listed. */
  readonly srtOf: (probeId: string) => SessionRecord | null
  readonly kept: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
  readonly signal: AbortSignal
}

export interface WatchedProbe {
  readonly id: string
  readonly origin: 'stored' | 'yaml'
  name: string
  settings: ProbeSettings & Pick<YamlProbe, 'canary'>
  /** The whole address; null: its secrets can't be read. */
  address: string | null
  state: ProbeState
  stateSince: number
  why: MediaError | null
  /** Since the last good reading; null: the last one was good, or there is none. `until`: of the last attempt that failed. */
  outage: { readonly from: number; readonly seenAt: number; until: number; isTold: boolean } | null
  reading: ProbeReading | null
  readAt: number | null
  /** Of that reading; null: it found nothing wrong with what is shown. */
  picture: Evidence | null
  /** Next reading, epoch ms: while it waits for its turn, since when; null: it is being read, or there is none. */
  nextAt: number | null
  /** Since when it has been waiting for its turn, monotonic ms; null: not waiting. */
  dueSince: number | null
  /** Number of readings in progress: after a change, the previous one may still be ending. */
  reads: number
  /** Number of consecutive turns in which its server refused the reading. */
  refusals: number
  srt: SrtSoFar
  readonly bitrates: LastBitrates
  readonly lasting: LastingContent
  /** Faults whose picture has been stored, when one was last stored, epoch ms, and how many on that day (UTC). */
  evidence: { readonly of: ReadonlySet<LastingCheck>; readonly at: number; readonly today: number }
  /** The description last sent to history. */
  described: string
  stop: AbortController
  /** Starts the next turn immediately. */
  hurry: () => void
}

export type ProbeChangeError = WatchChangeError | 'OF_CANARY' | 'TOO_MANY' | 'KEY_UNAVAILABLE' | 'SECRETS_HIDDEN'

export interface ProbesState extends ProbesDeps {
  readonly list: WatchList<WatchedProbe, WatchedProbe['settings'], YamlProbe>
  readonly turns: Semaphore
  settings: TurnSettings
  /** Why no probe could be read lately; null: one was read, or none was tried. */
  noTools: MediaError | null
  /** The probes that existed at launch have been started. */
  isRestored: boolean
}

/** Error if this console can't read streams. */
export const noProcess: MediaError = { kind: 'unavailable', because: 'noProcess' }

/** Whether an address contains something that must not be shown. */
export function hasSecrets(address: string): boolean {
  return redactUrl(address) !== address
}

/** A watched probe in the form of the contract. */
export function shown({ media, elsewhere, severityOf }: ProbesState, probe: WatchedProbe): Probe {
  const { id, origin, name, state, stateSince, why, reading, readAt, nextAt } = probe
  const bitrate = probe.bitrates.sum()
  const lasting = probe.lasting.all()
  const isDown = state === 'down'
  const reasons = isDown ? [{ kind: 'down', grade: 'poor' } as const] : reading === null ? [] : gradeReasonsOf(reading, bitrate?.variation ?? null, lasting)
  return {
    id,
    origin,
    name,
    ...probe.settings,
    canary: probe.settings.canary ?? null,
    state,
    stateSince,
    why: media === null ? noProcess : why,
    reading,
    differences: reading === null || probe.settings.contract === null ? [] : differencesOf(probe.settings.contract, reading),
    readAt,
    nextAt,
    bitrate,
    lasting,
    elsewhere: elsewhere(name),
    grade: state === 'paused' || (reading === null && !isDown) ? null : gradeOf(reasons),
    gradeReasons: state === 'paused' ? [] : reasons,
    severity: severityOf(id),
  }
}

/** Sends facts that samples can't contain to history, if they have changed. */
export function changed(probes: ProbesState, probe: WatchedProbe): void {
  const { id, name, settings, state, stateSince, why } = probe
  const facts = { name, url: settings.url, project: settings.project, state, stateSince, why }
  const mark = JSON.stringify(facts)
  if (mark === probe.described) return
  probe.described = mark
  probes.describe(id, probes.clock.now(), facts)
}

export type { ProbeSettings, TurnSettings }
