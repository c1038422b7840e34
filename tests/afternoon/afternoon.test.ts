import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { createTestEngines, type TestEngines } from '../../src/engine/testEngines.ts'
import { createTestLog } from '../../src/engine/testLog.ts'
import { createConsoleServer } from '../../src/headless/http.ts'
import { eventText } from '../../src/i18n/eventText.ts'
import { reasonTextOrNull } from '../../src/i18n/reasonText.ts'
import { worstSign, worstText } from '../../src/main/worst.ts'
import { countOf, verdictOf } from '../../src/renderer/fleet/fleetFigures.ts'
import { createFleetState } from '../../src/renderer/fleet/fleetState.ts'
import { penaltyOrder } from '../../src/renderer/fleet/openAlarms.ts'
import { facetCounts } from '../../src/renderer/streams/streamFilter.ts'
import type { Alarm } from '../../src/shared/alarms.ts'
import { collapseEvents, type DeckEvent } from '../../src/shared/events.ts'
import type { EvaluatedServer, FleetSummary, TroubleReport } from '../../src/shared/fleet.ts'
import type { Host } from '../../src/shared/hosts.ts'
import { type Incident, isInTrouble, isOpenIncident, openIncidentsOf } from '../../src/shared/incidents.ts'
import { createNaming } from '../../src/shared/naming.ts'
import { soleOperator } from '../../src/shared/permissions.ts'
import type { Server } from '../../src/shared/servers.ts'
import { type Severity, severities, severityRank } from '../../src/shared/severities.ts'
import { type StreamFacts, type StreamReport, streamFactsSchema, streamStateCodes, streamStates } from '../../src/shared/streams.ts'
import { ownerIdOf, pathOf } from '../../src/shared/subjectNames.ts'
import { isTroubleKind } from '../../src/shared/troubles.ts'
import { createScriptedHost } from '../fakes/scriptedHost.ts'
import { comparePages } from './comparePages.ts'
import { acts, checksWanted, facts, floods, pageText, processEvents, processFacts, servers, together } from './script.ts'
import { openPages } from './shownPages.ts'

const startAt = Date.UTC(2026, 10, 14, 13, 0, 0)
/** Polls of a server that may be missed before nothing of it counts any more. */
const pollsUntilUnknown = 3
const token = 'a-token-for-tests-only'

// Rendered to text, React asks a store for its state on a server, which a window has none for: it is the same one.
vi.mock('react', async (original) => {
  const react = await original<typeof import('react')>()
  return { ...react, useSyncExternalStore: (subscribe: never, read: () => never) => react.useSyncExternalStore(subscribe, read, read) }
})

/** What one view says of a server or of a stream. */
interface Said {
  readonly view: string
  readonly state: string
  readonly inTrouble: boolean
}

const streamKey = (serverId: string, path: string) => `${serverId}/${path}`
/** What history keeps of a stream: not its handle, and not what changes with each poll. */
const keptOfStream = ({ slot: _, lastLiveAt, severity: __, ...kept }: StreamFacts & { readonly severity?: unknown }) => ({
  ...kept,
  lastLiveAt: kept.state === 'live' ? null : lastLiveAt,
})

/**
 * An afternoon in virtual time. At each second every view of the console is asked: the window's state (Overview, Streams, map,
 * penalty box), the pages of a server and of a stream, REST, the past at that very second, the last sample of history, the machine under
 * two servers, and the tray. At chosen moments the pages themselves are rendered and read.
 */
