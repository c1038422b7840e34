import { doublingMs, hurriedPause } from '../../clock/clock.ts'
import { hash32 } from '../../clock/every.ts'
import { newEvent } from '../../shared/events.ts'
import type { Evidence, MediaError, ProbeRequest } from '../../shared/media.ts'
import { type ContentSettings, contentWatchOf, isContentFault } from '../../shared/probeContent.ts'
import { differencesOf, gradeOf, gradeReasonsOf } from '../../shared/probeGrades.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import { longestReadMs, probeAnswerMs, readEveryMs, readingHoldsMs } from '../../shared/probeTurns.ts'
import { probeSubject } from '../../shared/subjectNames.ts'
import { failureSample, sampleOf } from './probeSamples.ts'
import { changed, hasSecrets, newConnection, type ProbesDeps, type ProbesState, srtSince, type WatchedProbe } from './probesState.ts'

const firstRetryMs = 1_000
const longestRetryMs = 30_000
/** Maximum interval between attempts while a probe is down, however long its own is, ms. */
const longestDownMs = 60_000
/** A server that refuses our credentials is asked ever more rarely: each try is a line in its log, and some lock users out. */
const longestRefusalMs = 3_600_000
/** At launch, probes begin spread over this time, ms: inspecting many streams at once takes memory that is not returned to the system. */
const spreadMs = { turns: 5_000, continuous: 15_000 } as const

/** The probes of a console that can read streams. */
interface ReadableProbes extends ProbesState {
  readonly media: NonNullable<ProbesState['media']>
}
export function canRead(probes: ProbesState): probes is ReadableProbes {
  return probes.media !== null
}

/** Whether this console can't read any stream, which is not the stream's fault. */
const isOwnFault = ({ kind }: MediaError): boolean => kind === 'noFfmpeg' || kind === 'unavailable' || kind === 'cancelled'
/** Our credentials were refused, or may have been. Without any in the address, the next attempts come as usual. */
const isRefusal = ({ address }: WatchedProbe, error: MediaError): boolean =>
  (error.kind === 'unauthorized' || error.kind === 'refused' || (error.kind === 'undecodable' && error.because === 'webPage')) &&
  address !== null &&
  hasSecrets(address)
const isUnauthorized = (error: MediaError | null): boolean => error?.kind === 'unauthorized'
/** Errors that another attempt can't change. */
const finalKinds: ReadonlySet<MediaError['kind']> = new Set(['unauthorized', 'addressUnreadable', 'refusedAddress', 'setAside'])
const isFinal = (probe: WatchedProbe, error: MediaError): boolean => finalKinds.has(error.kind) || isRefusal(probe, error)
/** A server that refuses without saying why may only lack the stream: it is asked at least once in this many intervals. */
const mostDoubtfulIntervals = 8

/** What a refusal without a reason means, where the server's own list tells. */
function explained(probes: ReadableProbes, { id }: WatchedProbe, error: MediaError): MediaError {
  const isOnAir = error.kind === 'refused' ? probes.isOnAir(id) : null
  return isOnAir === null ? error : { kind: isOnAir ? 'unauthorized' : 'notFound' }
}

/** Counts a refusal, by which the next attempt is put off. */
function countRefusal(probe: WatchedProbe, error: MediaError): void {
  // A server that misses only the stream took the credentials.
  if (error.kind === 'notFound') probe.refusals = 0
  if (!isRefusal(probe, error)) return
  probe.refusals++
  if (error.kind === 'refused') probe.refusals = Math.min(probe.refusals, 1 + Math.log2(mostDoubtfulIntervals))
}

const retryMs = (tries: number): number => doublingMs(tries, firstRetryMs, longestRetryMs)
const intervalMsOf = ({ settings }: WatchedProbe) => settings.intervalSeconds * 1_000

const aboutProbe = ({ id, name }: WatchedProbe) => ({ subject: probeSubject(id), ownerName: name })

/** Reads a probe in turns, or continuously, until its signal aborts. `isOneOfMany`: it must not begin at the same moment as the others. */
export async function readProbe(probes: ReadableProbes, probe: WatchedProbe, isOneOfMany: boolean): Promise<void> {
  if (isOneOfMany) await pause(probes, probe, hash32(probe.id) % spreadMs[probe.settings.mode], probe.stop.signal)
  await (probe.settings.mode === 'continuous' ? readContinuously(probes, probe) : readInTurns(probes, probe))
}

/** Interval of pictures while a fault lasts, and minimum interval between any two pictures, ms. */
const evidenceEveryMs = 600_000
const leastBetweenEvidenceMs = 30_000
/** Maximum number of one probe in a day, because they displace other stored pictures. */
const mostEvidenceADay = 50
const dayMs = 86_400_000

