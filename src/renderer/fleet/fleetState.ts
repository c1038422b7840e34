import type { EvaluatedServer, EvaluatedStream, FleetChanges } from '../../shared/fleet.ts'
import type { Reason } from '../../shared/reasons.ts'
import { pollIntervalMs, type Server, type ServerTotals } from '../../shared/servers.ts'
import type { Severity } from '../../shared/severities.ts'
import { unknownFigures } from '../../shared/streams.ts'
import { findOldest, type OldestAnswer, sumFigures } from './fleetFigures.ts'
import { byName, createFleetRows, keyOf, type OwnRow, type StreamRow } from './fleetRows.ts'
import { type OpenAlarms, openAlarms } from './openAlarms.ts'
import { factsOfSilent, isSilent, silentServer } from './silence.ts'

/** Pure: no time, no network, no browser. */
export type FleetState = ReturnType<typeof createFleetState>
export function createFleetState() {
  let launch: string | null = null
  let revision = 0
  let version = 0
  let factsVersion = 0
  let at: number | null = null
  /** False while the pieces of a complete fleet are being received. */
  let whole = false
  let consoleWhy: Reason | null = null
  /** Engine's clock. */
  let lookedAt = Number.NEGATIVE_INFINITY
  let alarms: OpenAlarms | null = null
  const servers = createFleetServers()
  const rows = createFleetRows()
  const lines = createStreamLines((serverId) => pollIntervalMs(servers.sent(serverId)))
  const sums = createSumLines()

  const forget = () => {
    servers.clear()
    rows.clear()
    lines.clearAll()
    alarms = null
    factsVersion++
  }
  const removeRow = (row: OwnRow) => {
    rows.remove(row)
    lines.clear(row.slot)
  }

  const show = (row: OwnRow) => {
    const { engineFacts, engineFigures } = row
    const server = servers.isSilent(engineFacts.serverId) ? servers.byId(engineFacts.serverId) : undefined
    row.facts = server ? factsOfSilent(engineFacts, server) : engineFacts
    row.figures = server ? { ...unknownFigures, readAt: engineFigures.readAt } : engineFigures
    row.severity = server ? null : engineFacts.severity
  }
  /** Of servers that fell silent or answer again. Returns whether there were any. */
  const evaluateAges = (): boolean => {
    const changed = servers.evaluate(lookedAt)
    for (const id of changed)
      for (const row of rows.ofServer(id)) {
        if (servers.isSilent(id)) lines.breakOff(row)
        show(row)
      }
    if (changed.length > 0) factsVersion++
    return changed.length > 0
  }
  const applyServers = (changes: FleetChanges) => {
    for (const id of changes.removedServers) {
      servers.remove(id)
      for (const row of [...rows.ofServer(id)]) removeRow(row)
    }
    for (const server of changes.servers) {
      const before = servers.sent(server.id)
      servers.put(server)
      if (before?.name !== server.name) rows.renameServer(server.id, server.name)
    }
    if (!changes.reset && changes.servers.length === 0 && changes.removedServers.length === 0) return
    evaluateAges()
    servers.relist()
  }
  const applyStreams = (streams: readonly EvaluatedStream[]) => {
    for (const facts of streams) {
      const { slot, serverId, path } = facts
      let row = rows.bySlot(slot)
      if (row && (row.facts.serverId !== serverId || row.facts.path !== path)) {
        removeRow(row)
        row = undefined
      }
      if (row) row.engineFacts = facts
      else {
        const engineFigures = { ...unknownFigures }
        const serverName = servers.byId(serverId)?.name ?? ''
        row = { slot, key: keyOf(serverId, path), serverName, facts, figures: engineFigures, severity: null, engineFacts: facts, engineFigures }
        lines.begin(slot)
        rows.add(row)
      }
      show(row)
    }
  }
  const applyFigures = (columns: FleetChanges['figures']) => {
    for (let i = 0; i < columns.slot.length; i++) {
      const slot = columns.slot[i]
      const row = slot === undefined ? undefined : rows.bySlot(slot)
      if (slot === undefined || row === undefined) continue
      const own = row.engineFigures
      const readAt = columns.readAt[i] ?? null
      const bitrate = columns.bitrateInBps[i] ?? null
      lines.addPoll(row, readAt, bitrate)
      own.bitrateInBps = bitrate
      own.bitrateOutBps = columns.bitrateOutBps[i] ?? null
      own.readers = columns.readers[i] ?? null
      own.ownReaders = columns.ownReaders[i] ?? 0
      own.lostLastMinute = columns.lostLastMinute[i] ?? null
      own.rttMs = columns.rttMs[i] ?? null
      own.readAt = readAt
      if (servers.isSilent(row.facts.serverId)) show(row)
    }
  }

  return {
    apply: (changes: FleetChanges): void => {
      if (changes.reset || changes.launch !== launch) {
        forget()
        whole = false
      }
      if (!changes.more) whole = true
      launch = changes.launch
      revision = changes.revision
      at = changes.at
      version++
      applyServers(changes)
      for (const slot of changes.removedSlots) {
        const row = rows.bySlot(slot)
        if (row) removeRow(row)
      }
      applyStreams(changes.streams)
      const membership = rows.isListOld()
      applyFigures(changes.figures)
      if (membership || changes.streams.length > 0) factsVersion++
      if (changes.alarms !== null) alarms = openAlarms(changes)
      consoleWhy = changes.consoleWhy
      if (servers.size() > 0) sums.add(changes.at, servers.figures().totals)
    },
    /** A server that missed three polls by `now`, engine's clock, is unknown with its streams. Returns whether anything changed. Not for the past. */
    look: (now: number): boolean => {
      lookedAt = now
      if (!evaluateAges()) return false
      version++
      servers.relist()
      return true
    },
    launch: () => launch,
    revision: () => revision,
    version: () => version,
    /** Changes of states, tracks, severities or membership, after which filters must run again. */
    factsVersion: () => factsVersion,
    /** Sorted by name. A new array only after a change. */
    servers: servers.list,
    server: servers.byId,
    /** By server, then path. A new array only when streams appeared or vanished. */
    rows: (): readonly StreamRow[] => rows.list(servers.list()),
    rowsOfServer: (id: string): readonly StreamRow[] => rows.sortedOfServer(id),
    row: (slot: number): StreamRow | undefined => rows.bySlot(slot),
    rowByPath: (serverId: string, path: string): StreamRow | undefined => rows.byPath(serverId, path),
    /** Oldest first, NaN if unknown; returns their number. `into` has room for `historyLength`. */
    bitrates: (slot: number, into: Float64Array | Float32Array): number => {
      const row = rows.bySlot(slot)
      return row === undefined ? 0 : lines.read(row, lookedAt, into)
    },
    sums: sums.read,
    /** null: nothing has been received. A new object only after a change. */
    alarms: () => alarms,
    /** Of the alarms about the server itself that are `isInTrouble`. */
    severityOfServer: (id: string): Severity | null => servers.sent(id)?.severity ?? null,
    figures: servers.figures,
    consoleWhy: () => consoleWhy,
    /** Of the servers that should answer; null: none has answered yet. */
    oldestAnswer: servers.oldestAnswer,
    /** Of the last change, engine's clock; null: none so far. */
    at: () => (whole ? at : null),
  }
}
/** As last sent by the engine and as shown, which differ while a server is silent. */
function createFleetServers() {
  const sent = new Map<string, EvaluatedServer>()
  const shown = new Map<string, Server>()
  const silent = new Set<string>()
  let list: readonly Server[] = []
  let figures = sumFigures([])
  let oldestAnswer: OldestAnswer | null = null
  return {
    size: () => shown.size,
    byId: (id: string) => shown.get(id),
    /** Sorted by name. A new array only after a change. */
    list: (): readonly Server[] => list,
    figures: () => figures,
    oldestAnswer: (): OldestAnswer | null => oldestAnswer,
    sent: (id: string) => sent.get(id),
    isSilent: (id: string) => silent.has(id),
    put: (server: EvaluatedServer) => void sent.set(server.id, server),
    remove: (id: string) => {
      sent.delete(id)
      shown.delete(id)
      silent.delete(id)
    },
    clear: () => {
      sent.clear()
      shown.clear()
      silent.clear()
    },
    /** Judges ages at `now`, engine's clock. Returns servers that fell silent or answer again. */
    evaluate: (now: number): readonly string[] => {
      const changed: string[] = []
      for (const server of sent.values()) {
        const { id } = server
        const old = isSilent(server, now)
        shown.set(id, old ? silentServer(server) : server)
        if (old === silent.has(id)) continue
        changed.push(id)
        if (old) silent.add(id)
        else silent.delete(id)
      }
      return changed
    },
    relist: () => {
      list = [...shown.values()].sort((a, b) => byName.compare(a.name, b.name))
      figures = sumFigures(list)
      oldestAnswer = findOldest(sent.values())
    },
  }
}
/** The bit rate at each of the last polls, NaN for missing polls. */
function createStreamLines(pollIntervalMsOf: (serverId: string) => number) {
  const rings = createBitrateRings()
  /** Between the last answer and `until` without points in the line, not counting the one that begins the gap. */
  const missedPolls = ({ engineFacts, engineFigures: { readAt } }: OwnRow, until: number | null): number => {
    if (readAt === null || until === null) return 0
    return Math.max(0, Math.min(historyLength, Math.round((until - readAt) / pollIntervalMsOf(engineFacts.serverId)) - 2))
  }
  return {
    begin: (slot: number) => {
      rings.makeRoom(slot + 1)
      rings.clear(slot)
    },
    /** Called before the row is updated. */
    addPoll: (row: OwnRow, readAt: number | null, bitrate: number | null) => {
      const { slot, engineFigures: last } = row
      // One point per poll, and one for the gap when figures become unknown.
      if (readAt === last.readAt && (bitrate !== null || last.bitrateInBps === null)) return
      if (bitrate !== null && last.bitrateInBps === null) for (let poll = missedPolls(row, readAt); poll > 0; poll--) rings.add(slot, null)
      rings.add(slot, bitrate)
    },
    breakOff: ({ slot, engineFigures }: OwnRow) => {
      if (engineFigures.bitrateInBps !== null) rings.add(slot, null)
    },
    /** As of `now`, oldest first; returns the number of values. */
    read: (row: OwnRow, now: number, into: Float64Array | Float32Array): number => {
      const { slot, facts } = row
      // A server that is down adds no points: its lines end with their data and move left as time passes.
      const missed = facts.state === 'unknown' && rings.count(slot) > 0 ? missedPolls(row, now) : 0
      const length = rings.read(slot, historyLength - missed, into)
      into.fill(Number.NaN, length, length + missed)
      return length + missed
    },
    clear: rings.clear,
    clearAll: rings.clearAll,
  }
}

