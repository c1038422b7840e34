import { doublingMs } from '../../clock/doublingMs.ts'
import { hash32 } from '../../clock/every.ts'
import { hurriedPause } from '../../clock/hurriedPause.ts'
import type { Semaphore } from '../../clock/semaphore.ts'
import type { Evidence, MediaError, ProbeRequest } from '../../shared/media.ts'
import { type ContentSettings, contentWatchOf, isContentFault } from '../../shared/probeContent.ts'
import { differencesOf } from '../../shared/probeContracts.ts'
import { gradeOf, gradeReasonsOf } from '../../shared/probeGrades.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import { longestReadMs, probeAnswerMs, readEveryMs, readingHoldsMs } from '../../shared/probeTurns.ts'
import { redactUrl } from '../../shared/redact.ts'
import { failureSample, sampleOf } from './probeSamples.ts'
import type { ProbesDeps, WatchedProbe } from './probesState.ts'

const firstRetryMs = 1_000
const longestRetryMs = 30_000
/** One that is down is tried again so often at least, however long its interval. */
const longestDownMs = 60_000
/** A server that refuses our credentials is asked ever more rarely: each try is a line in its log, and some lock users out. */
const longestRefusalMs = 3_600_000
/** At the start, probes begin over this time: inspecting many streams at once takes memory that is not given back. */
const spreadMs = { turns: 5_000, continuous: 15_000 } as const

export interface ReadsDeps
  extends Pick<ProbesDeps, 'clock' | 'log' | 'append' | 'gap' | 'wentDown' | 'elsewhere' | 'keepEvidence' | 'userAgent' | 'marked' | 'ffmpeg' | 'isOffline'> {
  readonly media: NonNullable<ProbesDeps['media']>
  /** How many are read at once. */
  readonly turns: Semaphore
  readonly track: <T>(work: Promise<T>) => Promise<T>
  /** Tells that no probe can be read at all, or that one was. */
  readonly onTools: (why: MediaError | null) => void
  /** Its state or reading has changed. */
  readonly onChange: (probe: WatchedProbe) => void
}

/** Not the stream's fault: this console can't read any. */
const isOurs = ({ kind }: MediaError): boolean => kind === 'noFfmpeg' || kind === 'unavailable' || kind === 'cancelled'
/** Our credentials are refused; a server that wants some where we have none may as well be asked again. */
const isRefusal = ({ address }: WatchedProbe, { kind }: MediaError): boolean => kind === 'unauthorized' && address !== null && redactUrl(address) !== address
/** Another try can't end otherwise. */
const finalKinds: ReadonlySet<MediaError['kind']> = new Set(['unauthorized', 'addressUnreadable', 'refusedAddress', 'setAside'])
const isFinal = ({ kind }: MediaError): boolean => finalKinds.has(kind)

const retryMs = (tries: number): number => doublingMs(tries, firstRetryMs, longestRetryMs)
const intervalMsOf = ({ settings }: WatchedProbe) => settings.intervalSeconds * 1_000

/** Reads a probe in turns, or all the time, until its signal aborts. `isOneOfMany`: does not begin in the same moment as the others. */
export async function readProbe(deps: ReadsDeps, probe: WatchedProbe, isOneOfMany: boolean): Promise<void> {
  if (isOneOfMany) await pause(deps, probe, hash32(probe.id) % spreadMs[probe.settings.mode], probe.stop.signal)
  await (probe.settings.mode === 'continuous' ? readOn(deps, probe) : readInTurns(deps, probe))
}

/** While a fault lasts, a picture of it is kept this often; and never two within a shorter time, whatever comes and goes, ms. */
const evidenceEveryMs = 600_000
const leastBetweenEvidenceMs = 30_000
/** Of one probe, in a day: they take the place of others. */
const mostEvidenceADay = 50
const dayMs = 86_400_000

/** Keeps the picture of each fault that has begun, and later ones now and then. */
function keepEvidence({ keepEvidence: keep }: ReadsDeps, probe: WatchedProbe, at: number, evidence: Evidence | null): void {
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
  // One without a picture, or too soon after another one, is kept with the next reading.
  const isToday = Math.floor(at / dayMs) === Math.floor(keptAt / dayMs)
  const today = isToday ? probe.evidence.today : 0
  if (evidence === null || at - keptAt < leastBetweenEvidenceMs || today >= mostEvidenceADay) return
  keep(probe.id, at, evidence)
  probe.evidence = { of: faults, at, today: today + 1 }
}

function came(deps: ReadsDeps, probe: WatchedProbe, reading: ProbeReading, evidence: Evidence | null, holdsMs: number): void {
  const at = deps.clock.now()
  probe.bitrates.add(reading.bitrateBps)
  probe.reading = reading
  probe.readAt = at
  probe.refusals = 0
  const bitrate = probe.bitrates.sum()
  const { contract } = probe.settings
  const differences = contract && differencesOf(contract, reading).length
  probe.lasting.add(reading.content, at, holdsMs)
  const lasting = probe.lasting.all()
  const grade = gradeOf(gradeReasonsOf(reading, bitrate?.variation ?? null, lasting))
  const watch = contentWatchOf(probe.settings)
  deps.append(sampleOf(probe.id, at, { reading, bitrate, differences, grade, watch, lasting, elsewhere: deps.elsewhere(probe.name) }, holdsMs))
  keepEvidence(deps, probe, at, evidence)
  deps.onTools(null)
  enter(deps, probe, 'up', null)
}

function enter(deps: ReadsDeps, probe: WatchedProbe, state: WatchedProbe['state'], why: WatchedProbe['why']): void {
  if (probe.state !== state) probe.stateSince = deps.clock.now()
  probe.state = state
  probe.why = why
  deps.onChange(probe)
}

