import { countStreams, type StreamCounts } from '../../shared/countStreams.ts'
import type { FleetChanges } from '../../shared/fleet.ts'
import type { Reason } from '../../shared/reasons.ts'
import { pollIntervalMs, type Server, type ServerTotals, serverStaleAfterMs, sumTotals } from '../../shared/servers.ts'
import { type StreamFacts, type StreamFigures, unknownFigures } from '../../shared/streams.ts'
import { isServerTroubled, type Severity, severities, severityOfStream, type Trouble } from '../../shared/troubles.ts'
import { factsOfSilent, isSilent, silentServer } from './silence.ts'

/** How many bitrates of each stream are remembered for its sparkline. */
export const historyLength = 60

/**
 * One stream as the window knows it. The object stays the same while the stream exists and its fields are
 * replaced with each tick: read it, never keep copies of its parts, never change it.
 */
export interface StreamRow {
  readonly slot: number
  /** `${serverId}/${path}`, stable over restarts of the engine: a key for lists. */
  readonly key: string
  readonly serverName: string
  readonly facts: StreamFacts
  /** bytesReceived and bytesSent are always null here: they are not sent to windows. */
  readonly figures: StreamFigures
  /** Of its trouble; null: nothing is wrong with it, or it is not known. */
  readonly severity: Severity | null
}
type GrowingFigures = { -readonly [K in keyof StreamFigures]: StreamFigures[K] }
interface OwnRow extends StreamRow {
  serverName: string
  facts: StreamFacts
  figures: StreamFigures
  severity: Severity | null
  /** As the engine said last. What is shown differs while the server is silent. */
  engineFacts: StreamFacts
  readonly engineFigures: GrowingFigures
}

/** Troubles by severity, and all together. */
export type TroubleCounts = Readonly<Record<Severity, number>> & { readonly total: number }

export interface Troubles {
  /** Worst first; at most 500 of them. */
  readonly list: readonly Trouble[]
  readonly counts: TroubleCounts
}

/** One line of figures over all servers. */
export interface FleetFigures {
  readonly servers: number
  readonly serversUp: number
  /** Servers that do not answer or refuse access; and those of which nothing is known now. Paused ones are in none of the three. */
  readonly serversDown: number
  readonly serversUnknown: number
  readonly totals: ServerTotals
  /** Names of the servers whose figures are not known, so that the sums leave them out. Paused ones are not missed. */
  readonly missing: readonly string[]
  /** Names of those that never answered: how many streams they have is not known. */
  readonly neverSeen: readonly string[]
  /** Streams that are not known though their server is not paused. */
  readonly unknownStreams: number
  /** Streams that were live before their server was away and were not seen since, and since when the first of these servers is back. */
  readonly notBackYet: { readonly streams: number; readonly since: number } | null
}

/** The server whose last answer is the oldest of all. */
export interface OldestAnswer {
  readonly serverId: string
  readonly name: string
  /** Engine's clock. */
  readonly at: number
  /** From when on it is too old to be believed. */
  readonly staleFrom: number
}

/** What the window knows of the fleet. Pure: no time, no network, no browser. */
export interface FleetState {
  readonly apply: (changes: FleetChanges) => void
  /**
   * Judges the age of everything at this time, engine's clock: a server that missed three polls is unknown, and all of its streams
   * with it, whatever the engine says. Returns whether anything changed. Not called for the past.
   */
  readonly look: (now: number) => boolean
  readonly launch: () => string | null
  readonly revision: () => number
  /** Grows with each `apply`. */
  readonly version: () => number
  /** Grows when streams appear or vanish. */
  readonly rowsVersion: () => number
  /** Grows when facts (state, tracks, …), severities or membership change: filters need to run again. */
  readonly factsVersion: () => number
  /** By name. A new array only when a server changed. */
  readonly servers: () => readonly Server[]
  readonly server: (id: string) => Server | undefined
  /** By server, then path. A new array only when streams appeared or vanished. */
  readonly rows: () => readonly StreamRow[]
  readonly rowsOfServer: (id: string) => readonly StreamRow[]
  readonly row: (slot: number) => StreamRow | undefined
  readonly rowByPath: (serverId: string, path: string) => StreamRow | undefined
  /** Writes the last bitrates in of a stream, oldest first, NaN where unknown, and returns how many. `into` holds `historyLength`. */
  readonly bitrates: (slot: number, into: Float64Array | Float32Array) => number
  /** The last sums, oldest first, NaN where unknown. */
  readonly sums: (which: SumId) => readonly number[]
  /** Puts a line of history before the bitrates that were received: `historyLength` values, oldest first, that end at `at`. */
  readonly prepend: (row: StreamRow, line: Float64Array, at: number) => void
  /** The same for sums; the line ends with the first sum that was received. */
  readonly prependSums: (which: SumId, line: Float64Array) => void
  readonly troubles: () => Troubles
  readonly figures: () => FleetFigures
  readonly consoleWhy: () => Reason | null
  /** Of the servers that should answer; null: none has answered yet. */
  readonly oldestAnswer: () => OldestAnswer | null
  /** Time of the last change, engine's clock; null: none yet. */
  readonly at: () => number | null
}

