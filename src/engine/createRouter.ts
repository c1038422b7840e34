import { implement, ORPCError, ValidationError } from '@orpc/server'
import type { Clock } from '../clock/clock.ts'
import type { Hello } from '../shared/access.ts'
import { serverOf } from '../shared/askedServer.ts'
import { configurationFindings, configurationRisks, linesThatChange } from '../shared/configurationFindings.ts'
import { contract } from '../shared/contract.ts'
import { pageOf, troubleReports } from '../shared/fleet.ts'
import { mistakeOf } from '../shared/mistakes.ts'
import type { CallContext, Operator } from '../shared/permissions.ts'
import { type Playability, tryCountsMs } from '../shared/playability.ts'
import { playabilityOf } from '../shared/playabilityOf.ts'
import type { AlarmsNotKept } from '../shared/refusals.ts'
import type { Result } from '../shared/result.ts'
import type { Rule } from '../shared/rules.ts'
import { selectedReports } from '../shared/streams.ts'
import { inWords } from '../shared/words/inWords.ts'
import type { CountAlarms } from './alarms/alarmStatistics.ts'
import type { Alarms } from './alarms/alarms.ts'
import type { AlarmsThen } from './alarms/alarmsThen.ts'
import type { FindBeyond } from './alarms/beyondNow.ts'
import type { Rehearse } from './alarms/rehearsal.ts'
import type { RuleEdits } from './alarms/ruleEdits.ts'
import type { ReadAvailability } from './availability/availability.ts'
import type { Bundles } from './bundles/bundles.ts'
import type { Canaries } from './canaries/canaries.ts'
import type { CompareConfigurations } from './configurations/compareConfigurations.ts'
import type { Configurations } from './configurations/configurations.ts'
import type { PathEditRefusal, PathEdits } from './configurations/pathEdits.ts'
import type { DailyChecks } from './dailyChecks/dailyChecks.ts'
import type { Diagnoses } from './diagnosis/diagnosis.ts'
import type { Dossiers } from './dossier/dossier.ts'
import { prometheusRules } from './exporter/prometheusRules.ts'
import type { Fleet } from './fleet/fleet.ts'
import type { History } from './history/history.ts'
import type { Hosts } from './hosts/hosts.ts'
import type { LocalHost } from './hosts/localHost.ts'
import { readingAlone } from './hosts/mediaChoice.ts'
import type { HostSizing } from './hosts/sizing.ts'
import { type GateMistake, gateAfter } from './http/gate.ts'
import type { MaintenancePlans } from './maintenance/maintenance.ts'
import type { OnAirPlans } from './maintenance/onAir.ts'
import type { ChannelEdits } from './notifications/channelEdits.ts'
import type { Notifications } from './notifications/notifications.ts'
import type { ReadinessEdits } from './notifications/readinessEdits.ts'
import type { Past } from './past/past.ts'
import type { ReadTimeline } from './past/timeline.ts'
import type { PictureToolsSetting } from './previews/pictureTools.ts'
import type { PreviewReports } from './previews/previewReports.ts'
import type { Previews } from './previews/previews.ts'
import type { RelayGrants } from './previews/relayGrants.ts'
import type { Stills } from './previews/stills.ts'
import type { ReadWebrtcHealth } from './previews/webrtcHealth.ts'
import type { WebrtcPictures } from './previews/webrtcPictures.ts'
import type { ProbeChangeError, Probes } from './probes/probes.ts'
import type { Recordings } from './recordings/recordings.ts'
import { refusalError } from './refusalError.ts'
import { refuseUnknownKeys } from './refuseUnknownKeys.ts'
import { refuseUnknownServer } from './refuseUnknownServer.ts'
import type { Remedies } from './remedies/remedies.ts'
import { requirePermission } from './requirePermission.ts'
import type { TestConnection } from './servers/connectionTest.ts'
import type { Servers } from './servers/servers.ts'
import type { SessionLog } from './sessions/sessionLog.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { Snapshots } from './snapshots/snapshots.ts'
import { classifyStorageError } from './storage/storageTrouble.ts'
import type { PathRoutes } from './streams/pathRoutes.ts'
import type { ReadLives } from './streams/streamLives.ts'
import type { StreamNaming } from './streams/streamNaming.ts'
import type { Streams } from './streams/streams.ts'
import type { UsualOfStreams } from './usual/usual.ts'
import { ownSights } from './vantages/ownSights.ts'
import type { Vantages } from './vantages/vantages.ts'
import type { Walls } from './walls/walls.ts'

export interface RouterDeps {
  /** The engine shows a bundle: procedures that change anything are refused. */
  readonly readOnly: boolean
  readonly bundles: Pick<Bundles, 'make'>
  readonly dossiers: Pick<Dossiers, 'ofIncident' | 'ofPeriod'>
  readonly diagnoses: Pick<Diagnoses, 'run' | 'kept'>
  readonly hello: () => Hello
  readonly servers: Servers
  readonly configurations: Configurations
  readonly compareConfigurations: CompareConfigurations
  readonly pathEdits: PathEdits
  readonly streams: Streams
  readonly naming: StreamNaming
  readonly paths: PathRoutes
  readonly lives: ReadLives
  readonly sessions: Sessions
  readonly sessionLog: SessionLog
  readonly fleet: Fleet
  readonly alarms: Alarms
  readonly countAlarms: CountAlarms
  readonly rules: () => readonly Rule[]
  readonly rehearse: Rehearse
  readonly remedies: Remedies
  readonly findBeyond: FindBeyond
  readonly ruleEdits: RuleEdits
  readonly channelEdits: ChannelEdits
  readonly readinessEdits: ReadinessEdits
  readonly notifications: Notifications
  readonly maintenance: MaintenancePlans
  readonly onAir: OnAirPlans
  readonly usual: Pick<UsualOfStreams, 'ask'>
  readonly pastOf: (operator: Operator) => Past
  readonly timeline: ReadTimeline
  readonly availability: ReadAvailability
  readonly recordings: Recordings
  readonly history: History
  readonly previews: Previews
  readonly previewReports: Pick<PreviewReports, 'report'>
  readonly webrtcGrants: RelayGrants
  readonly webrtcPictures: WebrtcPictures
  readonly webrtcHealth: ReadWebrtcHealth
  readonly stills: Stills
  readonly snapshots: Snapshots
  readonly pictureTools: PictureToolsSetting
  readonly localHost: LocalHost
  readonly hosts: Hosts
  readonly probes: Probes
  /** Streams that probes read, by probe id. */
  readonly probedStreams: () => ReadonlyMap<string, { readonly serverId: string; readonly path: string }>
  readonly vantages: Vantages
  readonly walls: Walls
  readonly canaries: Canaries
  /** Id of this installation. */
  readonly installation: string
  readonly clock: Pick<Clock, 'now'>
  readonly dailyChecks: DailyChecks
  readonly sizing: HostSizing
  readonly testConnection: TestConnection
}

