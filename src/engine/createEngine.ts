import { randomBytes, randomUUID } from 'node:crypto'
import { createSlices } from '../clock/slices.ts'
import type { Language } from '../i18n/languages.ts'
import type { Alarm } from '../shared/alarms.ts'
import type { NewEvent } from '../shared/events.ts'
import { isAllowed, type Operator, soleOperator } from '../shared/permissions.ts'
import { notAllowed } from '../shared/refusals.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { StreamReport } from '../shared/streams.ts'
import { ownerIdOf } from '../shared/subjectNames.ts'
import { openPeople, type People } from './accounts/accounts.ts'
import { createActing, wireRemedies } from './createActing.ts'
import { type Alerting, createAlerting } from './createAlerting.ts'
import { createFileApplying } from './createFileApplying.ts'
import { createLookingBack } from './createLookingBack.ts'
import { createObserving } from './createObserving.ts'
import { createPictures } from './createPictures.ts'
import { createProbing, wireDailyChecks } from './createProbing.ts'
import { createServerLogs } from './createServerLogs.ts'
import { createShift } from './createShift.ts'
import { createWatchedHosts, createWatchedServers } from './createWatched.ts'
import type { EngineOptions, EngineStartError } from './engineOptions.ts'
import { createExporter, type Exporter } from './exporter/exporter.ts'
import { createFleet } from './fleet/fleet.ts'
import { FleetModel } from './fleetModel.ts'
import { Guests } from './guests/guests.ts'
import { createServerBudget } from './history/serverBudget.ts'
import { createIntake } from './intake.ts'
import type { Acknowledging } from './notifications/acknowledging.ts'
import { openStore, type Store } from './openStore.ts'
import { createOwnState, ownTroubles } from './ownState.ts'
import type { EnginePorts } from './ports.ts'
import type { WebrtcRelay } from './previews/webrtcRelay.ts'
import { createRefuseUnknownServer } from './refusing.ts'
import { createRouter, type EngineRouter } from './router.ts'
import { createSecretBox } from './servers/secretBox.ts'
import { storageError } from './storage/storageTrouble.ts'
import { createListReports, type ListReports } from './streams/router.ts'
import type { Streams } from './streams/streams.ts'
import { Updates } from './updates.ts'
import { createWalls } from './walls/walls.ts'
import type { Wiring } from './wiring.ts'