/** Stores a picture of each fault that began, and further ones from time to time. */
function keepEvidence({ keepEvidence: keep }: ReadableProbes, probe: WatchedProbe, at: number, evidence: Evidence | null): void {
  const faults = new Set(
    probe.lasting
      .all()
      .filter(isContentFault)
      .map(({ check }) => check),
  )
  const { of, at: keptAt } = probe.evidence
  const isNew = [...faults].some((check) => !of.has(check))
  if (!isNew && (faults.size === 0 || at - keptAt < evidenceEveryMs)) {
    probe.evidence = { ...probe.evidence, of: faults }
    return
  }
  // Without a picture, or too soon after the last one, the fault stays new: the next reading is tried.
  const isToday = Math.floor(at / dayMs) === Math.floor(keptAt / dayMs)
  const today = isToday ? probe.evidence.today : 0
  if (evidence === null || at - keptAt < leastBetweenEvidenceMs || today >= mostEvidenceADay) return
  keep(probe.id, at, evidence)
  probe.evidence = { of: faults, at, today: today + 1 }
}

function takeReading(probes: ReadableProbes, probe: WatchedProbe, read: ProbeReading, evidence: Evidence | null, holdsMs: number): void {
  const at = probes.clock.now()
  const srt = srtSince(probe.srt, probes.srtOf(probe.id))
  probe.srt = srt.soFar
  const reading = { ...read, srt: srt.reading }
  const { outage } = probe
  if (outage?.isTold) probes.record([newEvent('probeUp', at, { minMs: outage.until - outage.seenAt, maxMs: at - outage.from }, aboutProbe(probe))])
  probe.outage = null
  probe.bitrates.add(reading.bitrateBps)
  probe.reading = reading
  probe.readAt = at
  probe.picture = evidence
  probe.refusals = 0
  const bitrate = probe.bitrates.sum()
  const { contract } = probe.settings
  const differences = contract && differencesOf(contract, reading).length
  probe.lasting.add(reading.content, at, holdsMs)
  const lasting = probe.lasting.all()
  const grade = gradeOf(gradeReasonsOf(reading, bitrate?.variation ?? null, lasting))
  const watch = contentWatchOf(probe.settings)
  probes.append(sampleOf(probe.id, at, { reading, bitrate, differences, grade, watch, lasting, elsewhere: probes.elsewhere(probe.name) }, holdsMs))
  keepEvidence(probes, probe, at, evidence)
  probes.noTools = null
  setState(probes, probe, 'up', null)
}

function setState(probes: ReadableProbes, probe: WatchedProbe, state: WatchedProbe['state'], why: WatchedProbe['why']): void {
  if (probe.state !== state) probe.stateSince = probes.clock.now()
  probe.state = state
  probe.why = why
  changed(probes, probe)
}

/** Handles a failed attempt. `isLast`: there is no further one in this turn. */
function failed(probes: ReadableProbes, probe: WatchedProbe, error: MediaError, isLast: boolean, holdsMs: number): void {
  if (isOwnFault(error) || probes.isOffline()) {
    if (error.kind !== 'cancelled') probes.noTools = error
    probes.gap(probe.id, probes.clock.now())
    probe.lasting.clear()
    setState(probes, probe, 'connecting', error)
    return
  }
  probes.noTools = null
  const at = probes.clock.now()
  probe.outage ??= { from: probe.state === 'up' ? (probe.readAt ?? at) : at, seenAt: at, until: at, isTold: false }
  probe.outage.until = at
  if (isLast) {
    // A refused password is another matter than an outage, whichever follows the other.
    if (probe.state !== 'down' || isUnauthorized(error) !== isUnauthorized(probe.why)) {
      probes.record([newEvent('probeDown', at, { error, outageSince: probe.outage.from }, aboutProbe(probe))])
      probe.outage.isTold = true
    }
    if (probe.state !== 'down') probes.wentDown(probe.id)
    probe.bitrates.clear()
    probe.lasting.clear()
    probes.append(failureSample(probe.id, at, probes.elsewhere(probe.name), holdsMs))
  }
  setState(probes, probe, isLast || probe.state === 'down' ? 'down' : 'retrying', error)
}

/** The request for reading a stream once, or continuously. */
export function requestOf(
  { marked, gateAt, userAgent, ffmpeg }: Pick<ProbesDeps, 'marked' | 'gateAt' | 'userAgent' | 'ffmpeg'>,
  address: string,
  { lookSeconds, canary, ...content }: ContentSettings & { readonly lookSeconds: number; readonly canary?: unknown },
  isContinuous: boolean,
  probeId: string | null = null,
): ProbeRequest {
  const checkMs = lookSeconds * 1_000
  return {
    url: marked(address, probeId),
    userAgent,
    ffmpeg: ffmpeg(),
    answerMs: probeAnswerMs,
    checkMs,
    isContinuous,
    awaitsGroup: !isContinuous,
    content: contentWatchOf(content),
    transport: content.checks.includes('transport'),
    canary: canary != null,
    gate: gateAt(address),
  }
}