type StandardIssue = ValidationError['issues'][number]
/** Maximum number of input mistakes to list. */
const mostMistakes = 5
/** Unknown keys are truncated to this many characters. */
const longestKey = 100

/** Converts oRPC's "Input validation failed" into a refusal that lists the mistakes by field. null: a different error. */
function inputMistakes(error: unknown): Error | null {
  if (!(error instanceof ORPCError) || error.code !== 'BAD_REQUEST' || !(error.cause instanceof ValidationError)) return null
  return refusedMistakes(error.cause.issues, error.cause)
}
const gateRefused = ({ field, mistake }: GateMistake, under = ''): Error =>
  refusalError('BAD_REQUEST', 400, { kind: 'notAccepted', mistakes: [{ field: `${under}${field}`, mistake }], more: 0 })
/** The first unknown key of an issue; zod reports such keys separately from the path. */
const unknownKeys = (issue: StandardIssue): readonly string[] =>
  'keys' in issue && Array.isArray(issue.keys) ? issue.keys.slice(0, 1).map((key) => String(key).slice(0, longestKey)) : []
function refusedMistakes(issues: readonly StandardIssue[], cause?: unknown): Error {
  const mistakes = issues.slice(0, mostMistakes).map((issue) => ({
    field: [...(issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)), ...unknownKeys(issue)].join('.'),
    mistake: mistakeOf(issue),
  }))
  return refusalError('BAD_REQUEST', 400, { kind: 'notAccepted', mistakes, more: issues.length - mistakes.length }, cause)
}

/**
 * Guards every procedure: checks its permission, refuses changes while a bundle is shown, turns validation and disk errors into
 * refusals with words, and adds the sentences of the requested language to the answer.
 */
const guarded = (readOnly: boolean) =>
  implement(contract)
    .$context<CallContext>()
    .use(async ({ context, procedure, next }) => {
      const { meta, route, inputSchema, outputSchema } = procedure['~orpc']
      const { needs } = meta
      requirePermission(context.operator, needs)
      if (needs !== 'view' && readOnly) throw refusalError('FORBIDDEN', 403, { kind: 'bundleReadOnly' })
      // What windows send is checked by the compiler, and a query may have keys for other purposes.
      if (context.sent !== undefined && route.method !== 'GET') refuseUnknownKeys(inputSchema, context.sent, route)
      try {
        const answer = await next()
        // Windows ask for no language, because they make the sentences themselves.
        return context.language === undefined ? answer : { ...answer, output: inWords(outputSchema, answer.output, context.language) }
      } catch (error) {
        const mistakes = inputMistakes(error)
        if (mistakes !== null) throw mistakes
        const trouble = classifyStorageError(error)
        // Damage is detected, recorded and repaired at the next start.
        if (trouble === null || trouble === 'damaged') throw error
        throw refusalError('NOT_STORED', 507, { kind: 'notStored', because: trouble }, error)
      }
    })

type Api = ReturnType<typeof guarded>

/** Signal for calls that cannot be cancelled. */
const never = new AbortController().signal

/** Returns `found`, or throws `NOT_FOUND` if it is null. */
function orNotFound<Found>(found: Found | null, errors: { readonly NOT_FOUND: () => Error }): Found {
  if (found === null) throw errors.NOT_FOUND()
  return found
}

const accessProcedures = (api: Api['access'], { hello }: RouterDeps) => ({
  hello: api.hello.handler(() => hello()),
})

/** The alarms of a past moment. Refused if none are stored for it, because recomputed ones would be judged by today's rules. */
async function keptThen(
  past: Past,
  at: number,
  errors: { readonly NOT_KEPT: (details: { readonly data: AlarmsNotKept }) => Error },
  signal: AbortSignal | undefined,
): Promise<AlarmsThen> {
  const then = await past.alarms(at, signal)
  if (then.keptFrom !== null) throw errors.NOT_KEPT({ data: { kind: 'alarmsNotKept', since: then.keptFrom } })
  return then
}

const fleetProcedures = (api: Api['fleet'], { fleet, pastOf, alarms }: RouterDeps) => ({
  changes: api.changes.handler(({ input, signal }) => fleet.changes(input, signal)),
  past: api.past.handler(({ input, context, signal }) => pastOf(context.operator).fleet(input, signal)),
  summary: api.summary.handler(() => fleet.summary()),
  troubles: api.troubles.handler(async ({ input, context, errors, signal }) => {
    const of = input?.at === undefined ? alarms : await keptThen(pastOf(context.operator), input.at, errors, signal)
    return [...pageOf(troubleReports(of.inTrouble()), input)]
  }),
})