/** The running engine. The hosting process connects transports (message port, WebSocket, REST) to `router`. */
export interface Engine extends ReturnType<typeof createFileApplying> {
  readonly router: EngineRouter
  /** Accounts, tokens, sessions and the audit, for whoever signs people in. */
  readonly people: People
  /** Links of guests, who are no operators: for the routes of their page. */
  readonly guests: Guests
  /**
   * Serves `/relay/…`: the servers' HLS and recordings, with credentials added. The caller has already checked the launch secret or session.
   * Whoever may not see the fleet gets the pictures of his cameras that were opened for him, and nothing else.
   */
  readonly relay: (request: Request, language?: Language, operator?: Operator) => Promise<Response>
  /** Serves `/api/webrtc/…`: WHEP and WHIP of the servers, with credentials added. */
  readonly webrtc: WebrtcRelay
  /** Acknowledges incidents through links in notifications. Callers are not signed in: the link is their only authorization. */
  readonly acknowledging: Acknowledging
  /** Where browsers reach this console, as set; null: not known. */
  readonly publicUrl: () => string | null
  /** All streams, in a form for scripts, built lazily one at a time. */
  readonly eachReport: Streams['eachReport']
  /** Those that a script asks for, in the same way. */
  readonly listedReports: ListReports
  /** Active alarms that are not shelved or suppressed, worst first. */
  readonly inTrouble: () => readonly Alarm[]
  /** Whether worker threads still have to answer, which takes real time. For tests in virtual time. */
  readonly awaitsThreads: () => boolean
  /** All current values for Prometheus, generated while they are read. */
  readonly exported: Exporter['pieces']
  /** Resolves when nothing is in flight: no request, no write. For tests in virtual time. */
  readonly settled: () => Promise<void>
  /** Stops polling, writes pending data and closes everything in reverse order, within 3 s. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const shutdownLimitMs = 3_000

/** Composition root: wires everything and owns the shutdown. Each resource is registered on the line that opens it. */
export async function createEngine(ports: EnginePorts, options: EngineOptions = {}): Promise<Result<Engine, EngineStartError>> {
  const { clock, log, dataDir } = ports
  if (Number(process.versions.napi ?? 0) < 10) return err(storageError('nodeTooOld', { kind: 'nodeTooOld', version: process.versions.node }))

  await using opened = new AsyncDisposableStack()
  const root = new AbortController()
  const { signal } = root
  /** Stops these at shutdown and waits for them to end. */
  const deferEnd = (...works: readonly (() => Promise<unknown>)[]) =>
    opened.defer(async () => {
      root.abort()
      for (const ended of works) await ended()
    })

  /** Database damage found before the alarms are set up. */
  const foundEarly: NewEvent[] = []
  let onDamage: (damage: NewEvent) => void = (damage) => foundEarly.push(damage)
  const openedStore = await openStore(ports, options, opened, (damage) => onDamage(damage))
  if (!openedStore.ok) return openedStore
  const store = openedStore.value
  const { history, bundle } = store

  // Caps what any one server can store at the volume of the largest honest one. Data imported from a bundle is not capped.
  const intake = createIntake(history, opened.use(createServerBudget(clock, history)))
  const launch = randomUUID()
  const startedAt = clock.now()
  const { secretsKey } = ports
  const box = secretsKey.key === null ? null : createSecretBox(secretsKey.key)
  const slices = createSlices(clock)
  const people = opened.use(openPeople({ clock, log, db: store.db, box, oidc: options.oidc ?? null }))
  const keys = { secretsKey, box, people: people.accounts, operatorOf: people.operatorOf, running: people.running, tag: ownTag(store) }
  const wiring: Wiring = { ports, options, store, slices, ...keys, startedAt, opened, deferEnd, signal }
  // Before anything is polled, so that no event falls between.
  const model = new FleetModel()
  const openedLogs = await createServerLogs(wiring, model, intake.record)
  if (!openedLogs.ok) return openedLogs
  const logs = openedLogs.value

  // What polls and measures.
  const observing = createObserving(wiring, model, intake, logs)
  const { streams, naming, onAir, maintenance } = observing
  const { servers, createClient } = createWatchedServers(wiring, model, intake, logs, streams)
  onAir.configure(bundle === null ? (options.onAir ?? []) : [])
  const watchedHosts = createWatchedHosts(wiring, model, servers, intake)
  const { hosts } = watchedHosts
  const { record } = intake
  const acting = createActing(wiring, model, servers, observing, hosts, logs, createClient, record)
  const pictures = createPictures(wiring, model, servers, observing, intake)
  const probing = createProbing(wiring, model, servers, observing, pictures, intake)

  // What evaluates it.
  const troubles = () => ownTroubles(wiring, logs, servers, pictures, probing, alerting)
  const alerting: Alerting = createAlerting(wiring, model, servers, hosts, observing, probing, {
    ownTroubles: troubles,
    // Lazily, all: they are created below.
    report: (report) => dailyChecks.details(report),
    document: (key, language) => shift.document(key, language),
    onChange: (happened, evaluated) => fleet.touchAlarms(happened, evaluated),
    onStreamAlarm: pictures.snapshots.alarmBegan,
  })
  const { alarms, baseline } = alerting
  intake.add(baseline)
  intake.add(alerting)
  const dailyChecks = wireDailyChecks(wiring, servers, observing, pictures, probing, alerting.notifications)
  const fleet = createFleet({ clock, launch, streams, servers: servers.all, consoleWhy: servers.consoleWhy, alarms, signal })
  const exporter = createExporter({
    clock,
    servers: servers.all,
    hosts: hosts.all,
    probes: probing.probes.all,
    cameras: (operator) => observing.cameras.belonging(operator ?? soleOperator),
    findings: () => alerting.ofStates(servers.all()),
    console: createOwnState(wiring, pictures, probing, alerting, troubles),
  })
  intake.add(exporter)
  model.onChange((what, owner) => {
    if (owner?.kind === 'server' && what === 'changed') fleet.touchServer(owner.serverId)
    if (owner === null || what === 'changed') return
    history.forget(owner)
    exporter.forget(ownerIdOf(owner))
    if (owner.kind !== 'server') return
    fleet.removeServer(owner.serverId)
    baseline.forget(owner.serverId)
  })
  const lookingBack = await createLookingBack(wiring, servers, hosts, logs, observing, alerting, pictures, probing)

  const shift = createShift(wiring, servers, observing, alerting, lookingBack)
  const file = createFileApplying(wiring, servers, hosts, probing, alerting, observing, dailyChecks)
  const { rules = [], channels = [], routes = null, heartbeat = null, drill = null, maintenance: windows = [] } = bundle === null ? options : {}
  alerting.configure({ rules, channels, routes, heartbeat, drill, maintenance: windows })
  // Damage is reported for the console itself, whichever subject's data is lost.
  onDamage = (damage) => alerting.happened([{ ...damage, subject: null, ownerName: null }])
  for (const damage of foundEarly) onDamage(damage)
  const remedies = wireRemedies(wiring, alerting, acting, observing, hosts, record)
  const done = { ...acting, ...pictures, ...probing, ...lookingBack, ...shift, remedies, dailyChecks }
  const walls = createWalls({ log, db: store.db })
  const { cameras, openPictures } = observing
  const forgetGone = () => cameras.forgetFavourites((operatorId) => !people.isKnown(operatorId))
  forgetGone()
  const guests = opened.use(
    new Guests({
      clock,
      log,
      db: store.db,
      audit: people.audit,
      servers: servers.all,
      server: servers.get,
      streams,
      walls,
      previews: pictures.previews,
      openPictures,
      snapshots: pictures.snapshots,
      cameraNameOf: ({ serverId, path }) => cameras.ofStream(serverId, path)?.input.name ?? null,
    }),
  )
  const updates = options.updates == null || bundle !== null ? null : new Updates(ports, options.updates, signal)
  if (updates !== null) deferEnd(() => updates.ended)
  const refuseUnknown = createRefuseUnknownServer(bundle !== null, servers)
  const cameraOf = ({ serverId, name }: StreamReport, operator: Operator) => cameras.namedOf(serverId, name, operator)
  const listedReports = createListReports(streams, naming, lookingBack.pastOf, refuseUnknown, cameraOf)
  const router = createRouter(wiring, {
    ...logs,
    ...watchedHosts,
    ...observing,
    ...alerting,
    ...done,
    launch,
    model,
    people,
    forgetGone,
    guests,
    walls,
    servers,
    fleet,
    updates,
    refuseUnknown,
    listedReports,
  })
  log.info({ dataDir, servers: servers.all().length, secrets: secretsKey.protection }, 'engine started')

  const working = [servers, hosts, probing.probes, probing.remoteProbes, alerting, maintenance, onAir, pictures.snapshots, shift.reports]
  const writing = [acting.diagnoses, logs.configurationLog, acting.recordings, history, store]
  // Everything is open; the engine owns it from here on.
  const owned = opened.move()
  return ok({
    router,
    people,
    guests,
    ...file,
    relay: async (request, language, operator = soleOperator) => {
      if (!isAllowed(operator, 'view'))
        return pictures.previews.isPart(request)
          ? pictures.previews.relay(request, language, operator)
          : Response.json({ refusal: notAllowed(operator, 'view') }, { status: 403 })
      return (
        lookingBack.bundles.fetch(request, language) ??
        lookingBack.dossiers.fetch(request, language) ??
        pictures.playback.fetch(request, operator.name, language) ??
        pictures.previews.relay(request, language, operator)
      )
    },
    webrtc: pictures.webrtc,
    acknowledging: alerting.acknowledging,
    publicUrl: alerting.notifications.publicUrl,
    eachReport: (language) => naming.withFields(streams.eachReport(language)),
    listedReports,
    inTrouble: () => alarms.inTrouble(),
    awaitsThreads: history.asked,
    exported: exporter.pieces,
    settled: async () => {
      for (const part of [...working, ...writing]) await part.settled()
    },
    [Symbol.asyncDispose]: () => endInTime(owned, ports),
  })
}

/** Our readers carry this tag, so that this console and others recognize them. */
function ownTag({ rows }: Store): string {
  const kept = rows.setting('tag')
  if (kept !== null) return kept
  const tag = randomBytes(4).toString('hex')
  rows.noteSetting('tag', tag)
  return tag
}

/** Closes everything, but stops waiting after the shutdown limit. */
async function endInTime(owned: AsyncDisposableStack, { clock, log }: EnginePorts): Promise<void> {
  const done = owned.disposeAsync()
  let timer: ReturnType<typeof clock.setTimeout> | undefined
  const limit = new Promise<'late'>((resolve) => {
    timer = clock.setTimeout(() => resolve('late'), shutdownLimitMs)
  })
  if ((await Promise.race([done, limit])) === 'late') log.warn({ limitMs: shutdownLimitMs }, 'shutdown took too long and was left')
  if (timer) clock.clearTimeout(timer)
}