/** One attempt. null: the stream was read as requested. */
async function tryOnce(probes: ReadableProbes, probe: WatchedProbe, holdsMs: number, isContinuous: boolean, signal: AbortSignal): Promise<MediaError | null> {
  const { address } = probe
  if (address === null) return { kind: 'addressUnreadable' }
  probe.dueSince ??= probes.clock.monotonic()
  probe.nextAt = probes.clock.now()
  if (!(await probes.turns.acquire(signal))) return { kind: 'cancelled' }
  probe.dueSince = null
  probe.nextAt = null
  probe.reads++
  probe.srt = newConnection(probes.clock.monotonic())
  try {
    const request = requestOf(probes, address, probe.settings, isContinuous, probe.id)
    const read = probes.media.probe(
      request,
      (reading, evidence) => {
        if (!signal.aborted) takeReading(probes, probe, reading, evidence, holdsMs)
      },
      signal,
    )
    // A continuous read would never settle.
    const error = await (isContinuous ? read : probes.list.track(read))
    return error && explained(probes, probe, error)
  } finally {
    probe.reads--
    probes.turns.release()
  }
}

/** Waits, unless the probe is told to begin at once. */
async function pause({ clock }: ReadableProbes, probe: WatchedProbe, ms: number, signal: AbortSignal): Promise<void> {
  probe.nextAt = clock.now() + ms
  await hurriedPause(clock, probe, ms, signal)
}

/** By how much retries may prolong a turn, ms. A failure counts until the retries of the next turn may have ended, too. */
function retriesMs({ settings }: WatchedProbe): number {
  let ms = settings.retries * longestReadMs(settings)
  for (let tries = 1; tries <= settings.retries; tries++) ms += retryMs(tries)
  return ms
}

/** One turn: tries until the stream is read, or the retries are used up. */
async function takeTurn(probes: ReadableProbes, probe: WatchedProbe, signal: AbortSignal): Promise<void> {
  const holdsMs = readingHoldsMs(probe.settings)
  const { retries } = probe.settings
  for (let tries = 1; !signal.aborted; tries++) {
    const error = await tryOnce(probes, probe, holdsMs, false, signal)
    if (error === null || signal.aborted) return
    countRefusal(probe, error)
    const isLast = tries > retries || isFinal(probe, error) || isOwnFault(error)
    failed(probes, probe, error, isLast, readingHoldsMs(probe.settings, waitMsOf(probe, true)) + retriesMs(probe))
    if (isLast) return
    await pause(probes, probe, retryMs(tries), signal)
  }
}

/** Time from the beginning of a turn to that of the next, ms. A probe that is down is tried at least once a minute. */
function waitMsOf(probe: WatchedProbe, isDown: boolean): number {
  const intervalMs = intervalMsOf(probe)
  if (probe.refusals >= 2) return Math.max(intervalMs, Math.min(longestRefusalMs, intervalMs * 2 ** (probe.refusals - 1)))
  return isDown ? Math.min(intervalMs, longestDownMs) : intervalMs
}

async function readInTurns(probes: ReadableProbes, probe: WatchedProbe): Promise<void> {
  const { signal } = probe.stop
  while (!signal.aborted) {
    const began = probes.clock.monotonic()
    await takeTurn(probes, probe, signal)
    const leftMs = began + waitMsOf(probe, probe.state === 'down') - probes.clock.monotonic()
    await pause(probes, probe, Math.max(0, leftMs), signal)
  }
}

async function readContinuously(probes: ReadableProbes, probe: WatchedProbe): Promise<void> {
  const { signal } = probe.stop
  const holdsMs = readingHoldsMs(probe.settings)
  for (let failures = 0; !signal.aborted; ) {
    const before = probe.readAt
    const error = (await tryOnce(probes, probe, holdsMs, true, signal)) ?? { kind: 'undecodable', because: 'endedEarly' }
    if (signal.aborted) return
    failures = probe.readAt === before ? failures + 1 : 1
    countRefusal(probe, error)
    const waitMs = probe.refusals >= 2 ? waitMsOf(probe, true) : retryMs(failures)
    const isLast = failures > probe.settings.retries || isFinal(probe, error)
    failed(probes, probe, error, isLast, readingHoldsMs(probe.settings, Math.max(waitMs, readEveryMs(probe.settings))))
    await pause(probes, probe, waitMs, signal)
  }
}