function alarmsProcedures(api: Api['alarms'], { alarms, countAlarms, pastOf, ...known }: RouterDeps) {
  /** Runs a query on closed alarms; throws `NOT_READ` if some could not be read. */
  const read = async <Answer>(errors: { readonly NOT_READ: () => Error }, ask: () => Answer | Promise<Answer>): Promise<Answer> => {
    const before = alarms.closedReadFailures()
    const answer = await ask()
    if (alarms.closedReadFailures() !== before) throw errors.NOT_READ()
    return answer
  }
  return {
    list: api.list.handler(async ({ input, context, errors, signal }) => {
      // A past moment may have had other servers.
      if (input.at === undefined) refuseUnknownServer(known, 'serverId', input.serverId, context)
      const of = input.at === undefined ? alarms : await keptThen(pastOf(context.operator), input.at, errors, signal)
      return [...of.open(input)]
    }),
    past: api.past.handler(async ({ input, errors, signal }) => {
      const found = await read(errors, () => alarms.past(input, signal))
      if (!found.ok) throw errors.TOO_WIDE({ data: found.error })
      return [...found.value]
    }),
    kept: api.kept.handler(() => alarms.kept()),
    statistics: api.statistics.handler(({ input }) => countAlarms(input.days)),
    steps: api.steps.handler(async ({ input, errors, signal }) => [...(await read(errors, () => alarms.steps(input, signal)))]),
    similar: api.similar.handler(async ({ input, errors, signal }) => [...orNotFound(await read(errors, () => alarms.similar(input.id, signal)), errors)]),
    get: api.get.handler(async ({ input: { id, at }, context, errors, signal }) => {
      const alarm = orNotFound(await read(errors, () => alarms.get(id, at)), errors)
      // For a past moment, its state at that time as listed.
      const listed = at === undefined ? undefined : (await pastOf(context.operator).alarms(at, signal)).open().find((other) => other.id === id)
      return { ...alarm, ...listed }
    }),
    acknowledge: api.acknowledge.handler(({ input, context, errors }) => {
      const answer = alarms.acknowledge(input, context.operator.name)
      if (!answer.ok) throw errors.BAD_REQUEST()
      return answer.value
    }),
    unacknowledge: api.unacknowledge.handler(({ input, context }) => alarms.unacknowledge(input.ids, context.operator.name)),
    shelve: api.shelve.handler(({ input, context, errors }) => {
      const answer = alarms.shelve(input, context.operator.name)
      if (!answer.ok) throw errors.BAD_REQUEST()
      return answer.value
    }),
    unshelve: api.unshelve.handler(({ input, context }) => alarms.unshelve(input.ids, context.operator.name)),
    comment: api.comment.handler(({ input, context }) => alarms.comment(input, context.operator.name)),
  }
}

const incidentsProcedures = (api: Api['incidents'], { alarms, pastOf }: RouterDeps) => ({
  list: api.list.handler(async ({ input, context, errors, signal }) => {
    const listed = input.at === undefined ? alarms.incidents() : (await keptThen(pastOf(context.operator), input.at, errors, signal)).incidents
    return [...pageOf(listed, input)]
  }),
  get: api.get.handler(({ input, errors }) => orNotFound(alarms.incident(input.id), errors)),
})

function channelsProcedures(api: Api['channels'], { notifications, channelEdits, readinessEdits }: RouterDeps) {
  type Errors = Readonly<Record<'NOT_FOUND' | 'FORBIDDEN' | 'CONFLICT' | 'BAD_REQUEST' | 'UNAVAILABLE', () => Error>>
  /** Returns the value, or throws the refusal. */
  const done = <T>(result: Result<T, keyof Errors | readonly StandardIssue[]>, errors: Partial<Errors>): T => {
    if (result.ok) return result.value
    throw typeof result.error === 'string' ? (errors[result.error]?.() ?? new Error(result.error)) : refusedMistakes(result.error)
  }
  return {
    list: api.list.handler(() => notifications.channels().map((channel) => ({ ...channel, entered: channelEdits.entered(channel.name) }))),
    routes: api.routes.handler(() => notifications.routes()),
    readiness: api.readiness.handler(() => {
      const { entered: of } = readinessEdits
      const entered = { heartbeat: of('heartbeat'), drill: of('drill'), publicUrl: of('publicUrl') }
      return { ...notifications.readiness(), entered }
    }),
    putReadiness: api.putReadiness.handler(({ input, context, errors }) => done(readinessEdits.put(input.part, input.entries, context.operator.name), errors)),
    removeReadiness: api.removeReadiness.handler(({ input, context, errors }) => done(readinessEdits.remove(input.part, context.operator.name), errors)),
    test: api.test.handler(async ({ input, errors }) => {
      const failure = await notifications.test(input.name)
      if (failure === undefined) throw errors.NOT_FOUND()
      return { failure }
    }),
    idle: api.idle.handler(() => [...channelEdits.idle()]),
    entries: api.entries.handler(({ input, errors }) => done(channelEdits.entriesOf(input.name), errors)),
    pause: api.pause.handler(({ input: { name, minutes }, context, errors }) => {
      if (!notifications.pause(name, minutes, context.operator.name)) throw errors.NOT_FOUND()
    }),
    resume: api.resume.handler(({ input, context, errors }) => {
      if (!notifications.resume(input.name, context.operator.name)) throw errors.NOT_FOUND()
    }),
    add: api.add.handler(({ input: { sendOpen = 'true', ...entries }, context, errors }) => {
      const add = () => channelEdits.add(entries, context.operator.name)
      return { name: done(sendOpen === 'false' ? notifications.withoutOpen(add) : add(), errors) }
    }),
    update: api.update.handler(({ input, context, errors }) => ({
      name: done(channelEdits.update(input.name, input.change, context.operator.name), errors),
    })),
    remove: api.remove.handler(({ input, context, errors }) => done(channelEdits.remove(input.name, context.operator.name), errors)),
    addRoute: api.addRoute.handler(({ input, context, errors }) => ({ id: done(channelEdits.addRoute(input, context.operator.name), errors) })),
    updateRoute: api.updateRoute.handler(({ input, context, errors }) => ({
      id: done(channelEdits.updateRoute(input.id, input.route, context.operator.name), errors),
    })),
    removeRoute: api.removeRoute.handler(({ input, context, errors }) => done(channelEdits.removeRoute(input.id, context.operator.name), errors)),
    messages: api.messages.handler(({ input }) => [...notifications.messages(input.alarmId)]),
  }
}

const maintenanceProcedures = (api: Api['maintenance'], { maintenance }: RouterDeps) => ({
  list: api.list.handler(() => [...maintenance.list()]),
  get: api.get.handler(({ input, errors }) => orNotFound(maintenance.get(input.id), errors)),
  preview: api.preview.handler(({ input, signal }) => maintenance.preview(input, signal)),
  add: api.add.handler(({ input, context, errors }) => {
    const added = maintenance.add(input, context.operator.name)
    if (!added.ok) throw errors[added.error]()
    return added.value
  }),
  update: api.update.handler(({ input, context, errors }) => {
    const updated = maintenance.update(input.id, input.change, context.operator.name)
    if (!updated.ok) throw errors[updated.error]()
    return updated.value
  }),
  remove: api.remove.handler(({ input, errors }) => {
    const removed = maintenance.remove(input.id)
    if (!removed.ok) throw errors[removed.error]()
  }),
})