/** Sums of the fleet over time. */
export const sumIds = ['in', 'out', 'readers'] as const
export type SumId = (typeof sumIds)[number]
/** Sums are about so far apart; ticks of the same poll are no new ones. */
export const sumsStepMs = 2000
const sumsSpacingMs = sumsStepMs - 100
const emptyCounts: TroubleCounts = { critical: 0, major: 0, minor: 0, warning: 0, total: 0 }
const keyOf = (serverId: string, path: string) => `${serverId}/${path}`
const byName = new Intl.Collator('en', { numeric: true })

/** The counts of some rows. */
export const countOf = (rows: readonly StreamRow[]): StreamCounts => countStreams(rows.map(({ facts }) => facts))

/** Adds up what servers tell of themselves, so that the line of figures and the table never contradict each other. */
export function sumFigures(servers: readonly Server[]): FleetFigures {
  let serversUp = 0
  let serversDown = 0
  let serversUnknown = 0
  let unknownStreams = 0
  const missing: string[] = []
  const neverSeen: string[] = []
  const returning: { readonly streams: number; readonly since: number }[] = []
  for (const { state, totals, name, notBackYet } of servers) {
    if (state === 'paused') continue
    if (state === 'up') serversUp++
    else if (state === 'down' || state === 'halted') serversDown++
    else serversUnknown++
    unknownStreams += totals.unknown ?? 0
    if (notBackYet !== null) returning.push(notBackYet)
    if (totals.bitrateInBps === null) missing.push(name)
    if (totals.streams === null) neverSeen.push(name)
  }
  return {
    servers: servers.length,
    serversUp,
    serversDown,
    serversUnknown,
    missing,
    neverSeen,
    unknownStreams,
    notBackYet:
      returning.length === 0
        ? null
        : { streams: returning.reduce((sum, { streams }) => sum + streams, 0), since: Math.min(...returning.map(({ since }) => since)) },
    totals: sumTotals(servers.map(({ totals }) => totals)),
  }
}

/** Of the servers that are polled and not known to be down: what they said last is what is shown. */
function findOldest(servers: Iterable<Server>): OldestAnswer | null {
  let oldest: OldestAnswer | null = null
  for (const server of servers) {
    const { id, name, state, lastAnswerAt: at } = server
    if (at === null || state === 'paused' || state === 'down' || state === 'halted') continue
    if (oldest === null || at < oldest.at) oldest = { serverId: id, name, at, staleFrom: at + serverStaleAfterMs(server) }
  }
  return oldest
}

