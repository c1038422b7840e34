import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import BetterSqlite3 from 'better-sqlite3'
import { createSlices } from '../../clock/slices.ts'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import type { StreamOrigin } from '../../shared/alarms.ts'
import type { RuleInput } from '../../shared/rules.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import type { Server } from '../../shared/servers.ts'
import { type StreamFacts, unknownFacts, unknownFigures } from '../../shared/streams.ts'
import type { AlarmSubject, Subject } from '../../shared/subjectNames.ts'
import { ownerIdOf, pathOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { createMaintenance } from '../maintenance/maintenance.ts'
import { weeklyBegins, weeklyHours } from '../maintenance/windows.ts'
import { createNotifications } from '../notifications/notifications.ts'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { createTestLog } from '../testLog.ts'
import { Alarms } from './alarms.ts'
import { alarmMigrations } from './alarmsDatabase.ts'
import { createEvaluation } from './evaluation.ts'
import type { Seen, Trouble } from './expectedAlarms.fixture.ts'

export const serverIds = ['berlin', 'hamburg'] as const
export type ServerId = (typeof serverIds)[number]
/** Path to server. No path exists on both servers. */
export const streamsOf = { cam1: 'berlin', cam2: 'berlin', gate1: 'hamburg', gate2: 'hamburg' } as const satisfies Record<string, ServerId>
export type Path = keyof typeof streamsOf
export const paths = Object.keys(streamsOf) as readonly Path[]
/** `studio`: reminded every 30 s. `boss`: escalation of unacknowledged incidents. `night`: only at some hours. `page`: at most 2 messages per minute. `daily`: one digest per minute. */
export const channelNames = ['ops', 'studio', 'worst', 'boss', 'night', 'page', 'daily'] as const
export type ChannelName = (typeof channelNames)[number]

/** `unknown`: the console has no network, or was asleep. */
export type ServerState = 'up' | 'down' | 'paused' | 'unknown'
export type StreamState = 'live' | 'undecided' | 'gone' | 'stalled' | 'slate'

/** The actual state of servers and streams, whether the console knows it or not. */
export interface World {
  readonly servers: Record<ServerId, ServerState>
  readonly streams: Record<Path, StreamState>
  /** Since when the streams are in their states. */
  readonly since: Record<Path, number>
}
export function allWell(): World {
  return {
    servers: { berlin: 'up', hamburg: 'up' },
    streams: { cam1: 'live', cam2: 'live', gate1: 'live', gate2: 'live' },
    since: { cam1: 0, cam2: 0, gate1: 0, gate2: 0 },
  }
}
export function befall({ streams, since }: World, path: Path, state: StreamState, at: number): void {
  if (streams[path] === state) return
  streams[path] = state
  since[path] = at
}

/** What operators can change in the rules of the tests. */
export interface Law {
  /** Where a gone stream raises an alarm: everywhere, cameras only, or nowhere. */
  readonly gone: 'everywhere' | 'cameras' | 'nowhere'
  readonly goneOnDelay: number
  readonly goneOffDelay: number
  readonly goneSeverity: 'critical' | 'minor'
  readonly stalled: boolean
}
export const defaultLaw: Law = { gone: 'everywhere', goneOnDelay: 5, goneOffDelay: 5, goneSeverity: 'critical', stalled: true }

/** The rules of the tests. `delaysOf` states the same independently. */
const rulesOf = ({ gone, goneOnDelay, goneOffDelay, goneSeverity, stalled }: Law): readonly RuleInput[] => [
  {
    id: 'streamGone',
    enabled: gone !== 'nowhere',
    severity: goneSeverity,
    onDelaySeconds: goneOnDelay,
    offDelaySeconds: goneOffDelay,
    ...(gone === 'cameras' && { streams: ['cam*'] }),
    exceptions: [{ streams: ['gate*'], servers: ['hamburg'], onDelaySeconds: 12, reason: 'far away' }],
  },
  { id: 'streamStalled', enabled: stalled, onDelaySeconds: 0, offDelaySeconds: 7, streams: ['cam*'] },
  { id: 'slateOnAir', onDelaySeconds: 3, offDelaySeconds: 0, exceptions: [{ streams: ['cam2'], enabled: false, reason: 'a test pattern' }] },
]
/** Seconds until a trouble raises an alarm, and until that alarm is cleared; null: it raises none. */
export function delaysOf(trouble: Trouble, of: ServerId | Path, law: Law): { readonly onDelay: number; readonly offDelay: number } | null {
  const isCamera = of === 'cam1' || of === 'cam2'
  if (trouble === 'down') return { onDelay: 0, offDelay: 5 }
  if (trouble === 'stalled') return isCamera && law.stalled ? { onDelay: 0, offDelay: 7 } : null
  if (trouble === 'slate') return of === 'cam2' ? null : { onDelay: 3, offDelay: 0 }
  if (law.gone === 'nowhere' || (law.gone === 'cameras' && !isCamera)) return null
  return { onDelay: isCamera ? law.goneOnDelay : 12, offDelay: law.goneOffDelay }
}
export function seenOf(of: ServerId | Path, { servers, streams }: World, law: Law, isAsked: (server: ServerId) => boolean): Seen {
  const seen = (trouble: Trouble): Seen => (delaysOf(trouble, of, law) === null ? { is: 'well' } : { is: 'wrong', trouble })
  if (of === 'berlin' || of === 'hamburg') {
    if (!isAsked(of) || servers[of] === 'paused' || servers[of] === 'unknown') return { is: 'unknown' }
    return servers[of] === 'down' ? seen('down') : { is: 'well' }
  }
  const server = streamsOf[of]
  if (!isAsked(server) || servers[server] !== 'up') return { is: 'unknown' }
  switch (streams[of]) {
    case 'undecided':
      return { is: 'undecided' }
    case 'live':
      return { is: 'well' }
    default:
      return seen(streams[of])
  }
}

/** A message received by a channel. */
export interface Received {
  readonly event: 'start' | 'update' | 'end'
  readonly key: string
  /** When it was composed, ISO 8601. */
  readonly at: string
  readonly mayRepeat: boolean
  readonly startMissed: boolean
}
/** A message as sent; a summary contains several in `items`. */
interface ReceivedBody extends Omit<Received, 'event'> {
  readonly event: Received['event'] | 'summary'
  readonly items?: readonly Received[]
}
/** `breaks`: the message arrives, but the connection is cut before the response. */
export type Answer = 'takes' | 'fails' | 'breaks'

/** A clock that continues with the next timer only when the work started by the previous one has ended. */
export function createSettlingClock(startAt: number, current: () => Pick<Console, 'settled'> | null): TestClock {
  return createTestClock(startAt, async () => {
    for (let round = 0; round < 2; round++) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      await current()?.settled()
    }
  })
}