function rulesProcedures(api: Api['rules'], { rules, ruleEdits, rehearse, findBeyond }: RouterDeps) {
  const rehearsing = new Set<string>()
  const all = () => [...rules()]
  const inForce = (id: string) => {
    const found = all().find((rule) => rule.id === id)
    if (found === undefined) throw new Error('a rule that was entered is in force')
    return found
  }
  return {
    list: api.list.handler(() => all()),
    add: api.add.handler(({ input, context, errors }) => {
      const added = ruleEdits.add(input, context.operator.name)
      if (!added.ok) throw errors[added.error]()
      return inForce(input.id)
    }),
    update: api.update.handler(({ input: { id, change, openedAt }, context, errors }) => {
      const updated = ruleEdits.update({ id, ...change }, context.operator.name, openedAt)
      if (!updated.ok) throw errors[updated.error]()
      return inForce(id)
    }),
    remove: api.remove.handler(({ input, context, errors }) => {
      const removed = ruleEdits.remove(input.id, context.operator.name)
      if (!removed.ok) throw errors[removed.error]()
    }),
    rehearse: api.rehearse.handler(async ({ input, context, signal, errors }) => {
      const { id } = context.operator
      if (rehearsing.has(id)) throw errors.TOO_MANY_REQUESTS()
      rehearsing.add(id)
      try {
        return await rehearse(input, signal)
      } finally {
        rehearsing.delete(id)
      }
    }),
    beyond: api.beyond.handler(({ input, signal }) => findBeyond(input, signal)),
    exportYaml: api.exportYaml.handler(() => ({ yaml: ruleEdits.exportYaml() })),
    exportPrometheus: api.exportPrometheus.handler(({ context: { language = 'en' } }) => ({ yaml: prometheusRules(rules(), language) })),
    importYaml: api.importYaml.handler(({ input, context, errors }) => {
      const taken = ruleEdits.importYaml(input.yaml, context.operator.name)
      if (taken.ok) return all()
      throw typeof taken.error === 'string' ? errors[taken.error]() : refusedMistakes(taken.error)
    }),
  }
}

const onAirProcedures = (api: Api['onAir'], { onAir }: RouterDeps) => ({
  list: api.list.handler(() => [...onAir.list()]),
  get: api.get.handler(({ input, errors }) => orNotFound(onAir.get(input.id), errors)),
  preview: api.preview.handler(({ input, signal }) => onAir.preview(input, signal)),
  add: api.add.handler(({ input, context, errors }) => {
    const added = onAir.add(input, context.operator.name)
    if (!added.ok) throw errors[added.error]()
    return added.value
  }),
  update: api.update.handler(({ input, context, errors }) => {
    const updated = onAir.update(input.id, input.change, context.operator.name)
    if (!updated.ok) throw errors[updated.error]()
    return updated.value
  }),
  remove: api.remove.handler(({ input, errors }) => {
    const removed = onAir.remove(input.id)
    if (!removed.ok) throw errors[removed.error]()
  }),
})

const serversProcedures = (api: Api['servers'], { servers, testConnection }: RouterDeps) => ({
  list: api.list.handler(() => [...servers.all()]),
  get: api.get.handler(({ input, errors }) => {
    const server = servers.get(input.id)
    if (!server) throw errors.NOT_FOUND()
    return server
  }),
  add: api.add.handler(({ input, errors }) => {
    const added = servers.add(input)
    if (!added.ok) throw typeof added.error === 'object' ? gateRefused(added.error) : errors[added.error]()
    return added.value
  }),
  update: api.update.handler(({ input, errors }) => {
    const updated = servers.update(input.id, input.change)
    if (!updated.ok) throw typeof updated.error === 'object' ? gateRefused(updated.error, 'change.') : errors[updated.error]()
    return updated.value
  }),
  remove: api.remove.handler(({ input, errors }) => {
    const removed = servers.remove(input.id)
    if (!removed.ok) throw errors[removed.error]()
  }),
  tryNow: api.tryNow.handler(({ input, errors }) => {
    const server = servers.tryNow(input.id)
    if (!server) throw errors.NOT_FOUND()
    return server
  }),
  test: api.test.handler(async ({ input, signal }) => {
    // A stored password is only ever sent to the server it belongs to, never to another address.
    const stored = input.id === undefined ? null : servers.get(input.id)
    const sameServer = stored !== null && new URL(stored.url).origin === new URL(input.url).origin
    const lent = sameServer ? servers.accessOf(stored.id) : null
    const gate = gateAfter(lent?.gate ?? null, input)
    if (!gate.ok) throw gateRefused(gate.error)
    return await testConnection(input, { authorization: lent?.authorization ?? null, gate: gate.value }, signal)
  }),
  configuration: api.configuration.handler(({ input, errors }) => {
    const configuration = servers.configuration(input.id)
    if (!configuration) throw errors.NOT_FOUND()
    return configuration
  }),
  configurationFindings: api.configurationFindings.handler(({ input, errors }) => {
    const configuration = servers.configuration(input.id)
    if (!configuration) throw errors.NOT_FOUND()
    if (configuration.readAt === null) return []
    const findings = configurationFindings({ ...configuration, version: servers.get(input.id)?.version ?? null })
    return findings.map((finding) => ({ finding, level: configurationRisks[finding.kind], lines: [...linesThatChange(finding)] }))
  }),
})