const sumIds = ['in', 'out', 'readers'] as const
type SumId = (typeof sumIds)[number]
/** Several ticks of the same poll count as one. */
const sumsSpacingMs = 1900
function createSumLines() {
  const lines: Record<SumId, readonly number[]> = { in: [], out: [], readers: [] }
  let newest = Number.NEGATIVE_INFINITY
  const append = (which: SumId, value: number | null) => {
    lines[which] = [...lines[which], value ?? Number.NaN].slice(-historyLength)
  }
  return {
    read: (which: SumId) => lines[which],
    add: (at: number, totals: ServerTotals) => {
      if (at - newest < sumsSpacingMs) return
      newest = at
      append('in', totals.bitrateInBps)
      append('out', totals.bitrateOutBps)
      append('readers', totals.readers)
    },
  }
}

export type ReadFleet = Omit<FleetState, 'apply' | 'look'>

/** Larger than any version of a single fleet. */
const versionsOfOne = 2 ** 40

/** The live fleet and the past one, of which one is shown. */
export function createShownFleet() {
  const live = createFleetState()
  let past: FleetState | null = null
  let visit = 0
  const shown = () => past ?? live
  const unique = (version: number) => visit * versionsOfOne + version
  const noSums: readonly number[] = []
  type Methods = Readonly<Record<string, (...given: unknown[]) => unknown>>
  const ofShown: Methods = Object.fromEntries(
    Object.keys(live).map((name) => [name, (...given: unknown[]) => (shown() as unknown as Methods)[name]?.(...given)]),
  )
  const fleet: ReadFleet = {
    ...(ofShown as unknown as ReadFleet),
    version: () => unique(shown().version()),
    factsVersion: () => unique(shown().factsVersion()),
    // Pictures at a moving cursor are not consecutive polls, so they can't form a line.
    bitrates: (slot, into) => (past === null ? live.bitrates(slot, into) : 0),
    sums: (which) => (past === null ? live.sums(which) : noSums),
  }
  return {
    /** Versions never repeat across the two, so that results cached from one are not used for the other. */
    fleet,
    live,
    /** Empty until `applyPast`, because live data would be wrong there. */
    toPast: () => {
      past = createFleetState()
      visit++
    },
    toNow: () => {
      if (past === null) return
      past = null
      visit++
    },
    inPast: () => past !== null,
    /** Ignored while the live fleet is shown. */
    applyPast: (changes: FleetChanges) => past?.apply(changes),
  }
}