/** Makes an empty state. */
export function createFleetState(): FleetState {
  let launch: string | null = null
  let revision = 0
  let version = 0
  let rowsVersion = 0
  let factsVersion = 0
  let at: number | null = null
  /** False between the first and the last piece of a whole fleet. */
  let whole = false
  let oldestAnswer: OldestAnswer | null = null
  let consoleWhy: Reason | null = null
  /** As the engine said last. */
  let engineServers = new Map<string, Server>()
  /** As they are shown. */
  let servers = new Map<string, Server>()
  /** When ages were judged last, engine's clock. */
  let lookedAt = Number.NEGATIVE_INFINITY
  /** Ids of those that are too old to be believed. */
  const silent = new Set<string>()
  let serverList: readonly Server[] = []
  let bySlot: (OwnRow | undefined)[] = []
  let byKey = new Map<string, OwnRow>()
  let ofServer = new Map<string, OwnRow[]>()
  let unsorted = new Set<string>()
  let allRows: readonly StreamRow[] | null = []
  let engineTroubles: { readonly list: readonly Trouble[]; readonly total: number } = { list: [], total: 0 }
  let troubles: Troubles = { list: [], counts: emptyCounts }
  let figures = sumFigures([])
  // Rings of bitrates: one block a slot, and where its next value goes; `filled` counts up to its length.
  let ring = new Float32Array(0)
  let next = new Uint8Array(0)
  let filled = new Uint8Array(0)
  const sums: Record<SumId, number[]> = { in: [], out: [], readers: [] }
  let sumsAt = Number.NEGATIVE_INFINITY

  const makeRoom = (slots: number) => {
    if (slots <= next.length) return
    const size = Math.max(256, 2 ** Math.ceil(Math.log2(slots)))
    const grow = <T extends Float32Array | Uint8Array>(old: T, grown: T): T => {
      grown.set(old)
      return grown
    }
    ring = grow(ring, new Float32Array(size * historyLength))
    next = grow(next, new Uint8Array(size))
    filled = grow(filled, new Uint8Array(size))
  }
  const remember = (slot: number, bitrate: number | null) => {
    const place = next[slot] ?? 0
    ring[slot * historyLength + place] = bitrate ?? Number.NaN
    next[slot] = (place + 1) % historyLength
    filled[slot] = Math.min(historyLength, (filled[slot] ?? 0) + 1)
  }

  /** Polls between the last answer and `until` that a line has no points for, beyond the one that begins its gap. */
  const missedPolls = (row: OwnRow, until: number | null): number => {
    const { serverId } = row.engineFacts
    const { readAt } = row.engineFigures
    if (readAt === null || until === null) return 0
    return Math.max(0, Math.min(historyLength, Math.round((until - readAt) / pollIntervalMs(engineServers.get(serverId))) - 2))
  }

  const forget = () => {
    engineServers = new Map()
    servers = new Map()
    silent.clear()
    bySlot = []
    byKey = new Map()
    ofServer = new Map()
    unsorted = new Set()
    allRows = null
    next.fill(0)
    filled.fill(0)
    engineTroubles = { list: [], total: 0 }
    troubles = { list: [], counts: emptyCounts }
    rowsVersion++
    factsVersion++
  }
  const removeRow = (row: OwnRow) => {
    bySlot[row.slot] = undefined
    if (byKey.get(row.key) === row) byKey.delete(row.key)
    const list = ofServer.get(row.facts.serverId)
    const place = list?.indexOf(row) ?? -1
    if (place >= 0) list?.splice(place, 1)
    next[row.slot] = 0
    filled[row.slot] = 0
    allRows = null
  }
  const judge = (row: OwnRow) => {
    const severity = severityOfStream(row.facts, row.figures)
    if (severity === row.severity) return false
    row.severity = severity
    return true
  }

  /** Facts and figures of a row as they are to be shown. */
  const show = (row: OwnRow) => {
    const { engineFacts, engineFigures } = row
    const server = silent.has(engineFacts.serverId) ? servers.get(engineFacts.serverId) : undefined
    row.facts = server ? factsOfSilent(engineFacts, server) : engineFacts
    row.figures = server ? { ...unknownFigures, readAt: engineFigures.readAt } : engineFigures
    return judge(row)
  }
  /** Takes servers that fell silent, or are heard again, with all their streams. Returns whether there are any. */
  const judgeAges = (): boolean => {
    let changed = false
    for (const server of engineServers.values()) {
      const { id } = server
      const old = isSilent(server, lookedAt)
      servers.set(id, old ? silentServer(server) : server)
      if (old === silent.has(id)) continue
      changed = true
      if (old) silent.add(id)
      else silent.delete(id)
      for (const row of ofServer.get(id) ?? []) {
        if (old && row.engineFigures.bitrateInBps !== null) remember(row.slot, null)
        show(row)
      }
    }
    if (changed) factsVersion++
    return changed
  }
  const listServers = () => {
    serverList = [...servers.values()].sort((a, b) => byName.compare(a.name, b.name))
    figures = sumFigures(serverList)
    oldestAnswer = findOldest(engineServers.values())
  }
  const takeServers = (changes: FleetChanges): boolean => {
    for (const id of changes.removedServers) {
      engineServers.delete(id)
      servers.delete(id)
      silent.delete(id)
      for (const row of [...(ofServer.get(id) ?? [])]) removeRow(row)
      ofServer.delete(id)
    }
    for (const server of changes.servers) {
      const before = engineServers.get(server.id)
      engineServers.set(server.id, server)
      if (before?.name !== server.name) {
        allRows = null
        for (const row of ofServer.get(server.id) ?? []) row.serverName = server.name
      }
    }
    if (!changes.reset && changes.servers.length === 0 && changes.removedServers.length === 0) return false
    const ages = judgeAges()
    listServers()
    return ages
  }
  const takeStreams = (streams: readonly StreamFacts[]) => {
    for (const facts of streams) {
      let row = bySlot[facts.slot]
      if (row && (row.facts.serverId !== facts.serverId || row.facts.path !== facts.path)) {
        removeRow(row)
        row = undefined
      }
      if (row) {
        row.engineFacts = facts
      } else {
        const key = keyOf(facts.serverId, facts.path)
        const engineFigures = { ...unknownFigures }
        const serverName = servers.get(facts.serverId)?.name ?? ''
        row = { slot: facts.slot, key, serverName, facts, figures: engineFigures, severity: null, engineFacts: facts, engineFigures }
        makeRoom(facts.slot + 1)
        next[facts.slot] = 0
        filled[facts.slot] = 0
        bySlot[facts.slot] = row
        byKey.set(key, row)
        const list = ofServer.get(facts.serverId)
        if (list) list.push(row)
        else ofServer.set(facts.serverId, [row])
        unsorted.add(facts.serverId)
        allRows = null
      }
      show(row)
    }
  }
  const takeFigures = (columns: FleetChanges['figures']) => {
    let rejudged = false
    for (let i = 0; i < columns.slot.length; i++) {
      const slot = columns.slot[i]
      const row = slot === undefined ? undefined : bySlot[slot]
      if (slot === undefined || row === undefined) continue
      const own = row.engineFigures
      const readAt = columns.readAt[i] ?? null
      const bitrate = columns.bitrateInBps[i] ?? null
      // One point a poll; and one for a gap when figures become unknown.
      if (readAt !== own.readAt || (bitrate === null && own.bitrateInBps !== null)) {
        if (bitrate !== null && own.bitrateInBps === null) for (let poll = missedPolls(row, readAt); poll > 0; poll--) remember(slot, null)
        remember(slot, bitrate)
      }
      own.bitrateInBps = bitrate
      own.bitrateOutBps = columns.bitrateOutBps[i] ?? null
      own.readers = columns.readers[i] ?? null
      own.ownReaders = columns.ownReaders[i] ?? 0
      own.lostLastMinute = columns.lostLastMinute[i] ?? null
      own.rttMs = columns.rttMs[i] ?? null
      own.readAt = readAt
      if (silent.has(row.facts.serverId) ? show(row) : judge(row)) rejudged = true
    }
    return rejudged
  }
  /** Of a silent server only what is wrong with itself is known. */
  const listTroubles = () => {
    const { list: all, total } = engineTroubles
    const list = silent.size === 0 ? all : all.filter(({ serverId, path }) => path === null || !silent.has(serverId))
    const counts = { critical: 0, major: 0, minor: 0, warning: 0, total: 0 }
    if (all.length >= total) for (const { severity } of list) counts[severity]++
    else {
      // The list was cut: the same judgement over everything we know gives whole numbers.
      for (const server of servers.values()) if (isServerTroubled(server)) counts.critical++
      for (const row of byKey.values()) if (row.severity !== null) counts[row.severity]++
    }
    counts.total = severities.reduce((sum, severity) => sum + counts[severity], 0)
    troubles = { list, counts }
  }

  return {
    apply: (changes) => {
      if (changes.reset || changes.launch !== launch) {
        forget()
        whole = false
      }
      if (!changes.more) whole = true
      launch = changes.launch
      revision = changes.revision
      at = changes.at
      version++
      const ages = takeServers(changes)
      for (const slot of changes.removedSlots) {
        const row = bySlot[slot]
        if (row) removeRow(row)
      }
      const rowsBefore = byKey.size
      takeStreams(changes.streams)
      const membership = allRows === null || byKey.size !== rowsBefore
      if (membership) rowsVersion++
      const rejudged = takeFigures(changes.figures)
      if (membership || rejudged || changes.streams.length > 0) factsVersion++
      if (changes.troubles !== null) engineTroubles = { list: changes.troubles, total: changes.troublesTotal }
      if (changes.troubles !== null || ages) listTroubles()
      consoleWhy = changes.consoleWhy
      if (changes.at - sumsAt >= sumsSpacingMs && servers.size > 0) {
        sumsAt = changes.at
        const push = (list: number[], value: number | null) => {
          list.push(value ?? Number.NaN)
          if (list.length > historyLength) list.shift()
        }
        push(sums.in, figures.totals.bitrateInBps)
        push(sums.out, figures.totals.bitrateOutBps)
        push(sums.readers, figures.totals.readers)
      }
    },
    look: (now) => {
      lookedAt = now
      if (!judgeAges()) return false
      version++
      listServers()
      listTroubles()
      return true
    },
    launch: () => launch,
    revision: () => revision,
    version: () => version,
    rowsVersion: () => rowsVersion,
    factsVersion: () => factsVersion,
    servers: () => serverList,
    server: (id) => servers.get(id),
    rows: () => {
      if (allRows === null) {
        const rows: StreamRow[] = []
        for (const server of serverList) rows.push(...sortedRows(server.id))
        allRows = rows
      }
      return allRows
    },
    rowsOfServer: (id) => sortedRows(id),
    row: (slot) => bySlot[slot],
    rowByPath: (serverId, path) => byKey.get(keyOf(serverId, path)),
    bitrates: (slot, into) => {
      const row = bySlot[slot]
      // Nothing comes of a server that is away: its lines end where their data did, and move on to the left with time.
      const missed = row?.facts.state === 'unknown' && (filled[slot] ?? 0) > 0 ? missedPolls(row, lookedAt) : 0
      const length = Math.min(filled[slot] ?? 0, historyLength - missed)
      const start = ((next[slot] ?? 0) - length + historyLength) % historyLength
      for (let i = 0; i < length; i++) into[i] = ring[slot * historyLength + ((start + i) % historyLength)] ?? Number.NaN
      into.fill(Number.NaN, length, length + missed)
      return length + missed
    },
    sums: (which) => sums[which],
    prepend: (row, line, at) => {
      const { slot } = row
      const own = bySlot[slot]
      const received = filled[slot] ?? 0
      if (own !== row || received >= historyLength) return
      const readAt = own.engineFigures.readAt ?? at
      // Below 0 where its server has been away: then the line goes on without data to `at`, as `bitrates` itself adds.
      const newer = Math.ceil((readAt - at) / pollIntervalMs(engineServers.get(own.engineFacts.serverId)))
      // What was received up to `at` is the end of the line too.
      const older = line.subarray(0, historyLength - Math.max(0, received - newer)).subarray(received - historyLength)
      for (let i = 1; i <= older.length; i++)
        ring[slot * historyLength + (((next[slot] ?? 0) - received - i + 2 * historyLength) % historyLength)] = older[older.length - i] ?? Number.NaN
      filled[slot] = received + older.length
    },
    prependSums: (which, line) => {
      sums[which] = [...line.subarray(0, -1), ...sums[which]].slice(-historyLength)
    },
    troubles: () => troubles,
    figures: () => figures,
    consoleWhy: () => consoleWhy,
    oldestAnswer: () => oldestAnswer,
    at: () => (whole ? at : null),
  }

  function sortedRows(id: string): readonly StreamRow[] {
    const list = ofServer.get(id)
    if (!list) return []
    if (unsorted.delete(id)) list.sort((a, b) => byName.compare(a.facts.path, b.facts.path))
    return list
  }
}