const configurationsProcedures = (api: Api['configurations'], { servers, readOnly, configurations, compareConfigurations }: RouterDeps) => ({
  compare: api.compare.handler(({ input, context, signal = never }) => {
    // A past moment may have had other servers.
    if (input.at === undefined) for (const name of input.server ?? []) refuseUnknownServer({ readOnly, servers }, 'server', name, context)
    return compareConfigurations.compare(input, signal)
  }),
  odd: api.odd.handler(({ input = {}, signal = never }) => compareConfigurations.odd(input, signal)),
  limits: api.limits.handler(async ({ input, errors, signal = never }) => {
    if (!servers.get(input.id)) throw errors.NOT_FOUND()
    const limits = await compareConfigurations.limits(input.id, signal)
    if (limits === null) throw errors.NOT_KEPT()
    return limits
  }),
  upgrade: api.upgrade.handler(async ({ input, errors, signal = never }) => {
    const server = servers.get(input.id)
    if (!server) throw errors.NOT_FOUND()
    const upgrade = await compareConfigurations.upgrade(server, signal)
    if (upgrade === null) throw errors.NOT_KEPT()
    return upgrade
  }),
  search: api.search.handler(({ input, signal = never }) => compareConfigurations.search(input, signal)),
  changes: api.changes.handler(({ input, errors }) => {
    if (!servers.get(input.id)) throw errors.NOT_FOUND()
    return configurations.changes(input)
  }),
  at: api.at.handler(async ({ input, errors }) => {
    if (!servers.get(input.id)) throw errors.NOT_FOUND()
    const found = await configurations.at(input.id, input.at)
    if (found === null) throw errors.NOT_KEPT()
    return found
  }),
  difference: api.difference.handler(async ({ input, errors }) => {
    if (!servers.get(input.id)) throw errors.NOT_FOUND()
    const found = await configurations.difference(input.id, input.from, input.to)
    if (found === null) throw errors.NOT_KEPT()
    return found
  }),
})

function pathEditsProcedures(api: Api['pathEdits'], { pathEdits }: RouterDeps) {
  /** Returns the value, or throws the refusal; a refusal that the procedure does not declare is a bug. */
  const made = <T>(result: Result<T, PathEditRefusal>, errors: object): T => {
    if (result.ok) return result.value
    const refused = (errors as Readonly<Record<string, (details?: object) => Error>>)[result.error.code]
    if (refused === undefined) throw new Error(`undeclared: ${result.error.code}`)
    const { error } = result
    if (error.code === 'NOT_CHANGED') throw refused({ data: { kind: 'serverNotChanged', name: error.name, error: error.error } })
    throw error.code === 'OTHER_SETTING' ? refused({ data: { kind: 'otherSetting', setting: error.setting } }) : refused()
  }
  return {
    read: api.read.handler(async ({ input, errors }) => made(await pathEdits.read(input.id, input.path), errors)),
    preview: api.preview.handler(async ({ input, errors }) => made(await pathEdits.preview(input), errors)),
    apply: api.apply.handler(async ({ input, errors, context }) =>
      made(await pathEdits.apply(input, { by: context.operator.name, reason: input.reason }), errors),
    ),
    list: api.list.handler(({ input, errors }) => orNotFound(pathEdits.list(input.id, input.limit), errors)),
    undo: api.undo.handler(async ({ input, errors, context }) =>
      made(await pathEdits.undo(input.id, input.edit, { by: context.operator.name, reason: input.reason }), errors),
    ),
  }
}

const streamsProcedures = (api: Api['streams'], { readOnly, servers, streams, naming, lives, pastOf, usual }: RouterDeps) => ({
  usual: api.usual.handler(async ({ input, errors, signal }) => orNotFound(await usual.ask(input, signal), errors)),
  list: api.list.handler(async ({ input, context, signal }) => {
    const { operator, language } = context
    if (input?.at === undefined) refuseUnknownServer({ readOnly, servers }, 'serverId', input?.serverId, context)
    const reports = input?.at === undefined ? streams.eachReport(language) : await pastOf(operator).reports(input.at, language, signal)
    return [...naming.withFields(selectedReports(reports, input))]
  }),
  lives: api.lives.handler(({ input, signal }) => lives(input, signal)),
  naming: api.naming.handler(() => naming.settings()),
  keepNaming: api.keepNaming.handler(({ input, errors }) => {
    const kept = naming.keep(input.templates)
    if (kept === null) throw errors.FORBIDDEN()
    return kept
  }),
  settings: api.settings.handler(() => streams.settings()),
  keepSettings: api.keepSettings.handler(({ input }) => streams.keepSettings(input)),
  expect: api.expect.handler(({ input, context, errors }) => {
    if (!streams.expect(input.streams, input.expected, context.operator.name)) throw errors.NOT_FOUND()
  }),
  get: api.get.handler(async ({ input, context, errors, signal }) => {
    const { serverId, path, at } = input
    const stream = at === undefined ? streams.get(serverId, path) : await pastOf(context.operator).stream(serverId, path, at, signal)
    if (!stream) throw errors.NOT_FOUND()
    return stream
  }),
  forwards: api.forwards.handler(({ input, errors }) => {
    const forwards = streams.forwardsOf(input.serverId)
    if (!servers.get(input.serverId) || forwards === null) throw errors.NOT_FOUND()
    return { ...forwards, destinations: [...forwards.destinations] }
  }),
  sessions: api.sessions.handler(({ input, errors }) => {
    if (!servers.get(input.serverId)) throw errors.NOT_FOUND()
    return [...streams.sessionsOf(input.serverId)]
  }),
})

function pathsProcedures(api: Api['paths'], { paths, ...known }: RouterDeps) {
  type Errors = Readonly<Record<'NOT_FOUND' | 'CONFLICT', () => Error>>
  const refusalOf = (why: 'none' | 'several', errors: Errors): Error => (why === 'none' ? errors.NOT_FOUND() : errors.CONFLICT())
  return {
    list: api.list.handler(async ({ input, context, signal = never }) => {
      refuseUnknownServer(known, 'server', input?.server, context)
      return await paths.list({ itemsPerPage: 1_000, page: 0, ...input }, signal)
    }),
    get: api.get.handler(({ input, context, errors }) => {
      refuseUnknownServer(known, 'server', input.server, context)
      const path = paths.get(input)
      if (typeof path === 'string') throw refusalOf(path, errors)
      return path
    }),
    close: api.close.handler(async ({ input, context, errors }) => {
      refuseUnknownServer(known, 'server', input.server, context)
      const closed = await paths.close({ ...input, by: context.operator.name })
      if (closed === 'unpublished') throw errors.UNPROCESSABLE_CONTENT()
      if (typeof closed === 'string') throw refusalOf(closed, errors)
      return closed
    }),
  }
}