/** What happens to messages in transit. A test may replace the functions at any time. */
export interface OnTheWay {
  /** true: the current request is lost and never arrives. */
  isLost: () => boolean
  onArrival: () => void
}
export function nothingOnTheWay(): OnTheWay {
  return { isLost: () => false, onArrival: () => undefined }
}

/** Real HTTP receivers, which outlive the consoles. */
export async function createReceivers(way: OnTheWay) {
  const answers = new Map<string, Answer>()
  const received = new Map<string, Received[]>()
  const take = (request: IncomingMessage, response: ServerResponse) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    request.on('end', () => {
      const name = request.url?.slice(1) ?? ''
      const answer = answers.get(name) ?? 'takes'
      if (way.isLost()) {
        response.destroy()
        return
      }
      if (answer !== 'fails') {
        const got = JSON.parse(text) as ReceivedBody
        received.set(name, [...(received.get(name) ?? []), ...(got.items ?? [got as Received])])
      }
      way.onArrival()
      if (answer === 'breaks') response.destroy()
      else response.writeHead(answer === 'takes' ? 200 : 500).end()
    })
  }
  const server = createServer(take)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    channels: channelNames.map((name) => ({
      name,
      webhook: `http://127.0.0.1:${port}/${name}`,
      ...(name === 'daily' && { digestMinutes: 1 }),
      ...(name === 'page' && { atMost: pageLimit.messages, perMinutes: pageLimit.seconds / 60 }),
    })),
    answer: (name: ChannelName, answer: Answer) => void answers.set(name, answer),
    receivedBy: (name: ChannelName): readonly Received[] => received.get(name) ?? [],
    forget: () => {
      answers.clear()
      received.clear()
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
export type Receivers = Awaited<ReturnType<typeof createReceivers>>

export const pageLimit = { messages: 2, seconds: 60 }
/** Time without acknowledgement after which an incident is escalated, s. */
export const escalatedAfterS = 20
/** The histories start at 2:00 in Berlin on the Sunday on which that hour comes twice: what a route names of it is the first. */
export const historyStart = Date.UTC(2026, 9, 25)
const nights = [
  { local: '02:01-02:02', from: '00:01', to: '00:02' },
  { local: '02:12-02:40', from: '00:12', to: '00:40' },
  { local: '02:50-03:10', from: '00:50', to: '02:10' },
] as const
export function isNight(at: number): boolean {
  const [day, time = ''] = new Date(at).toISOString().slice(0, 16).split('T')
  return day === '2026-10-25' && nights.some(({ from, to }) => time >= from && time < to)
}

/** main.db and alarms.db as left by a killed process. */
export interface LeftFiles {
  readonly main: Buffer
  readonly alarms: Buffer
}

export interface ConsoleDeps {
  readonly clock: TestClock
  readonly world: World
  readonly receivers: Receivers
  readonly law?: Law
  /** Channels that are not configured. */
  readonly missing?: ReadonlySet<ChannelName>
  /** Files left by the previous console; null: there was none. */
  readonly left: LeftFiles | null
  readonly onBug: (error: unknown) => void
  /** Called when something has been stored and nothing of it sent yet. */
  readonly onStored: () => void
}

/** Alarms, maintenance and notifications, assembled as in the engine, with `world` in place of servers and streams. */
export function createConsole({ clock, world, receivers, law = defaultLaw, missing = new Set(), left, onBug, onStored }: ConsoleDeps) {
  const db = new BetterSqlite3(left?.main ?? ':memory:')
  const alarmsDb = new BetterSqlite3(left?.alarms ?? ':memory:')
  migrate(db, mainMigrations)
  migrate(alarmsDb, alarmMigrations)
  const root = new AbortController()
  const { signal } = root
  const log = createTestLog((facts, text) => onBug({ facts, text }))
  const asked = new Set<ServerId>()
  const downSince = new Map<ServerId, number>()
  const server = (id: string): Server | null => {
    const known = serverIds.find((one) => one === id)
    if (known === undefined) return null
    const state = asked.has(known) || world.servers[known] === 'paused' ? world.servers[known] : 'unknown'
    if (state === 'down') downSince.set(known, downSince.get(known) ?? clock.now())
    else downSince.delete(known)
    const outageSince = downSince.get(known) ?? null
    return someServer(known, { state, outageSince, paused: state === 'paused', tags: known === 'berlin' ? ['studio'] : [] })
  }
  const isKnown = (id: string) => server(id)?.state === 'up'
  const pathsOn = (id: string) => paths.filter((path) => streamsOf[path] === id)
  const evaluation = createEvaluation({
    clock,
    server,
    host: () => null,
    ownTroubles: () => [],
    streams: {
      *eachTroubledOf(id) {
        if (!isKnown(id)) return
        for (const path of pathsOn(id)) yield { serverName: id, facts: factsOf(id, path, world), figures: unknownFigures }
      },
      wellness: (id, path) => {
        if (!isKnown(id)) return 'unknown'
        return world.streams[path as Path] === 'undecided' ? 'undecided' : 'well'
      },
      hasVideo: () => true,
      isOffPlan: () => false,
      losesPackets: () => true,
      forwardFailure: () => null,
      lostTogether: () => null,
    },
  })
  evaluation.configure(rulesOf(law))
  const placeOf = (subject: AlarmSubject) => ({ name: '', tags: [], ...server(ownerIdOf(subject)), path: pathOf(subject) })
  const maintenance = createMaintenance({
    clock,
    log,
    db,
    slices: createSlices(clock),
    userAgent: 'test',
    placeOf,
    record: () => {},
    onChange: () => alarms?.evaluateAll(),
    signal,
  })
  const notifications = createNotifications({
    clock,
    log,
    db: alarmsDb,
    incident: (id) => alarms?.incident(id) ?? null,
    alarm: (id) => alarms?.get(id) ?? null,
    report: () => null,
    document: () => null,
    incidentOf: (id) => alarms?.incidentOf(id) ?? null,
    extent: (id) => alarms?.extent(id) ?? null,
    extents: () => alarms?.extents() ?? [],
    tagsOf: (id) => server(id)?.tags ?? [],
    weeklyHours,
    weeklyBegins,
    settings: { read: () => null, note: () => undefined },
    links: null,
    record: () => undefined,
    userAgent: 'test',
    signal,
  })
  let alarms: Alarms | null = null
  const created = new Alarms({
    clock,
    log,
    db: alarmsDb,
    onDamaged: () => undefined,
    slices: createSlices(clock),
    evaluation: { conditionsOf: evaluation.conditionsOf, timeDependentOwners: evaluation.timeDependentOwners },
    maintenanceOf: maintenance.of,
    around: {
      originOf: (_, path) => originOf(path),
      wasSeen: () => true,
      liveOn: (id) => (isKnown(id) ? pathsOn(id).filter((path) => world.streams[path] === 'live').length : null),
      liveThen: () => null,
      eachLive: (visit) => {
        for (const path of paths) if (isKnown(streamsOf[path]) && world.streams[path] === 'live') visit(originOf(path), path, Number.POSITIVE_INFINITY)
      },
      machines: () => [],
      upstreams: () => (_, path) => (path === 'gate2' ? [{ serverId: 'berlin', serverName: 'berlin', path: 'cam1', by: 'pull' }] : []),
      probed: () => new Map(),
      serverHosts: () => [
        ['berlin', '10.0.0.1'],
        ['hamburg', '10.0.0.2'],
      ],
    },
    alongside: notifications.enqueue,
    onRaised: () => undefined,
    onChange: () => {
      onStored()
      if (!signal.aborted) notifications.send()
    },
    signal,
  })
  alarms = created
  const configureChannels = (without: ReadonlySet<ChannelName>) =>
    notifications.configure(
      receivers.channels.filter(({ name }) => !without.has(name)),
      [
        { to: ['ops', 'page', 'daily'], escalate: { afterMinutes: escalatedAfterS / 60, to: ['boss'] } },
        { to: ['studio'], tags: ['studio'], remindMinutes: 0.5 },
        { to: ['worst'], severities: ['critical'] },
        { to: ['night'], times: { weekly: nights.map(({ local }) => `SU ${local}`), zone: 'Europe/Berlin' } },
      ],
    )
  configureChannels(missing)
  return {
    alarms: created,
    maintenance,
    notifications,
    /** Whether the console has polled the server since its start. */
    isAsked: (id: ServerId) => asked.has(id),
    addSamples: evaluation.addSamples,
    /** Replaces the rules. */
    configure: (rules: readonly RuleInput[]) => {
      evaluation.configure(rules)
      created.evaluateAll()
    },
    enact: (next: Law) => {
      evaluation.configure(rulesOf(next))
      created.evaluateAll()
    },
    configureChannels,
    /** Polls every server. `isBegin`: the polls only start, without an answer yet. */
    poll: (isBegin = false) => {
      for (const id of serverIds) {
        if (!isBegin) asked.add(id)
        created.evaluate(serverSubject(id))
      }
    },
    settled: async () => {
      await created.settled()
      await notifications.settled()
    },
    /** Simulates killing the process; returns the files it leaves. */
    kill: (): LeftFiles => {
      const leaves = { main: db.serialize(), alarms: alarmsDb.serialize() }
      root.abort(new Error('killed'))
      return leaves
    },
    close: async () => {
      root.abort(new Error('closed'))
      await created.settled()
      await notifications.settled()
      await notifications[Symbol.asyncDispose]()
      await maintenance[Symbol.asyncDispose]()
      db.close()
      alarmsDb.close()
    },
  }
}
export type Console = ReturnType<typeof createConsole>

export function subjectOf(of: ServerId | Path): Subject {
  return of === 'berlin' || of === 'hamburg' ? serverSubject(of) : streamSubject(streamsOf[of], of)
}

/** Three streams come from the same address, and one of them is pulled from the other server. */
const originOf = (path: string): StreamOrigin => ({
  address: path === 'cam2' ? '198.51.100.9' : '203.0.113.7',
  agent: null,
  source: path === 'gate2' ? '10.0.0.1' : null,
})

const factsOf = (serverId: string, path: Path, { streams, since }: World): StreamFacts => ({
  ...unknownFacts,
  slot: 0,
  serverId,
  path,
  state: streams[path] === 'undecided' ? 'live' : streams[path],
  stateSince: since[path],
  sourceType: 'rtspSession',
  expected: true,
})