export const historyLength = 60

/** Ring buffers of the last bit rates, one per stream slot. NaN: unknown. */
export function createBitrateRings() {
  let ring = new Float32Array(0)
  let next = new Uint8Array(0)
  let filled = new Uint8Array(0)

  const grow = <T extends Float32Array | Uint8Array>(old: T, grown: T): T => {
    grown.set(old)
    return grown
  }
  /** `back` places before the next one. */
  const placeOf = (slot: number, back: number) => slot * historyLength + (((next[slot] ?? 0) - back + 2 * historyLength) % historyLength)

  return {
    makeRoom: (slots: number) => {
      if (slots <= next.length) return
      const size = Math.max(256, 2 ** Math.ceil(Math.log2(slots)))
      ring = grow(ring, new Float32Array(size * historyLength))
      next = grow(next, new Uint8Array(size))
      filled = grow(filled, new Uint8Array(size))
    },
    add: (slot: number, bitrate: number | null) => {
      const place = next[slot] ?? 0
      ring[slot * historyLength + place] = bitrate ?? Number.NaN
      next[slot] = (place + 1) % historyLength
      filled[slot] = Math.min(historyLength, (filled[slot] ?? 0) + 1)
    },
    clear: (slot: number) => {
      next[slot] = 0
      filled[slot] = 0
    },
    clearAll: () => {
      next.fill(0)
      filled.fill(0)
    },
    count: (slot: number): number => filled[slot] ?? 0,
    /** The last values, oldest first; returns their number. */
    read: (slot: number, most: number, into: Float64Array | Float32Array): number => {
      const length = Math.min(filled[slot] ?? 0, most)
      for (let i = 0; i < length; i++) into[i] = ring[placeOf(slot, length - i)] ?? Number.NaN
      return length
    },
  }
}