function sessionsProcedures(api: Api['sessions'], { sessions, sessionLog, clock, ...known }: RouterDeps) {
  return {
    list: api.list.handler(async ({ input, context, signal = never }) => {
      refuseUnknownServer(known, 'server', input?.server, context)
      return await sessions.list({ sort: 'since', offset: 0, limit: 100, ...input }, signal)
    }),
    groups: api.groups.handler(async ({ input, context, signal = never }) => {
      refuseUnknownServer(known, 'server', input.server, context)
      return await sessions.groups(input, signal)
    }),
    past: api.past.handler(({ input: { from, lastMs = 3_600_000, to = clock.now(), ...asked }, signal = never }) =>
      sessionLog.past({ ...asked, from: from ?? to - lastMs, to }, signal),
    ),
    keep: api.keep.handler(({ input }) => ({ days: sessionLog.keep(input.days) })),
    kick: api.kick.handler(async ({ input: { id, serverId, reason }, context, errors }) => {
      const named = sessions.named(id).filter((one) => serverId === undefined || one.serverId === serverId)
      // If two servers have a session of this id, the request is ambiguous.
      const [result] = named.length === 1 ? await sessions.kick(named, { by: context.operator.name, reason }) : []
      if (result === undefined) throw errors.NOT_FOUND()
      return result
    }),
    kickMany: api.kickMany.handler(async ({ input, context }) => await sessions.kick(input.sessions, { by: context.operator.name, reason: input.reason })),
  }
}

const recordingsProcedures = (api: Api['recordings'], { recordings, ...known }: RouterDeps) => ({
  list: api.list.handler(async ({ input, context, signal }) => {
    refuseUnknownServer(known, 'server', input?.server, context)
    return await recordings.list({ offset: 0, limit: 100, ...input }, signal)
  }),
  calendar: api.calendar.handler(async ({ input, errors, signal }) => orNotFound(await recordings.calendar(input, signal), errors)),
  lane: api.lane.handler(async ({ input, errors, signal }) => orNotFound(await recordings.lane(input, signal), errors)),
  deletable: api.deletable.handler(async ({ input: { since, until, ...asked }, errors }) => {
    const found = orNotFound(await recordings.deletable({ ...asked, from: since, to: until }), errors)
    if (!found.ok) throw errors.UNREADABLE({ data: found.error })
    return found.value
  }),
  delete: api.delete.handler(async ({ input, context, errors }) => orNotFound(await recordings.delete({ ...input, by: context.operator.name }), errors)),
})

function remediesProcedures(api: Api['remedies'], { remedies }: RouterDeps) {
  const rehearsing = new Set<string>()
  return {
    list: api.list.handler(() => remedies.list()),
    acts: api.acts.handler(({ input }) => remedies.acts(input.limit, input.rule)),
    rehearse: api.rehearse.handler(async ({ input, context, signal, errors }) => {
      const { id } = context.operator
      if (rehearsing.has(id)) throw errors.TOO_MANY_REQUESTS()
      rehearsing.add(id)
      try {
        const rehearsed = await remedies.rehearse(input.rule, signal)
        if (!rehearsed.ok) throw errors[rehearsed.error]()
        return rehearsed.value
      } finally {
        rehearsing.delete(id)
      }
    }),
    arm: api.arm.handler(({ input: { rule, reason }, context, errors }) => {
      const armed = remedies.arm(rule, context.operator.name, reason)
      if (!armed.ok) throw errors[armed.error]()
      return armed.value
    }),
    disarm: api.disarm.handler(({ input: { rule, reason }, context, errors }) => {
      const disarmed = remedies.disarm(rule, context.operator.name, reason)
      if (!disarmed.ok) throw errors[disarmed.error]()
      return disarmed.value
    }),
  }
}

const historyProcedures = (api: Api['history'], { history, timeline }: RouterDeps) => ({
  sum: api.sum.handler(({ input, signal }) => history.sum(input, signal)),
  range: api.range.handler(({ input, signal }) => history.range(input, signal)),
  tail: api.tail.handler(({ input }) => history.tail(input.series, input.since)),
  events: api.events.handler(async ({ input }) => await history.events({ ...input, limit: input?.limit ?? 100 })),
  timeline: api.timeline.handler(({ input, signal }) => timeline(input, signal)),
  store: api.store.handler(() => history.figures()),
  keep: api.keep.handler(({ input }) => history.keep(input)),
})

const previewsProcedures = (api: Api['previews'], { previews, previewReports, stills, pictureTools }: RouterDeps) => ({
  open: api.open.handler(async ({ input, errors }) => orNotFound(await previews.open(input), errors)),
  still: api.still.handler(async ({ input, errors, signal }) => orNotFound(await stills.take(input, signal), errors)),
  tools: api.tools.handler(({ signal }) => pictureTools.look(signal)),
  keepFfmpeg: api.keepFfmpeg.handler(async ({ input, errors, signal }) => {
    const kept = await pictureTools.keep(input.ffmpeg, signal)
    if (!kept.ok) throw errors.UNUSABLE({ data: { kind: 'toolUnusable', problem: kept.error } })
    return kept.value
  }),
  report: api.report.handler(({ input }) => ({ why: previewReports.report(input) })),
  close: api.close.handler(async ({ input }) => {
    await previews.close(input)
  }),
})

const webrtcProcedures = (api: Api['webrtc'], { clock, servers, webrtcGrants, webrtcHealth, webrtcPictures }: RouterDeps) => ({
  grant: api.grant.handler(({ input: { may, server, paths, seconds }, context: { operator }, errors }) => {
    const all = servers.all()
    const found = server === undefined && all.length === 1 ? all[0] : serverOf(server ?? '', all)
    if (found === undefined) throw errors.NOT_FOUND()
    const until = clock.now() + seconds * 1000
    return { token: webrtcGrants.make({ use: may === 'publish' ? 'whip' : 'whep', serverId: found.id, paths, until, by: operator.name }), until }
  }),
  health: api.health.handler(async ({ input, errors }) => orNotFound(await webrtcHealth(input?.server), errors)),
  prepare: api.prepare.handler(async ({ input, errors, signal }) => orNotFound(await webrtcPictures.prepare(input, signal), errors)),
  watch: api.watch.handler(async ({ input, errors, signal }) => orNotFound(await webrtcPictures.watch(input, signal), errors)),
  giveUp: api.giveUp.handler(async ({ input }) => ({ why: await webrtcPictures.giveUp(input) })),
})

