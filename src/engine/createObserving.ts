import { serverSubject } from '../shared/subjectNames.ts'
import { zoneOf } from '../shared/units.ts'
import { createBaselines } from './baselines/baselines.ts'
import type { Intake } from './intake.ts'
import type { LateParts } from './lateParts.ts'
import { createOnAir } from './maintenance/onAir.ts'
import type { SessionLog } from './sessions/sessionLog.ts'
import { createStreamNaming } from './streams/streamNaming.ts'
import { createStreams } from './streams/streams.ts'
import type { Wiring } from './wiring.ts'

/** The streams of watched servers, and what is expected of them. */
export type Observing = ReturnType<typeof createObserving>

/** Wires streams with what they are judged by. */
export function createObserving(wiring: Wiring, intake: Intake, parts: LateParts, sessionLog: SessionLog) {
  const { ports, options, slices, opened, signal } = wiring
  const { clock, log } = ports
  const { db, rows, history, bundle } = wiring.store
  const settings = { read: rows.setting, write: rows.keepSetting }
  const naming = createStreamNaming(settings)
  naming.configure(bundle === null ? (options.naming ?? null) : null)
  /** The plans of the configuration file are applied once there are servers. */
  const onAir = opened.use(
    createOnAir({
      clock,
      log,
      db,
      slices,
      userAgent: `mtxdeck/${ports.version}`,
      systemProxy: ports.systemProxy,
      serverOf: (id) => parts.servers?.get(id) ?? null,
      onChange: () => {
        if (parts.servers !== null) streams.planChanged()
      },
      signal,
    }),
  )
  let known: { readonly at: number; readonly hosts: ReadonlySet<string> } | null = null
  /** Asked for each reader. */
  const serverHosts = () => {
    if (known === null || clock.monotonic() - known.at > 10_000)
      known = { at: clock.monotonic(), hosts: new Set((parts.servers?.hosts() ?? []).map(([, host]) => host)) }
    return known.hosts
  }
  const streams = createStreams({
    sessionsChanged: sessionLog.changed,
    onAir,
    clock,
    log,
    db,
    record: intake.record,
    append: intake.append,
    gap: (id, at) => intake.gap(serverSubject(id), at),
    describe: intake.describe,
    openPictures: (id, path) => parts.pictures?.previews.openOn(id, path) ?? 0,
    pictureReads: (id, path) => parts.pictures?.pictures.readersOn(id, path) ?? 0,
    isServerHost: (host) => serverHosts().has(host),
    previewFigures: (id, path) => parts.pictures?.previewReports.take(id, path) ?? null,
    recordingFigures: (id, path, liveSince) => parts.acting?.recordings.figures(id, path, liveSince) ?? null,
    verdicts: {
      severityOf: (id, path) => parts.alerting?.alarms.verdicts.severityOf(id, path) ?? null,
      isMissed: (id, path) => parts.alerting?.alarms.verdicts.isMissed(id, path) ?? false,
      inTroubleOf: (id) => parts.alerting?.alarms.verdicts.inTroubleOf(id) ?? 0,
    },
    inMaintenance: (id) => parts.alerting?.maintenance.streamsOf(id) ?? null,
    settings,
  })
  opened.defer(streams.close)
  const baseline = createBaselines({
    clock,
    log,
    db,
    history,
    slices,
    zone: zoneOf('local'),
    isKnown: (serverId, path) => streams.get(serverId, path) !== null,
    troubledOf: async (serverId, path, from, asked) => (await parts.alerting?.alarms.troubledSpans(serverId, path, from, asked)) ?? [],
    maintainedOf: (subject, from, to) => parts.alerting?.maintenance.within(subject, from, to) ?? [],
    isBundle: bundle !== null,
    signal,
  })
  return { streams, naming, onAir, baseline }
}