/** What a try that failed means. `isLast`: it is not tried again in this turn. */
function failed(deps: ReadsDeps, probe: WatchedProbe, error: MediaError, isLast: boolean, holdsMs: number): void {
  if (isOurs(error) || deps.isOffline()) {
    if (error.kind !== 'cancelled') deps.onTools(error)
    deps.gap(probe.id, deps.clock.now())
    probe.lasting.clear()
    enter(deps, probe, 'connecting', error)
    return
  }
  deps.onTools(null)
  if (isLast) {
    if (probe.state !== 'down') deps.wentDown(probe.id)
    probe.bitrates.clear()
    probe.lasting.clear()
    deps.append(failureSample(probe.id, deps.clock.now(), deps.elsewhere(probe.name), holdsMs))
  }
  enter(deps, probe, isLast || probe.state === 'down' ? 'down' : 'retrying', error)
}

/** How a stream is read once, or on and on. */
export function requestOf(
  { marked, userAgent, ffmpeg }: Pick<ProbesDeps, 'marked' | 'userAgent' | 'ffmpeg'>,
  address: string,
  { lookSeconds, canary, ...content }: ContentSettings & { readonly lookSeconds: number; readonly canary?: unknown },
  isContinuous: boolean,
): ProbeRequest {
  const lookMs = lookSeconds * 1_000
  return {
    url: marked(address),
    userAgent,
    ffmpeg: ffmpeg(),
    answerMs: probeAnswerMs,
    lookMs,
    isContinuous,
    content: contentWatchOf(content),
    transport: content.checks.includes('transport'),
    canary: canary != null,
  }
}

/** One try. null: it was read to the end that was asked for. */
async function tryOnce(deps: ReadsDeps, probe: WatchedProbe, holdsMs: number, isContinuous: boolean, signal: AbortSignal): Promise<MediaError | null> {
  const { address } = probe
  if (address === null) return { kind: 'addressUnreadable' }
  probe.dueSince ??= deps.clock.monotonic()
  if (!(await deps.turns.acquire(signal))) return { kind: 'cancelled' }
  probe.dueSince = null
  probe.reads++
  try {
    const request = requestOf(deps, address, probe.settings, isContinuous)
    const read = deps.media.probe(
      request,
      (reading, evidence) => {
        if (!signal.aborted) came(deps, probe, reading, evidence, holdsMs)
      },
      signal,
    )
    // What goes on and on is never settled.
    return await (isContinuous ? read : deps.track(read))
  } finally {
    probe.reads--
    deps.turns.release()
  }
}

/** Waits, unless it is to begin at once. */
async function pause({ clock }: ReadsDeps, probe: WatchedProbe, ms: number, signal: AbortSignal): Promise<void> {
  probe.nextAt = clock.now() + ms
  await hurriedPause(clock, probe, ms, signal)
  probe.nextAt = null
}

/** How much longer a turn may last because it is tried again. What is known of a stream that is down counts until it has been tried so often again. */
function retriesMs({ settings }: WatchedProbe): number {
  let ms = settings.retries * longestReadMs(settings)
  for (let tries = 1; tries <= settings.retries; tries++) ms += retryMs(tries)
  return ms
}

/** One turn: tries it until it is read, or so often as is asked for. */
async function takeTurn(deps: ReadsDeps, probe: WatchedProbe, signal: AbortSignal): Promise<void> {
  const holdsMs = readingHoldsMs(probe.settings)
  const { retries } = probe.settings
  for (let tries = 1; !signal.aborted; tries++) {
    const error = await tryOnce(deps, probe, holdsMs, false, signal)
    if (error === null || signal.aborted) return
    if (isRefusal(probe, error)) probe.refusals++
    const isLast = tries > retries || isFinal(error) || isOurs(error)
    failed(deps, probe, error, isLast, readingHoldsMs(probe.settings, waitMsOf(probe, true)) + retriesMs(probe))
    if (isLast) return
    await pause(deps, probe, retryMs(tries), signal)
  }
}

/** From the beginning of a turn to the next. One that is down is looked after more often than one that is read once an hour. */
function waitMsOf(probe: WatchedProbe, isDown: boolean): number {
  const intervalMs = intervalMsOf(probe)
  if (probe.refusals >= 2) return Math.max(intervalMs, Math.min(longestRefusalMs, intervalMs * 2 ** (probe.refusals - 1)))
  return isDown ? Math.min(intervalMs, longestDownMs) : intervalMs
}

async function readInTurns(deps: ReadsDeps, probe: WatchedProbe): Promise<void> {
  const { signal } = probe.stop
  while (!signal.aborted) {
    const began = deps.clock.monotonic()
    await takeTurn(deps, probe, signal)
    const leftMs = began + waitMsOf(probe, probe.state === 'down') - deps.clock.monotonic()
    await pause(deps, probe, Math.max(0, leftMs), signal)
  }
}

async function readOn(deps: ReadsDeps, probe: WatchedProbe): Promise<void> {
  const { signal } = probe.stop
  const holdsMs = readingHoldsMs(probe.settings)
  for (let failures = 0; !signal.aborted; ) {
    const before = probe.readAt
    const error = (await tryOnce(deps, probe, holdsMs, true, signal)) ?? { kind: 'undecodable', because: 'endedEarly' }
    if (signal.aborted) return
    failures = probe.readAt === before ? failures + 1 : 1
    if (isRefusal(probe, error)) probe.refusals++
    const waitMs = probe.refusals >= 2 ? waitMsOf(probe, true) : retryMs(failures)
    const isLast = failures > probe.settings.retries || isFinal(error)
    failed(deps, probe, error, isLast, readingHoldsMs(probe.settings, Math.max(waitMs, readEveryMs(probe.settings))))
    await pause(deps, probe, waitMs, signal)
  }
}