const snapshotsProcedures = (api: Api['snapshots'], { snapshots }: RouterDeps) => ({
  list: api.list.handler(({ input }) => snapshots.list(input)),
  newest: api.newest.handler(({ input }) => snapshots.newest(input)),
  pictures: api.pictures.handler(({ input }) => snapshots.pictures(input)),
  around: api.around.handler(({ input }) => snapshots.around(input)),
  take: api.take.handler(({ input }) => snapshots.take(input)),
  status: api.status.handler(() => snapshots.status()),
  keep: api.keep.handler(({ input }) => snapshots.keep(input)),
})

const bundlesProcedures = (api: Api['bundles'], { bundles }: RouterDeps) => ({
  make: api.make.handler(async ({ input, errors, signal }) => {
    const made = await bundles.make(input, signal)
    if (made === null) throw errors.NOTHING_KEPT()
    return made
  }),
})

const dossiersProcedures = (api: Api['dossiers'], { dossiers }: RouterDeps) => ({
  ofIncident: api.ofIncident.handler(async ({ input, errors, signal }) => orNotFound(await dossiers.ofIncident(input, signal), errors)),
  ofPeriod: api.ofPeriod.handler(({ input, signal }) => dossiers.ofPeriod(input, signal)),
})

function diagnosisProcedures(api: Api['diagnosis'], { diagnoses }: RouterDeps) {
  return {
    ofServer: api.ofServer.handler(async ({ input, context, errors }) =>
      orNotFound(await diagnoses.run({ serverId: input.serverId, path: null, wakesOnDemand: false, by: context.operator.name }), errors),
    ),
    ofStream: api.ofStream.handler(async ({ input, context, errors }) => orNotFound(await diagnoses.run({ ...input, by: context.operator.name }), errors)),
    kept: api.kept.handler(({ input, errors }) => [...orNotFound(diagnoses.kept(input.serverId, input.path ?? null), errors)]),
  }
}

/** Judges a stream by its known state and by its last diagnosis, if that is recent enough. */
function playabilityProcedures(api: Api['playability'], { diagnoses, streams, servers, clock }: RouterDeps) {
  const judged = ({ serverId, path }: { readonly serverId: string; readonly path: string }): Playability | null => {
    const stream = streams.get(serverId, path)
    const server = servers.get(serverId)
    if (stream === null || server === null) return null
    const configuration = servers.configuration(serverId)
    const at = clock.now()
    const last = diagnoses.kept(serverId, path)?.find(({ endedAt }) => endedAt !== null)
    const tried = last?.endedAt != null && at - last.endedAt < tryCountsMs ? last : null
    const global = configuration === null || configuration.readAt === null ? null : configuration.global
    const rows = playabilityOf({ stream, version: server.version, global, findings: tried?.findings ?? [] })
    return { serverId, path, at, triedAt: tried?.endedAt ?? null, rows: [...rows] }
  }
  return {
    ofStream: api.ofStream.handler(({ input, errors }) => orNotFound(judged(input), errors)),
    attempt: api.attempt.handler(async ({ input, context, errors }) => {
      if (judged(input) === null) throw errors.NOT_FOUND()
      await diagnoses.run({ ...input, wakesOnDemand: false, by: context.operator.name })
      return orNotFound(judged(input), errors)
    }),
  }
}

const hostsProcedures = (api: Api['hosts'], { hosts, localHost, sizing }: RouterDeps) => ({
  local: api.local.handler(async () => readingAlone((await localHost.read()).value)),
  list: api.list.handler(() => [...hosts.all()]),
  add: api.add.handler(({ input, errors }) => {
    const added = hosts.add(input)
    if (!added.ok) throw errors[added.error]()
    return added.value
  }),
  update: api.update.handler(({ input, errors }) => {
    const updated = hosts.update(input.id, input.change)
    if (!updated.ok) throw errors[updated.error]()
    return updated.value
  }),
  remove: api.remove.handler(({ input, errors }) => {
    const removed = hosts.remove(input.id)
    if (!removed.ok) throw errors[removed.error]()
  }),
  acceptKey: api.acceptKey.handler(({ input, errors }) => {
    const accepted = hosts.acceptKey(input.id, input.target, input.fingerprint)
    if (!accepted.ok) throw errors[accepted.error]()
    return accepted.value
  }),
  test: api.test.handler(({ input, signal }) => hosts.test(input, signal)),
  processes: api.processes.handler(async ({ input, errors, signal }) => {
    const found = await hosts.processes(input.id, signal)
    if (!found.ok) throw found.error === null ? errors.NOT_FOUND() : errors.UNREADABLE({ data: found.error })
    return [...found.value]
  }),
  sizing: api.sizing.handler(async ({ input, errors, signal }) => {
    const host = hosts.get(input.id)
    if (!host) throw errors.NOT_FOUND()
    return await sizing.of(host, signal)
  }),
})

function probesProcedures(api: Api['probes'], { probes, probedStreams, snapshots }: RouterDeps) {
  /** Returns the value, or throws the refusal as an error of the contract. */
  const found = <T>(result: Result<T, ProbeChangeError | 'NOT_READ'>, errors: Parameters<Parameters<typeof api.add.handler>[0]>[0]['errors']): T => {
    if (!result.ok) throw errors[result.error]()
    return result.value
  }
  return {
    list: api.list.handler(() => [...probes.all()]),
    streams: api.streams.handler(() => Array.from(probedStreams(), ([probeId, { serverId, path }]) => ({ probeId, serverId, path }))),
    get: api.get.handler(({ input, errors }) => orNotFound(probes.get(input.id), errors)),
    add: api.add.handler(({ input, errors }) => found(probes.add(input), errors)),
    update: api.update.handler(({ input, errors }) => found(probes.update(input.id, input.change), errors)),
    remove: api.remove.handler(({ input, errors }) => {
      found(probes.remove(input.id), errors)
    }),
    agree: api.agree.handler(({ input, errors }) => found(probes.agree(input.id), errors)),
    readNow: api.readNow.handler(({ input, errors }) => orNotFound(probes.readNow(input.id), errors)),
    test: api.test.handler(async ({ input, errors, signal }) => found(await probes.test(input, signal), errors)),
    import: api.import.handler(({ input, errors }) => found(probes.importList(input), errors)),
    evidence: api.evidence.handler(({ input: { id, from = 0, to = Number.MAX_SAFE_INTEGER } }) => snapshots.evidence({ id, from, to })),
    status: api.status.handler(() => probes.status()),
    keep: api.keep.handler(({ input }) => probes.keep(input)),
  }
}

