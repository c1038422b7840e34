import { networkInterfaces } from 'node:os'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { notBefore } from '../../clock/notBefore.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import { wallAt } from '../../clock/wallAt.ts'
import type { ServerError } from '../../shared/errors.ts'
import { type EventKind, type FactsOf, type NewEvent, newEvent } from '../../shared/events.ts'
import type { Reason } from '../../shared/reasons.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { measureSkew, steadySkew } from '../../shared/serverClock.ts'
import {
  type Server,
  type ServerAddresses,
  type ServerConfiguration,
  type ServerInput,
  type ServerState,
  type ServerTotals,
  staleAfterMs,
} from '../../shared/servers.ts'
import type { SampleBatch } from '../history/history.ts'
import { isLoopback } from '../http/isLoopback.ts'
import type { KeptServer, StreamsStanding } from '../past/keptFacts.ts'
import type { Log, SecretsKey } from '../ports.ts'
import { type FieldFault, faultWords } from './fieldFaults.ts'
import { affordableIntervalMs, answerLimitMs, pollServer, type RoundOutcome, type Wanted } from './pollServer.ts'
import type { Answer, ConfiguredPath, MediaServerClient, PathReading, PollRound, ServerAccess, ServerInfoReading } from './readings.ts'
import { createSecretBox } from './secretBox.ts'
import { authorizationHeader, elsewhere, mayMoveTo, secretOf } from './serverCredentials.ts'
import type { ServerRow, ServerRows, ServerSettings } from './serverRows.ts'
import { serverSample } from './serverSamples.ts'
import { protocolByList } from './sessionLists.ts'
import { keptOf, type Watched, watchedToServer } from './watchedServer.ts'

/** What streams are told and asked; wired in createEngine. */
interface StreamsOfServers {
  readonly observe: (server: { readonly id: string; readonly name: string }, round: PollRound) => void
  readonly prepare: (server: { readonly id: string; readonly name: string }, round: PollRound, slice: Slice, signal: AbortSignal) => Promise<void>
  readonly lost: (server: { readonly id: string; readonly name: string }, at: number, why: 'down' | 'halted' | 'paused' | 'console') => void
  readonly wanted: (serverId: string, paths: readonly PathReading[]) => Wanted
  readonly configured: (server: { readonly id: string; readonly name: string }, paths: readonly ConfiguredPath[] | null, askedAt: number) => void
  readonly restarted: (server: { readonly id: string; readonly name: string }, at: number) => void
  readonly forget: (serverId: string) => void
  readonly totals: (serverId: string) => ServerTotals
  readonly troubledOf: (serverId: string) => number
  readonly sessionsReadAt: (serverId: string) => number | null
  readonly notBackYet: (serverId: string) => Server['notBackYet']
  readonly standing: (serverId: string) => StreamsStanding
}

export interface ServersDeps {
  readonly clock: Clock
  readonly log: Log
  readonly rows: ServerRows
  readonly secretsKey: SecretsKey
  readonly createClient: (access: ServerAccess) => MediaServerClient
  readonly streams: StreamsOfServers
  readonly slices: Slices
  readonly append: (batch: SampleBatch) => void
  readonly gap: (serverId: string, at: number) => void
  /** What samples can't say of a server, from a moment on; null: it is not watched any more. Never a secret. */
  readonly describe: (serverId: string, at: number, facts: KeptServer | null) => void
  readonly record: (events: readonly NewEvent[]) => void
  /** How many paths a server lists, and how often new names of it were left out since the last call. */
  readonly heard: (server: { readonly id: string; readonly name: string }, paths: number, leftOutPaths: number) => void
  /** What was more than is kept of it; null: nothing. */
  readonly leftOut: (serverId: string) => Server['leftOut']
  /** A server's status changed: the live feed has something to say. */
  readonly onChange: (serverId: string) => void
  readonly onRemoved: (serverId: string) => void
  /** Polling may cost a server this much of one of its cores, percent. */
  readonly costLimitPercent: number
  /** Whether this machine has any network but loopback. */
  readonly hasNetwork?: () => boolean
  /** For benches: from the last byte of a round's answers to its samples being handed on, ms. */
  readonly onRoundHandled?: (ms: number) => void
  readonly signal: AbortSignal
}

export type ServerChangeError = 'NOT_FOUND' | 'READ_ONLY' | 'NAME_TAKEN'

/** What an edit changes; what is left out stays. */
export type ServerChange = { readonly [K in keyof ServerInput]?: ServerInput[K] | undefined }