describe('an afternoon with everything that goes wrong', () => {
  let engines: TestEngines
  let fleet: DemoFleet
  const disagreements: string[] = []
  const wrong: string[] = []
  const old: string[] = []
  const evaluated = new Set<(typeof facts)[number]>()
  const readPages = new Set<(typeof pageText)[number]>()
  const evaluatedProcesses = new Set<(typeof processFacts)[number]>()
  const eventsOfProcesses: Record<string, readonly string[]> = {}
  let looks = 0

  beforeAll(async () => {
    engines = await createTestEngines(startAt, 30)
    const { clock, open } = engines
    fleet = open.use(await createDemoFleet({ clock, seed: 'afternoon', servers }))
    const rack = open.use(await createScriptedHost(clock))
    const knownHosts = join(engines.folder, 'known_hosts')
    writeFileSync(knownHosts, rack.ssh.knownHostsLine())
    const { engine, client } = await engines.start({ knownHostsFiles: [knownHosts] })
    const endpoint = await createConsoleServer({
      operator: soleOperator,
      engine,
      clock,
      log: createTestLog(),
      version: '0.0.0',
      token,
      listen: { host: '127.0.0.1', port: 0 },
      tls: null,
      publicUrls: [],
      trustedProxies: [],
      rendererDir: engines.folder,
    })
    if (!endpoint.ok) throw new Error(endpoint.error)
    /** The newest values up to now: undefined where there is none, null where a gap follows it. */
    const lastOf = async (series: Parameters<typeof client.history.range>[0]['series'], from: number) =>
      (await client.history.range({ series, from, to: clock.now() + 1, points: 100, totals: true })).map(({ gaps, last, lastAt }) => {
        const at = lastAt?.at(-1)
        return at === undefined ? undefined : (gaps.at(-1)?.[0] ?? at) > at ? null : last?.at(-1)
      })
    const rest = async <T>(path: string): Promise<T> => {
      const answer = await fetch(`${endpoint.value.url}/api${path}`, { headers: { Authorization: `Bearer ${token}` } })
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
      return (await answer.json()) as T
    }
    const ids = new Map<string, string>()
    for (const input of fleet.yamlServers()) ids.set(input.name, (await client.servers.add(input)).id)
    const names = new Map([...ids].map(([name, id]) => [id, name]))
    const idOf = (name: string) => ids.get(name) ?? ''
    /** Ids of the processes of each server that shares a machine, in the order in which they ran; and the entry of that machine for it. */
    const processes = new Map<string, number[]>()
    const hosts = new Map<string, string>()
    const portOf = (name: string) => Number(new URL(fleet.server(name).url).port)
    const starts = (name: string) => void processes.set(name, [...(processes.get(name) ?? []), rack.start(portOf(name))])
    for (const name of together) {
      starts(name)
      const added = await client.hosts.add({ name: `rack of ${name}`, ssh: rack.ssh.ssh, auth: { kind: 'password', password: 'secret' }, serverId: idOf(name) })
      hosts.set(name, added.id)
    }
    // Connecting takes real time, and is not what this is about: the afternoon begins when both were read.
    await vi.waitFor(
      async () => {
        await clock.advance(0)
        expect((await client.hosts.list()).map(({ state }) => state)).toEqual(together.map(() => 'up'))
      },
      { timeout: 60_000, interval: 10 },
    )
    const window = createFleetState()
    const pages = await openPages(engine)

    /** Asks every view at this moment and compares. */
    const look = async (second: number) => {
      looks++
      const at = clock.now()
      const note = (list: string[], words: string) => list.length < 200 && list.push(`${second} s: ${words}`)
      const same = (what: string, said: Readonly<Record<string, unknown>>) => {
        const [first, ...rest] = Object.entries(said)
        for (const [view, value] of rest)
          if (!isDeepStrictEqual(value, first?.[1])) note(disagreements, `${what}: ${first?.[0]} and ${view} differ: ${difference(first?.[1], value)}`)
      }

      window.apply(await client.fleet.changes({ launch: window.launch(), since: window.revision() }))
      window.look(at)
      const list = await client.servers.list()
      const reports = await rest<readonly StreamReport[]>('/streams')
      const troubles = await rest<readonly TroubleReport[]>('/troubles')
      const incidents = (await rest<readonly Incident[]>('/incidents')).filter(isOpenIncident)
      const alerts = await rest<readonly { readonly id: string }[]>('/monitoring/alerts')
      const summary = await rest<FleetSummary>('/fleet')
      const past = await client.fleet.past({ at })

      // Sums: the line of figures, the table of servers, the rows, REST.
      const figures = window.figures()
      same('servers up', { Overview: figures.serversUp, Servers: list.filter(({ state }) => state === 'up').length, REST: summary.serversUp })
      same('sums', { Overview: figures.totals, REST: summary.totals })
      const countByState = (rows: readonly { readonly state: string }[]) =>
        Object.fromEntries(streamStates.map((state) => [state, rows.filter((row) => row.state === state).length]))
      const { states: chips } = facetCounts(window.rows(), () => [], createNaming([]))
      same('streams by state', {
        Streams: countByState(window.rows().map((row) => row.facts)),
        chips: Object.fromEntries(streamStates.map((state) => [state, chips.get(state) ?? 0])),
        Overview: countOf(window.rows()).states,
        sums: Object.fromEntries(streamStates.map((state) => [state, figures.totals[state] ?? 0])),
        REST: countByState(reports),
        past: countByState(past.streams),
      })

      // What is wrong: open alarms, rows, REST, the past, tray.
      const cards = (window.alarms()?.list ?? []).filter((alarm) => isInTrouble(alarm, alarm.state))
      const brief = ({ id, kind, severity, since, why }: Pick<Alarm, 'id' | 'kind' | 'severity' | 'since' | 'why'>) => ({ id, kind, severity, since, why })
      const ofStreams = cards.filter(({ subject }) => subject.kind === 'server' || subject.kind === 'stream')
      same('in trouble', {
        alarms: cards.length,
        alerts: alerts.length,
        summary: summary.troubles,
        past: past.alarms?.filter((alarm) => isInTrouble(alarm, alarm.state)).length,
      })
      same('alarms', { window: cards.map(({ id }) => id), alerts: alerts.map(({ id }) => id) })
      same('alarms in full', { window: ofStreams.map(brief), REST: troubles.map(brief) })
      same('alarms now and in the past', { window: cards.map(brief), past: past.alarms?.filter((alarm) => isInTrouble(alarm, alarm.state)).map(brief) })
      const verdict = verdictOf({ gone: false, consoleWhy: window.consoleWhy(), alarms: window.alarms(), figures })
      // One count: header, title, tray, Overview, rules, REST, `/metrics` and the past.
      const open = window.alarms()?.open
      if (open === undefined) throw new Error('the window knows no alarms')
      const metrics = await (await fetch(`${endpoint.value.url}/metrics`, { headers: { Authorization: `Bearer ${token}` } })).text()
      const bySeverity = (list: readonly Pick<Incident, 'severity'>[]) =>
        Object.fromEntries(severities.map((severity) => [severity, list.filter((one) => one.severity === severity).length]))
      same('open incidents by severity', {
        REST: bySeverity(incidents),
        summary: summary.incidents,
        header: open.bySeverity,
        Overview: bySeverity(penaltyOrder(window.alarms()?.incidents ?? []).list),
        metrics: Object.fromEntries(severities.map((severity) => [severity, Number(metrics.match(`mtxdeck_incidents{severity="${severity}"} (\\d+)`)?.[1])])),
        past: openIncidentsOf(past.incidentCounts).bySeverity,
      })
      same('open incidents', { REST: incidents.length, title: open.total })
      same('the worst incident', { REST: incidents[0]?.severity ?? null, tray: open.worst })
      const tray = { verdict, severity: open.worst, count: open.total }
      const allKnown = incidents.length === 0 && cards.length === 0 && list.every(({ state, totals }) => state === 'up' && totals.unknown === 0)
      same('tray: all is well', { Overview: allKnown, tray: worstText({ state: 'ready' }, tray, 'en') === 'All is well', sign: worstSign(tray) === 'ok' })
      const [first] = incidents
      if (first !== undefined)
        same('tray in words', {
          REST: incidents.length === 1 ? `1 open incident: ${first.severity}` : `${incidents.length} open incidents, the worst is ${first.severity}`,
          tray: worstText({ state: 'ready' }, tray, 'en'),
        })

      // Each server on each page.
      const byState = cards.filter(({ kind }) => isTroubleKind(kind))
      const troubledServers = new Set(byState.filter(({ subject }) => subject.kind === 'server').map(({ subject }) => ownerIdOf(subject)))
      for (const server of list) {
        const name = names.get(server.id) ?? ''
        const page = await client.servers.get({ id: server.id })
        const then = past.servers.find(({ id }) => id === server.id)
        // Its severity comes with it on the feed only.
        const agelessly = (one: EvaluatedServer | undefined) => one && { ...one, severity: undefined }
        same(`${name}: severity`, {
          alarms: cards.find(({ subject }) => subject.kind === 'server' && subject.serverId === server.id)?.severity ?? null,
          window: window.severityOfServer(server.id),
          past: then?.severity ?? null,
        })
        same(name, { list: agelessly(server), page: agelessly(page), Overview: agelessly(window.server(server.id)) })
        const clockOf = (one: Server | undefined) => one && [one.state, one.stateSince, one.outageSince]
        same(`${name}: state and since when`, { now: clockOf(server), past: clockOf(then) })
        const counted = countOf(window.rowsOfServer(server.id))
        const seen = server.totals.streams !== null
        same(`${name}: its streams`, {
          REST: server.totals.streams,
          card: seen ? counted.streams : null,
          past: then?.totals.streams,
        })
        const card = byState.find(({ subject }) => subject.kind === 'server' && subject.serverId === server.id)
        same(`${name}: its unknown streams`, {
          REST: server.totals.unknown,
          card: seen ? counted.states.unknown : null,
        })
        same(`${name}: those it had on air`, { REST: server.totals.unknownOnAir, trouble: card ? card.streams : server.totals.unknownOnAir })
        const said: Said = { view: 'every view', state: server.state, inTrouble: troubledServers.has(server.id) }
        evaluate(name, null, said)
        const lastAnswer = fleet
          .server(name)
          .asked()
          .findLast(({ url, endpoint, authorized }) => endpoint === 'api' && authorized && url.startsWith('/v3/paths/list'))
        if (server.lastAnswerAt !== null && lastAnswer !== undefined && server.lastAnswerAt > lastAnswer.at + 1_000)
          note(old, `${name}: its last answer is dated ${server.lastAnswerAt - lastAnswer.at} ms after it was asked last`)
      }

      // The machine under two of them: whose process it shows, and since when.
      const listed = await client.hosts.list()
      same('hosts', { list: listed, REST: await rest<readonly Host[]>('/hosts') })
      const memory = [...hosts.values()].map((serverId) => ({ serverId, path: '', metric: 'host.mediaMemory' as const }))
      const memoryNow = await lastOf(memory, at - 10_000)
      for (const [place, [name, hostId]] of [...hosts].entries()) {
        const host = listed.find(({ id }) => id === hostId)
        const shownPid = host?.reading?.mediaServer?.pid ?? null
        for (const fact of processFacts) {
          if (fact.server !== name || second < fact.from || second >= fact.to) continue
          evaluatedProcesses.add(fact)
          const right = fact.runs === null ? null : (processes.get(name)?.[fact.runs - 1] ?? 0)
          if (host?.state !== 'up' || shownPid !== right)
            note(wrong, `the host of ${name} is ${host?.state} and shows process ${shownPid}, and should show ${right}`)
        }
        const last = memoryNow[place]
        if (host?.state === 'up' && last !== undefined) same(`host of ${name}: its process`, { Host: shownPid !== null, history: last !== null })
      }

      // Each stream in each view.
      const reportOf = new Map(reports.map((report) => [streamKey(report.serverId, report.name), report]))
      const pastOf = new Map(past.streams.map((one) => [streamKey(one.serverId, one.path), one]))
      const keyOf = ({ subject }: Alarm) => streamKey(ownerIdOf(subject), pathOf(subject) ?? '')
      const troubled = new Map(byState.map((card) => [keyOf(card), card]))
      const worstOf = new Map<string, Severity>()
      for (const card of cards.toSorted((a, b) => severityRank[b.severity] - severityRank[a.severity])) worstOf.set(keyOf(card), card.severity)
      for (const row of window.rows()) {
        const { serverId, path, state } = row.facts
        const key = streamKey(serverId, path)
        const name = names.get(serverId) ?? ''
        const what = `${name}/${path}`
        const report = reportOf.get(key)
        const page = await client.streams.get({ serverId, path })
        same(what, { Streams: keptOfStream(row.facts), page: keptOfStream(streamFactsSchema.parse(page)) })
        same(`${what}: state and why`, { Streams: [state, reasonTextOrNull(row.facts.why, 'en')], REST: [report?.state, report?.reason] })
        same(`${what}: figures`, {
          Streams: [row.figures.bitrateInBps, row.figures.bitrateOutBps, row.figures.readers, row.figures.lostLastMinute, row.figures.readAt],
          page: [page.figures.bitrateInBps, page.figures.bitrateOutBps, page.figures.readers, page.figures.lostLastMinute, page.figures.readAt],
        })
        same(`${what}: when its outage began`, { Streams: row.facts.outageSince, REST: report?.outageSince ? Date.parse(report.outageSince) : null })
        same(`${what}: rates`, { Streams: [row.figures.bitrateInBps, row.figures.bitrateOutBps], REST: [report?.bitrateInBps, report?.bitrateOutBps] })
        const then = pastOf.get(key)
        same(`${what}: now and in the past`, { Streams: keptOfStream(row.facts), past: then && keptOfStream(then) })
        const card = troubled.get(key)
        same(`${what}: severity`, { Streams: row.severity, alarms: worstOf.get(key) ?? null, REST: report?.severity, past: then?.severity })
        if (card) same(`${what}: the outage's clock`, { card: card.since, Streams: row.facts.outageSince ?? row.figures.lossSince ?? card.since })
        evaluate(name, path, { view: 'every view', state, inTrouble: card !== undefined })

        const { readAt } = row.figures
        const server = window.server(serverId)
        const interval = (server?.cost?.effectiveIntervalSeconds ?? server?.intervalSeconds ?? 2) * 1000
        if (state !== 'unknown' && readAt !== null && at - readAt > (pollsUntilUnknown + 1) * interval)
          note(old, `${what} is shown as ${state}, and was read ${(at - readAt) / 1000} s ago`)
      }
      // The pages of the window, as texts, at chosen moments.
      const words = pageText.filter((one) => one.at === second)
      if (words.length > 0) {
        const texts = await comparePages(pages, at, { summary, servers: list, reports, troubles, incidents }, same)
        for (const one of words) {
          readPages.add(one)
          if (!texts.get(one.page)?.some((text) => one.says.test(text)))
            note(wrong, `${one.page} does not say ${one.says}: ${texts.get(one.page)?.slice(0, 40).join(' | ')}`)
        }
      }

      const series = window.rows().map(({ facts: { serverId, path } }) => ({ serverId, path, metric: 'path.state' as const }))
      for (let first = 0; first < series.length; first += 64) {
        const piece = series.slice(first, first + 64)
        const lasts = await lastOf(piece, at - 60_000)
        for (const [i, { serverId, path }] of piece.entries()) {
          const { facts: now, figures: read } = window.rowByPath(serverId, path) ?? {}
          // A poll that failed leaves a gap; only of an answer there is a sample.
          const value = lasts[i]
          if (!now || now.state === 'unknown' || value == null || read?.readAt === null || read?.readAt === undefined) continue
          same(`${names.get(serverId)}/${path}: last sample`, { Streams: streamStateCodes[now.state], history: value })
        }
      }

      function evaluate(server: string, path: string | null, said: Said) {
        for (const fact of facts) {
          if (fact.server !== server || second < fact.from || second >= fact.to) continue
          if (path === null ? fact.path !== undefined : fact.path !== path && fact.path !== '*') continue
          evaluated.add(fact)
          const what = path === null ? server : `${server}/${path}`
          if (!(fact.is as readonly string[]).includes(said.state)) note(wrong, `${what} is ${said.state}, and should be ${fact.is.join(' or ')}`)
          if (fact.inTrouble !== undefined && said.inTrouble !== fact.inTrouble)
            note(wrong, `${what} is ${said.inTrouble ? '' : 'not '}in trouble as ${said.state}, and should${fact.inTrouble ? '' : ' not'} be`)
        }
      }
    }

    const due = [...acts]
    for (let second = 0; second < checksWanted; second++) {
      const elapsed = () => Math.floor((clock.now() - startAt) / 1000)
      while (due[0] !== undefined && due[0].at <= second)
        await due.shift()?.run({
          fleet,
          sleep: (seconds) => clock.sleepMachine(seconds * 1000),
          tryNow: async (name) => void (await client.servers.tryNow({ id: idOf(name) })),
          process: { ends: (name) => rack.end(portOf(name)), starts },
        })
      await clock.advance(1_000)
      await look(elapsed())
      // What is done next is not done at that very moment.
      await clock.advance(1)
    }
    const eventsOf = async (serverId: string, from: number, to: number) => {
      const [page, list] = await Promise.all([
        client.history.events({ serverId, from, to, limit: 500 }),
        rest<readonly DeckEvent[]>(`/events?serverId=${serverId}&from=${from}&to=${to}&limit=500`),
      ])
      // A window puts events into words itself.
      if (
        !isDeepStrictEqual(
          page.map((event) => ({ ...event, text: eventText(event, 'en') })),
          list,
        )
      )
        disagreements.push(`events of ${serverId}: ${page.length} in History, ${list.length} by REST`)
      return page
    }
    for (const [name, hostId] of hosts) {
      const events = await eventsOf(hostId, startAt, clock.now() + 1)
      eventsOfProcesses[name] = events
        .map(({ kind }) => kind)
        .filter((kind) => kind.startsWith('mediaServer'))
        .reverse()
    }
    for (const { from, to, server, path, kinds, mostRows } of floods) {
      const events = await eventsOf(idOf(server), startAt + from * 1000, startAt + to * 1000)
      const rows = collapseEvents(events.filter((event) => (kinds?.includes(event.kind) ?? true) && (path === undefined || pathOf(event.subject) === path)))
      if (rows.length === 0 || rows.length > mostRows)
        wrong.push(`${server} from ${from} to ${to} s: ${rows.length} rows: ${rows.map(({ event }) => eventText(event, 'en')).join(' | ')}`)
    }
    pages.close()
    await endpoint.value[Symbol.asyncDispose]()
  }, 600_000)
  afterAll(() => engines[Symbol.asyncDispose]())

  it('was looked at in every second', () => {
    expect(looks).toBe(checksWanted)
    expect(engines.bugs).toEqual([])
  })
  it('is the same in every view', () => {
    expect(disagreements).toEqual([])
  })
  it('is shown as it was', () => {
    expect([evaluated.size, evaluatedProcesses.size, readPages.size]).toEqual([facts.length, processFacts.length, pageText.length])
    expect(wrong).toEqual([])
    expect(eventsOfProcesses).toEqual(processEvents)
  })
  it('never shows anything that is older than it says', () => {
    expect(old).toEqual([])
  })
})

/** Where two values differ, by the names of their fields where they have such. */
function difference(a: unknown, b: unknown): string {
  const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isRecord(a) || !isRecord(b)) return `${JSON.stringify(a)}, ${JSON.stringify(b)}`
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((name) => !isDeepStrictEqual(a[name], b[name]))
    .map((name) => `${name} ${difference(a[name], b[name])}`)
    .join('; ')
}