const canariesProcedures = (api: Api['canaries'], { canaries }: RouterDeps) => ({
  list: api.list.handler(() => [...canaries.all()]),
  put: api.put.handler(({ input: { serverId, ...settings }, errors }) => {
    const put = canaries.put(serverId, settings)
    if (!put.ok) throw errors[put.error]()
    return put.value
  }),
  remove: api.remove.handler(({ input, errors }) => {
    const removed = canaries.remove(input.serverId)
    if (!removed.ok) throw errors[removed.error]()
  }),
})

function vantagesProcedures(api: Api['vantages'], { vantages, probes, installation, clock }: RouterDeps) {
  return {
    list: api.list.handler(() => [...vantages.all()]),
    put: api.put.handler(({ input, errors }) => {
      const put = vantages.put(input)
      if (!put.ok) throw errors[put.error]()
      return put.value
    }),
    remove: api.remove.handler(({ input, errors }) => {
      const removed = vantages.remove(input.name)
      if (!removed.ok) throw errors[removed.error]()
    }),
    sights: api.sights.handler(() => ownSights(installation, probes.all(), clock.now())),
  }
}
const dailyChecksProcedures = (api: Api['dailyChecks'], { dailyChecks }: RouterDeps) => ({
  list: api.list.handler(({ input }) => dailyChecks.list({ until: input?.until, limit: input?.limit ?? 100 })),
  status: api.status.handler(() => dailyChecks.status()),
  get: api.get.handler(({ input: { id, ...asked }, errors }) => orNotFound(dailyChecks.get(id, asked), errors)),
  pictures: api.pictures.handler(async ({ input, errors }) => orNotFound(await dailyChecks.pictures(input.id, input.cameras, input.before), errors)),
  run: api.run.handler(({ input, errors, context }) => {
    const begun = dailyChecks.run(input, context.operator.name)
    if (!begun.ok) throw errors[begun.error]()
    return begun.value
  }),
  stop: api.stop.handler(({ input, errors }) => orNotFound(dailyChecks.stop(input.id), errors)),
  acceptSize: api.acceptSize.handler(({ input, errors }) => {
    if (!dailyChecks.acceptSize(input.id, input.no)) throw errors.NOT_FOUND()
  }),
  keep: api.keep.handler(({ input, errors }) => {
    const kept = dailyChecks.keep(input)
    if (!kept.ok) throw errors[kept.error]()
    return kept.value
  }),
})

const wallsProcedures = (api: Api['walls'], { walls }: RouterDeps) => ({
  list: api.list.handler(() => [...walls.list()]),
  add: api.add.handler(({ input, context, errors }) => {
    const added = walls.add(input, context.operator.name)
    if (!added.ok) throw errors[added.error]()
    return added.value
  }),
  update: api.update.handler(({ input, context, errors }) => {
    const updated = walls.update(input.id, input.change, context.operator.name, input.revision)
    if (!updated.ok) throw errors[updated.error]()
    return updated.value
  }),
  remove: api.remove.handler(({ input, errors }) => {
    const removed = walls.remove(input.id)
    if (!removed.ok) throw errors[removed.error]()
  }),
  order: api.order.handler(({ input }) => [...walls.order(input.ids)]),
})

/** Implements the contract. Each line delegates to the module in charge; nothing is decided here. */
export function createRouter(deps: RouterDeps) {
  const api = guarded(deps.readOnly)
  return api.router({
    access: accessProcedures(api.access, deps),
    fleet: fleetProcedures(api.fleet, deps),
    alarms: alarmsProcedures(api.alarms, deps),
    incidents: incidentsProcedures(api.incidents, deps),
    rules: rulesProcedures(api.rules, deps),
    remedies: remediesProcedures(api.remedies, deps),
    channels: channelsProcedures(api.channels, deps),
    maintenance: maintenanceProcedures(api.maintenance, deps),
    onAir: onAirProcedures(api.onAir, deps),
    servers: serversProcedures(api.servers, deps),
    configurations: configurationsProcedures(api.configurations, deps),
    pathEdits: pathEditsProcedures(api.pathEdits, deps),
    streams: streamsProcedures(api.streams, deps),
    paths: pathsProcedures(api.paths, deps),
    sessions: sessionsProcedures(api.sessions, deps),
    recordings: recordingsProcedures(api.recordings, deps),
    history: historyProcedures(api.history, deps),
    previews: previewsProcedures(api.previews, deps),
    webrtc: webrtcProcedures(api.webrtc, deps),
    snapshots: snapshotsProcedures(api.snapshots, deps),
    walls: wallsProcedures(api.walls, deps),
    bundles: bundlesProcedures(api.bundles, deps),
    dossiers: dossiersProcedures(api.dossiers, deps),
    diagnosis: diagnosisProcedures(api.diagnosis, deps),
    playability: playabilityProcedures(api.playability, deps),
    hosts: hostsProcedures(api.hosts, deps),
    probes: probesProcedures(api.probes, deps),
    canaries: canariesProcedures(api.canaries, deps),
    vantages: vantagesProcedures(api.vantages, deps),
    dailyChecks: dailyChecksProcedures(api.dailyChecks, deps),
    availability: {
      read: api.availability.read.handler(async ({ input, context, signal }) => {
        refuseUnknownServer(deps, 'server', input.server, context)
        return await deps.availability(input, signal)
      }),
    },
  })
}
export type EngineRouter = ReturnType<typeof createRouter>