/** Names of what a changed configuration file added, changed and removed. */
export interface YamlChange {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

/** Servers: which there are, how to get in, and how they fare. */
export interface Servers {
  readonly all: () => readonly Server[]
  readonly get: (id: string) => Server | null
  readonly add: (input: ServerInput) => Result<Server, ServerChangeError>
  readonly update: (id: string, change: ServerChange) => Result<Server, ServerChangeError>
  readonly remove: (id: string) => Result<null, ServerChangeError>
  /** Polls it at once, unless it is being asked just now, or is paused. null: there is no such server. */
  readonly tryNow: (id: string) => Server | null
  /** Watches what the configuration file names now; what it no longer names is not watched any more. */
  readonly applyYaml: (inputs: readonly ServerInput[]) => YamlChange
  /** Why the changed configuration file is not used, in words; null: it is. Said at each of its servers. */
  readonly setYamlTrouble: (words: string | null) => void
  readonly configuration: (id: string) => ServerConfiguration | null
  /** For previews and tests of a stored server. Holds a secret: never leaves the engine. */
  readonly accessOf: (id: string) => (ServerAccess & { readonly addresses: ServerAddresses }) | null
  /** The secret part of an edit that left it out. */
  readonly authorizationOf: (id: string) => string | null
  /** Why the console itself can't see, or null. */
  readonly consoleWhy: () => Reason | null
  /** The machine woke up: what was known is old. */
  readonly woke: (sleptMs: number) => void
  readonly settled: () => Promise<void>
  /** Resolves when all loops have ended after the signal. */
  readonly ended: () => Promise<void>
}

const hasOutsideInterface = () => Object.values(networkInterfaces()).some((addresses) => addresses?.some((address) => !address.internal))

/** A wall clock that ran on this much longer than our timers did means that the machine slept. */
const sleptAfterMs = 10_000
const heartbeatMs = 1_000
/** As often as a server that is down is asked, history is told that one whose polling is halted can't be read. */
const haltedNotedEveryMs = 5_000
/** So many tries must fail before an answering server is called down: one lost answer is no outage. */
const failuresUntilDown = 2
/** Where neither failed polls nor an answer lasted so long, a server was not asked in time: it was not silent. */
const shortestSilenceMs = 1_000
/** Fields of one server that are named in the log; how many there are in all is logged so often at most. */
const mostFieldsLogged = 10
const fieldCountEveryMs = 3_600_000
/** Polls that may bring neither an answer nor a failure before a server is judged by that alone. */
const pollsUntilOverdue = 3

export function createServers(deps: ServersDeps, yamlServers: readonly ServerInput[]): Servers {
  const { clock, log, rows, streams, record } = deps
  const launchedAt = clock.now()
  const keptForLaunch = `The password is kept for this launch only: ${deps.secretsKey.words}`
  const box = deps.secretsKey.key === null ? null : createSecretBox(deps.secretsKey.key)
  const watchedById = new Map<string, Watched>()
  const running = new Set<Promise<unknown>>()
  const loops = new Set<Promise<unknown>>()
  let isOffline = false
  let yamlTrouble: string | null = null
  let lastBeat = launchedAt

  const track = <T>(work: Promise<T>): Promise<T> => {
    running.add(work)
    const done = () => running.delete(work)
    work.then(done, done)
    return work
  }

  const event = <K extends EventKind>({ id, name }: Watched, kind: K, at: number, facts: FactsOf<K>): NewEvent =>
    newEvent(kind, at, facts, { serverId: id, serverName: name, path: null })

  const setState = (watched: Watched, state: ServerState, at: number) => {
    if (watched.state === state) return
    watched.state = state
    watched.stateSince = at
    if (state === 'up' || state === 'paused') watched.outageSince = null
    else if (state !== 'connecting') watched.outageSince ??= watched.lastAnswerAt ?? at
  }

  const accessFor = (watched: Watched): ServerAccess => ({
    serverId: watched.id,
    url: watched.settings.url.replace(/\/+$/, ''),
    authorization: authorizationHeader(watched.settings.auth.kind, watched.settings.auth.user, watched.secret),
    fingerprint: watched.settings.fingerprint,
  })

  const affordableMs = (askedMs: number, bytes: number) => affordableIntervalMs(askedMs, bytes, deps.costLimitPercent)
  const intervalFor = (watched: Watched) => affordableMs(watched.settings.intervalSeconds * 1000, watched.bytesPerRound ?? 0)
  const staleAfterOf = (watched: Watched) => staleAfterMs(intervalFor(watched), watched.roundMs)

  const shown = (watched: Watched): Server =>
    watchedToServer(watched, {
      now: clock.now(),
      intervalMs: intervalFor(watched),
      totals: streams.totals(watched.id),
      sessionsReadAt: streams.sessionsReadAt(watched.id),
      notBackYet: streams.notBackYet(watched.id),
      leftOut: deps.leftOut(watched.id),
      keptForLaunch: box === null ? keptForLaunch : null,
      yamlTrouble,
    })

  /** Something of a server changed at that moment: the live feed is told, and history what is not in its samples. */
  const changed = (watched: Watched, at: number) => {
    const kept: KeptServer = { ...keptOf(shown(watched)), launchedAt, streams: streams.standing(watched.id) }
    const mark = JSON.stringify(kept)
    // What comes late of one that was removed is not told.
    if (mark !== watched.toldMark && watchedById.get(watched.id) === watched) {
      watched.toldMark = mark
      watched.toldAt = notBefore(watched.toldAt, at)
      deps.describe(watched.id, watched.toldAt, kept)
    }
    deps.onChange(watched.id)
  }

  /** Our own network, not theirs: no interface but loopback, or every remote server out of reach at once on three hosts or more. */
  const consoleIsOffline = (): boolean => {
    if (!(deps.hasNetwork ?? hasOutsideInterface)()) return true
    const remote = [...watchedById.values()].filter((watched) => watched.state !== 'paused' && !isLoopback(new URL(watched.settings.url).hostname))
    const cutOff = remote.filter(
      (watched) => !watched.answered && watched.failures > 0 && watched.error?.kind === 'unreachable' && watched.error.reason !== 'refused',
    )
    return cutOff.length === remote.length && new Set(cutOff.map((watched) => new URL(watched.settings.url).hostname)).size >= 3
  }

  const setOffline = (begins: boolean, at: number) => {
    if (isOffline === begins) return
    isOffline = begins
    record([newEvent('consoleGap', at, { cause: 'noNetwork', begins })])
    for (const watched of watchedById.values()) changed(watched, at)
  }

  /**
   * How long a server was silent at least: known from the polls that failed, and of one that was halted from its refusal, since nobody
   * asked it after that. What was known before it could not be asked for a while, and what followed, do not add up.
   */
  const silentMsOf = (watched: Watched, at: number): number => {
    const { state, stateSince, awayFrom, awayTo, silentMs } = watched
    return Math.max(silentMs, state === 'halted' ? at - stateSince : awayFrom === null ? 0 : awayTo - awayFrom)
  }
  /** It is not asked from now on, or could not be for a while. */
  const interruptSilence = (watched: Watched, at: number) => {
    watched.silentMs = silentMsOf(watched, at)
    watched.awayFrom = null
  }

  /** What is to be said of a server that answers again; null: nothing. Its answer took part of the silence where no poll had failed. */
  const returnOf = (watched: Watched, tookMs: number, at: number): NewEvent | null => {
    const { state, outageSince, unseen, lastAnswerAt, toldDown } = watched
    // What was told of it has an end, whatever this console missed meanwhile.
    if (!toldDown && (outageSince === null || (state === 'unknown' && unseen))) return null
    if (lastAnswerAt === null) return event(watched, 'serverUp', at, {})
    const minMs = Math.max(silentMsOf(watched, at), state === 'unknown' ? tookMs : 0)
    const wasNeverDown = state === 'unknown' && !toldDown
    if (wasNeverDown && minMs < shortestSilenceMs) return null
    const maxMs = Math.max(minMs, at - lastAnswerAt)
    return event(watched, wasNeverDown ? 'serverSilent' : 'serverUp', at, { minMs, maxMs })
  }

  /** By how much the clock of a server is off ours, with this answer. */
  const skewOf = (watched: Watched, { serverDate, arrivedAt }: Answer<PathReading>): number => {
    if (serverDate === null) return watched.steadySkewMs
    const at = wallAt(clock, arrivedAt)
    watched.clockSkewMs = measureSkew(serverDate, at)
    const steadySkewMs = steadySkew(watched.steadySkewMs, watched.clockSkewMs)
    if (steadySkewMs !== watched.steadySkewMs) {
      watched.steadySkewMs = steadySkewMs
      noteStart(watched, at)
    }
    return steadySkewMs
  }

  const succeeded = (watched: Watched, outcome: RoundOutcome) => {
    const { round, answer } = outcome
    if (!answer) return
    const arrivedAt = wallAt(clock, answer.arrivedAt)
    const back = returnOf(watched, answer.tookMs, arrivedAt)
    watched.toldDown = false
    watched.awayFrom = null
    watched.silentMs = 0
    watched.failures = 0
    watched.error = null
    watched.nextTryAt = null
    watched.lastAnswerAt = arrivedAt
    watched.answerMs = answer.tookMs
    // Only rounds of like size are averaged: session lists are not read in each.
    watched.bytesPerRound = watched.bytesPerRound === null ? outcome.bytes : watched.bytesPerRound * 0.8 + outcome.bytes * 0.2
    watched.unseen = false
    setState(watched, 'up', arrivedAt)
    if (back !== null) record([back])
    if (isOffline && !consoleIsOffline()) setOffline(false, round.at)
    streams.observe(watched, round)
    const { answerMs, clockSkewMs } = watched
    const found = { totals: streams.totals(watched.id), streamsInTrouble: streams.troubledOf(watched.id), answerMs, pollBytes: outcome.bytes, clockSkewMs }
    deps.append(serverSample(watched.id, round.at, found))
    if (watched.ageTimer === null) watchAge(watched)
    deps.onRoundHandled?.(clock.monotonic() - (round.sessions.at(-1)?.answer.arrivedAt ?? answer.arrivedAt))
  }

  /** How long its last answer still says how it is; less than 0: it doesn't. */
  const ageLeftMs = (watched: Watched): number => (watched.lastAnswerAt ?? clock.now()) + staleAfterOf(watched) - clock.now()
  const watchAge = (watched: Watched) => {
    const leftMs = watched.answered ? heartbeatMs : Math.max(0, ageLeftMs(watched))
    watched.ageTimer = clock.setTimeout(() => judgeLastAnswer(watched), leftMs + 1)
  }
  /** Three polls were missed: nothing of the server is known now, whether or not a request has failed yet. */
  const judgeLastAnswer = (watched: Watched) => {
    watched.ageTimer = null
    if (watched.state !== 'up' || watched.lastAnswerAt === null) return
    const at = clock.now()
    if (watched.answered || ageLeftMs(watched) >= 0) {
      watchAge(watched)
      return
    }
    // Our own heart is late: we slept or stood still, and what it answered was not read.
    watched.unseen = at - lastBeat > 2 * heartbeatMs
    if (watched.unseen) interruptSilence(watched, at)
    setState(watched, 'unknown', watched.lastAnswerAt)
    streams.lost(watched, at, 'down')
    changed(watched, at)
  }

  const goDown = (watched: Watched, at: number, error: ServerError) => {
    const wasUp = watched.state === 'up' || watched.state === 'unknown'
    setState(watched, 'down', at)
    watched.toldDown = true
    streams.lost(watched, at, 'down')
    // As every other place counts them: those that ended are not unknown.
    const { unknown } = streams.totals(watched.id)
    record([event(watched, 'serverDown', at, { error, streams: wasUp ? unknown : null, outageSince: watched.outageSince })])
  }

  const failed = (watched: Watched, outcome: RoundOutcome, error: ServerError) => {
    const { round } = outcome
    watched.failures = outcome.failures
    watched.error = error
    log.debug({ serverId: watched.id, error, failures: watched.failures }, 'server not read')
    if (error.kind === 'unreachable' && error.reason !== 'refused' && !isLoopback(new URL(watched.settings.url).hostname) && consoleIsOffline()) {
      watched.unseen = true
      setState(watched, 'unknown', round.at)
      setOffline(true, round.at)
      for (const other of watchedById.values()) {
        if (other.answered) continue
        if (other.state === 'down' && other.failures > 0) setState(other, 'unknown', round.at)
        if (other.state !== 'unknown') continue
        other.unseen = true
        interruptSilence(other, round.at)
        streams.lost(other, round.at, 'console')
        changed(other, round.at)
      }
      deps.gap(watched.id, round.at)
      return
    }
    watched.awayFrom ??= outcome.askedAt
    watched.awayTo = clock.now()
    if (error.kind === 'unauthorized') {
      watched.nextTryAt = null
      // Tried again by hand, and refused again, is no news.
      const isNews = watched.state !== 'halted'
      setState(watched, 'halted', round.at)
      if (isNews) record([event(watched, 'serverDown', round.at, { error, streams: null, outageSince: watched.outageSince })])
      watched.toldDown = true
      streams.lost(watched, round.at, 'halted')
    } else if (watched.state !== 'down' && (watched.state === 'connecting' || watched.state === 'halted' || watched.failures >= failuresUntilDown))
      goDown(watched, round.at, error)
    else if (watched.state === 'up') streams.observe(watched, round)
    deps.append(serverSample(watched.id, round.at, null))
  }

  /** Logs the first fields whose values can't be right, and how many there are beyond them once an hour; all of them are among the server's warnings. */
  const noteFaults = (watched: Watched, faults: readonly FieldFault[]) => {
    const { faultyFields, faultsLogged } = watched
    const named = faults.filter(({ field }) => !faultyFields.has(field)).slice(0, Math.max(0, mostFieldsLogged - faultyFields.size))
    for (const { field } of faults) faultyFields.add(field)
    if (named.length > 0) log.warn({ serverId: watched.id, faults: named }, 'a server sends values that can not be right')
    const fields = faultyFields.size
    if (fields > Math.max(mostFieldsLogged, faultsLogged.fields) && clock.monotonic() - faultsLogged.at >= fieldCountEveryMs) {
      watched.faultsLogged = { fields, at: clock.monotonic() }
      log.warn({ serverId: watched.id, fields }, 'more fields of a server have values that can not be right')
    }
    watched.faultWarning = faultWords(faults)
  }

  /** The server tells its start by its own clock. */
  const noteStart = (watched: Watched, at: number) => {
    const { startedAt } = watched.info
    watched.startedAt = startedAt === null ? null : Math.min(at, startedAt - watched.steadySkewMs)
  }

  const infoRead = (watched: Watched, info: ServerInfoReading) => {
    const before = watched.info
    const at = clock.now()
    const known = watched.infoKnown
    watched.info = info
    watched.infoKnown = true
    if (info.startedAt !== before.startedAt) noteStart(watched, at)
    if (known && before.startedAt !== null && info.startedAt !== null && info.startedAt !== before.startedAt) {
      const startedAt = watched.startedAt ?? at
      record([event(watched, 'serverRestarted', at, { startedAt, agoMs: at - startedAt })])
      streams.restarted(watched, at)
    }
    const lastVersion = rows.setting(`version:${watched.id}`)
    if (info.version !== null && lastVersion !== null && lastVersion !== info.version)
      record([event(watched, 'serverUpgraded', at, { before: lastVersion, after: info.version })])
    if (info.version !== null && lastVersion !== info.version) rows.noteSetting(`version:${watched.id}`, info.version)
    changed(watched, at)
  }

  const start = (watched: Watched) => {
    watched.stop = new AbortController()
    watched.handledAt = clock.monotonic()
    if (watched.settings.paused) {
      interruptSilence(watched, clock.now())
      watched.error = null
      setState(watched, 'paused', clock.now())
      streams.lost(watched, clock.now(), 'paused')
      deps.gap(watched.id, clock.now())
      changed(watched, clock.now())
      return
    }
    const signal = AbortSignal.any([deps.signal, watched.stop.signal])
    signal.addEventListener('abort', () => {
      if (watched.ageTimer !== null) clock.clearTimeout(watched.ageTimer)
      watched.ageTimer = null
      watched.answered = false
    })
    // Stopping its polling ended what watched the age of its last answer.
    if (watched.state === 'up') watchAge(watched)
    const client = deps.createClient(accessFor(watched))
    let answers = 0
    let refusedNames = 0
    const hear = (paths: number) => {
      const refused = client.refusedNames()
      deps.heard(watched, paths, refused - refusedNames)
      refusedNames = refused
    }
    const loop = pollServer({
      serverId: watched.id,
      clock,
      log,
      client,
      affordableMs,
      // The second poll comes as soon as was asked for, whatever it costs this once: rates are known from it on.
      intervalMs: () => (answers < 2 ? watched.settings.intervalSeconds * 1000 : intervalFor(watched)),
      signal,
      track: (work) => {
        watched.round = work
        const done = () => {
          if (watched.round === work) watched.round = null
        }
        work.then(done, done)
        return track(work)
      },
      wanted: (paths) => streams.wanted(watched.id, paths),
      skewOf: (answer) => skewOf(watched, answer),
      prepare: (round) => {
        watched.answered = true
        // First of all: what is kept of its paths depends on how many there are.
        hear(round.paths.ok ? round.paths.value.items.length : 0)
        return streams.prepare(watched, round, deps.slices.begin(), signal)
      },
      onRound: (outcome) => {
        if (signal.aborted) return
        watched.answered = false
        if (outcome.error === null) answers++
        if (outcome.answer === null) hear(0)
        if (outcome.error === null) succeeded(watched, outcome)
        else failed(watched, outcome, outcome.error)
        watched.handledAt = clock.monotonic() + (watched.nextTryAt === null ? 0 : Math.max(0, watched.nextTryAt - clock.now()))
        noteFaults(watched, client.faults())
        changed(watched, outcome.round.at)
        if (outcome.error === null && watched.openToAll === null) {
          watched.openToAll = false // asked once
          track(client.readOpenness(signal)).then(
            (open) => {
              watched.openToAll = open
              changed(watched, clock.now())
            },
            (error) => {
              if (!signal.aborted) log.error({ serverId: watched.id, err: error }, 'openness not read')
            },
          )
        }
      },
      onInfo: (info) => infoRead(watched, info),
      onConfiguration: (reading, askedAt) => {
        const isKnown = reading.ok || watched.configuration.error !== null
        watched.configuration = reading.ok ? { readAt: clock.now(), error: null, reading: reading.value } : { ...watched.configuration, error: reading.error }
        if (reading.ok) watched.notEnabled = new Set(reading.value.off)
        // One answer that is lost does not say that it can't be read.
        if (isKnown) streams.configured(watched, reading.ok ? reading.value.paths : null, askedAt)
        changed(watched, clock.now())
      },
      onNotEnabled: (list) => {
        watched.notEnabled.add(protocolByList[list])
      },
      onRetry: (at) => {
        watched.nextTryAt = at
      },
      onProgress: (requests, roundMs) => {
        if (signal.aborted) return
        watched.requests = requests
        const before = staleAfterOf(watched)
        watched.roundMs = roundMs
        // Whoever shows it must not call it silent sooner than we do.
        if (staleAfterOf(watched) !== before) deps.onChange(watched.id)
      },
    }).finally(() => client.close())
    loops.add(loop)
    loop.then(
      () => loops.delete(loop),
      (error) => {
        loops.delete(loop)
        log.error({ serverId: watched.id, err: error }, 'a polling loop ended by a bug of ours')
      },
    )
  }

  const startOrHalt = (watched: Watched) => {
    if (watched.withheld === null || watched.settings.paused) {
      start(watched)
      return
    }
    // Asking with the wrong password would only get us locked out.
    setState(watched, 'halted', clock.now())
    watched.error = { kind: 'secretMissing', detail: watched.withheld.detail }
    streams.lost(watched, clock.now(), 'halted')
    changed(watched, clock.now())
  }

  const restart = (watched: Watched) => {
    watched.stop.abort()
    const at = clock.now()
    // Until it answers it is what it was, and its return is an event.
    const isOut = watched.state === 'down' || watched.error?.kind === 'unauthorized'
    watched.failures = 0
    if (!isOut) watched.error = null
    watched.nextTryAt = null
    watched.openToAll = null
    watched.bytesPerRound = null
    watched.info = { version: null, startedAt: null }
    watched.infoKnown = false
    watched.configuration = { readAt: null, error: null, reading: null }
    if (!isOut) setState(watched, 'connecting', at)
    startOrHalt(watched)
    changed(watched, at)
  }

  const settingsOf = (input: ServerInput): ServerSettings => ({
    url: input.url,
    auth: { kind: input.auth.kind, user: input.auth.kind === 'basic' ? input.auth.user : null },
    fingerprint: input.fingerprint,
    intervalSeconds: input.intervalSeconds,
    addresses: input.addresses,
    tags: input.tags,
    paused: input.paused,
  })

  const watch = (
    id: string,
    name: string,
    origin: Watched['origin'],
    settings: ServerSettings,
    secret: string | null,
    withheld: Watched['withheld'],
  ): Watched => {
    const watched: Watched = {
      id,
      name,
      origin,
      settings,
      secret,
      withheld,
      overlapWarning: null,
      faultWarning: null,
      faultyFields: new Set(),
      faultsLogged: { fields: 0, at: Number.NEGATIVE_INFINITY },
      state: 'connecting',
      stateSince: clock.now(),
      error: null,
      failures: 0,
      lastAnswerAt: null,
      handledAt: clock.monotonic(),
      ageTimer: null,
      requests: 0,
      roundMs: null,
      outageSince: null,
      unseen: false,
      toldDown: false,
      awayFrom: null,
      awayTo: Number.NaN,
      silentMs: 0,
      answerMs: null,
      nextTryAt: null,
      info: { version: null, startedAt: null },
      infoKnown: false,
      clockSkewMs: null,
      steadySkewMs: 0,
      startedAt: null,
      openToAll: null,
      notEnabled: new Set(),
      configuration: { readAt: null, error: null, reading: null },
      bytesPerRound: null,
      toldMark: '',
      toldAt: Number.NEGATIVE_INFINITY,
      answered: false,
      round: null,
      stop: new AbortController(),
    }
    watchedById.set(id, watched)
    return watched
  }

  const watchRow = (row: ServerRow, settings: ServerSettings) => {
    const secret = row.sealedSecret === null ? null : (box?.open(row.sealedSecret, row.id) ?? null)
    const lost = row.sealedSecret !== null && secret === null
    const warning = 'Its stored password can not be read any more (the key changed): enter it again.'
    const detail = 'the stored password was encrypted with another key'
    startOrHalt(watch(row.id, row.name, 'stored', settings, secret, lost ? { detail, warning, sealed: row.sealedSecret } : null))
  }

  /** What a server is asked with: where any of it changes, polling starts from the beginning. */
  const wayIn = ({ url, auth, fingerprint, paused }: ServerSettings) => JSON.stringify([url, auth, fingerprint, paused])

  /** Takes over what the configuration file says of a server that it named before; false: nothing changed. */
  const updateFromYaml = (watched: Watched, input: ServerInput): boolean => {
    const before = watched.settings
    const settings = settingsOf(input)
    const secret = secretOf(input.auth)
    const isOtherWay = wayIn(before) !== wayIn(settings) || watched.secret !== secret
    if (!isOtherWay && watched.name === input.name && JSON.stringify(before) === JSON.stringify(settings)) return false
    watched.name = input.name
    watched.settings = settings
    watched.secret = secret
    if (isOtherWay) restart(watched)
    changed(watched, clock.now())
    return true
  }

  const unwatch = (watched: Watched) => {
    watched.stop.abort()
    watchedById.delete(watched.id)
    streams.forget(watched.id)
    deps.describe(watched.id, clock.now(), null)
    deps.onRemoved(watched.id)
  }

  /** The file's names win over stored ones, which come back when the file no longer has theirs. */
  const applyYaml = (inputs: readonly ServerInput[]): YamlChange => {
    const rowByName = new Map(rows.all().map((row) => [row.name.toLowerCase(), row]))
    const change = { added: [] as string[], changed: [] as string[], removed: [] as string[] }
    const namedIds = new Set<string>()
    for (const input of inputs) {
      const row = rowByName.get(input.name.toLowerCase())
      const id = row?.id ?? rows.insert({ name: input.name, settings: null, sealedSecret: null }, clock.now())
      namedIds.add(id)
      const known = watchedById.get(id)
      if (known?.origin === 'yaml') {
        if (updateFromYaml(known, input)) change.changed.push(input.name)
        continue
      }
      known?.stop.abort()
      const watched = watch(id, input.name, 'yaml', settingsOf(input), secretOf(input.auth), null)
      if (row?.settings) {
        watched.overlapWarning = 'A stored server has the same name; the configuration file wins.'
        log.warn({ server: input.name }, 'a stored server has the same name as one of the configuration file; the file wins')
      }
      start(watched)
      changed(watched, clock.now())
      change.added.push(input.name)
    }
    for (const watched of [...watchedById.values()]) {
      if (watched.origin !== 'yaml' || namedIds.has(watched.id)) continue
      unwatch(watched)
      change.removed.push(watched.name)
      const row = rows.all().find(({ id }) => id === watched.id)
      if (!row?.settings) continue
      watchRow(row, row.settings)
      const stored = watchedById.get(row.id)
      if (stored) changed(stored, clock.now())
    }
    return change
  }

  applyYaml(yamlServers)
  for (const row of rows.all()) {
    if (row.settings === null || watchedById.has(row.id)) continue
    watchRow(row, row.settings)
    const watched = watchedById.get(row.id)
    if (watched) changed(watched, launchedAt)
  }

  // A heartbeat that comes much too late by wall time says that the machine slept.
  const woke = (sleptMs: number) => {
    const at = clock.now()
    record([newEvent('consoleGap', at, { cause: 'slept', sleptMs })])
    for (const watched of watchedById.values()) {
      // One of which three polls were missed before this was noticed, too.
      watched.unseen = true
      interruptSilence(watched, at)
      if (watched.state !== 'up' && watched.state !== 'down') continue
      setState(watched, 'unknown', at)
      streams.lost(watched, at, 'console')
      deps.gap(watched.id, at)
      watched.stop.abort()
      start(watched) // polls at once
      changed(watched, at)
    }
  }
  /**
   * A server of which nothing was heard for three polls is down, whoever forgot to say so; its polling starts again. A round that makes
   * progress is not overdue: each of its requests has a time limit, and so have those of the round before it that came after its answer.
   */
  const restartOverdue = () => {
    const at = clock.now()
    for (const watched of watchedById.values()) {
      if (watched.state !== 'up' && (watched.state !== 'unknown' || isOffline)) continue
      const ageMs = clock.monotonic() - watched.handledAt
      if (ageMs < pollsUntilOverdue * intervalFor(watched) + answerLimitMs * watched.requests) continue
      const error: ServerError = { kind: 'overdue', ageMs: Math.round(ageMs) }
      log.warn({ serverId: watched.id, ageMs }, 'no poll of a server has ended for so long: its polling starts again')
      watched.error = error
      goDown(watched, at, error)
      watched.stop.abort()
      start(watched)
      changed(watched, at)
    }
  }
  let haltedNotedAt = clock.now()
  /** Nobody asks a halted server any more, and without samples it would look as if nobody had watched it. */
  const noteHalted = (at: number) => {
    if (at - haltedNotedAt < haltedNotedEveryMs) return
    haltedNotedAt = at
    for (const watched of watchedById.values()) if (watched.state === 'halted') deps.append(serverSample(watched.id, at, null))
  }
  loops.add(
    every(clock)(
      { intervalMs: heartbeatMs, timeoutMs: heartbeatMs, seed: 'heartbeat', signal: deps.signal, onBug: (error) => log.error({ err: error }, 'heartbeat') },
      async () => {
        const now = clock.now()
        const slept = now - lastBeat
        lastBeat = now
        if (slept > sleptAfterMs) woke(slept)
        else restartOverdue()
        noteHalted(now)
      },
    ),
  )

  const nameTaken = (name: string, exceptId: string | null) =>
    [...watchedById.values()].some((watched) => watched.id !== exceptId && watched.name.toLowerCase() === name.toLowerCase()) ||
    rows.all().some((row) => row.id !== exceptId && row.settings !== null && row.name.toLowerCase() === name.toLowerCase())

  const sealed = (secret: string | null, id: string) => (secret === null || box === null ? null : box.seal(secret, id))

  return {
    all: () => [...watchedById.values()].map(shown),
    get: (id) => {
      const watched = watchedById.get(id)
      return watched ? shown(watched) : null
    },
    add: (input) => {
      if (nameTaken(input.name, null)) return err('NAME_TAKEN')
      const secret = secretOf(input.auth)
      // A name that only the configuration file had once keeps its id, and with it its history.
      const idle = rows.all().find((row) => row.settings === null && row.name.toLowerCase() === input.name.toLowerCase())
      const settings = settingsOf(input)
      const id = idle?.id ?? rows.insert({ name: input.name, settings, sealedSecret: null }, clock.now())
      rows.update({ id, name: input.name, settings, sealedSecret: sealed(secret, id) })
      const watched = watch(id, input.name, 'stored', settings, secret, null)
      start(watched)
      changed(watched, clock.now())
      return ok(shown(watched))
    },
    update: (id, change) => {
      const watched = watchedById.get(id)
      if (!watched) return err('NOT_FOUND')
      if (watched.origin === 'yaml') return err('READ_ONLY')
      if (change.name !== undefined && nameTaken(change.name, id)) return err('NAME_TAKEN')
      const { auth: authBefore, ...settingsBefore } = watched.settings
      const auth: ServerSettings['auth'] = change.auth ? { kind: change.auth.kind, user: change.auth.kind === 'basic' ? change.auth.user : null } : authBefore
      const given = change.auth ? secretOf(change.auth) : null
      // Left out: as it was, unless it was the secret of another way to sign in, or of another host: who edits a server
      // must not learn its password by naming a server of his own.
      if (given !== null || auth.kind !== authBefore.kind) {
        watched.secret = given
        watched.withheld = null
      } else if (
        (watched.secret !== null || watched.withheld !== null) &&
        !mayMoveTo(watched.settings, { url: change.url ?? watched.settings.url, addresses: change.addresses ?? watched.settings.addresses })
      ) {
        watched.secret = null
        watched.withheld = { ...elsewhere, sealed: null }
      }
      const before = wayIn(watched.settings)
      watched.name = change.name ?? watched.name
      watched.settings = {
        ...settingsBefore,
        auth,
        ...(change.url !== undefined && { url: change.url }),
        ...(change.fingerprint !== undefined && { fingerprint: change.fingerprint }),
        ...(change.intervalSeconds !== undefined && { intervalSeconds: change.intervalSeconds }),
        ...(change.addresses !== undefined && { addresses: change.addresses }),
        ...(change.tags !== undefined && { tags: change.tags }),
        ...(change.paused !== undefined && { paused: change.paused }),
      }
      rows.update({ id, name: watched.name, settings: watched.settings, sealedSecret: watched.withheld ? watched.withheld.sealed : sealed(watched.secret, id) })
      if (before !== wayIn(watched.settings) || given !== null || watched.withheld !== null || watched.state === 'halted') restart(watched)
      changed(watched, clock.now())
      return ok(shown(watched))
    },
    remove: (id) => {
      const watched = watchedById.get(id)
      if (!watched) return err('NOT_FOUND')
      if (watched.origin === 'yaml') return err('READ_ONLY')
      rows.remove(id)
      unwatch(watched)
      return ok(null)
    },
    tryNow: (id) => {
      const watched = watchedById.get(id)
      if (!watched) return null
      // What is withheld can't be tried with; whoever is being asked is not asked twice.
      if (watched.settings.paused || watched.withheld !== null || watched.round !== null) return shown(watched)
      watched.stop.abort()
      watched.nextTryAt = null
      start(watched)
      changed(watched, clock.now())
      return shown(watched)
    },
    applyYaml,
    setYamlTrouble: (words) => {
      yamlTrouble = words
      for (const watched of watchedById.values()) if (watched.origin === 'yaml') changed(watched, clock.now())
    },
    configuration: (id) => {
      const watched = watchedById.get(id)
      if (!watched) return null
      const { readAt, error, reading } = watched.configuration
      return { readAt, error, global: reading?.shown.global ?? {}, pathDefaults: reading?.shown.pathDefaults ?? {}, paths: [...(reading?.shown.paths ?? [])] }
    },
    accessOf: (id) => {
      const watched = watchedById.get(id)
      return watched ? { ...accessFor(watched), addresses: shown(watched).addresses } : null
    },
    authorizationOf: (id) => {
      const watched = watchedById.get(id)
      return watched ? accessFor(watched).authorization : null
    },
    consoleWhy: () => (isOffline ? { kind: 'noNetwork' } : null),
    woke,
    settled: async () => {
      while (running.size > 0) await Promise.allSettled(running)
    },
    ended: async () => {
      await Promise.allSettled(loops)
    },
  }
}
