import type { Clock } from '../../clock/clock.ts'
import { metricHelp, metricLabel } from '../../i18n/metricText.ts'
import { exportedMetric } from '../../shared/exportedMetrics.ts'
import type { Host } from '../../shared/hosts.ts'
import { type MetricId, metricIds, metrics } from '../../shared/metrics.ts'
import type { Operator } from '../../shared/permissions.ts'
import type { Probe } from '../../shared/probes.ts'
import { readingHoldsMs } from '../../shared/probeTurns.ts'
import { type Server, serverStaleAfterMs, shownState, staleAfterMs } from '../../shared/servers.ts'
import { streamStateCodes, streamStates } from '../../shared/streams.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import type { Finding } from '../alarms/findings.ts'
import type { Cameras } from '../cameras/cameras.ts'
import { type ConsoleState, consoleFamilies } from './consoleFamilies.ts'
import { breath, type ExpositionFormat, exposition, type Family, gauge, info, labelsText, labelText, valueText } from './exposition.ts'
import { createNewestFigures, type NewestRows } from './newestFigures.ts'
import { probeFamilies, probeLabels } from './probeFamilies.ts'

export interface ExporterDeps {
  readonly clock: Clock
  readonly servers: () => readonly Server[]
  readonly hosts: () => readonly Host[]
  readonly probes: () => readonly Probe[]
  /** Streams with the cameras to which they belong, of those that an operator may see; null: of all. */
  readonly cameras: (operator: Operator | null) => ReturnType<Cameras['belonging']>
  /** What is wrong by the states of servers and streams, as the rules find it, without their delays. */
  readonly findings: () => Iterable<Pick<Finding, 'kind' | 'severity' | 'subject'>>
  readonly console: () => ConsoleState
}

export interface ExportInput {
  readonly format: ExpositionFormat
  /** Who asks; null: somebody with the token that is for metrics alone. */
  readonly operator: Operator | null
}

/** Everything the console knows now, for Prometheus: from memory, written as fast as it is read. */
export type Exporter = ReturnType<typeof createExporter>

export function createExporter({ clock, servers, hosts, probes, cameras, findings, console }: ExporterDeps) {
  const newest = createNewestFigures(clock.monotonic)
  /** What refuses us is not asked again, and says so: its own figures hold. */
  const ofServer =
    (kind: 'own' | 'parts') =>
    (server: Server): Source => {
      const sinceMs = server.state === 'halted' && kind === 'own' ? Number.MAX_VALUE : serverStaleAfterMs(server)
      return { id: server.id, labels: labelText('server', server.name), partLabel: 'path', rows: () => newest.of(server.id, kind, sinceMs) }
    }
  const ofHost =
    (kind: 'own' | 'parts') =>
    (host: Host): Source => {
      const sinceMs = host.state === 'waiting' && kind === 'own' ? Number.MAX_VALUE : staleAfterMs(host.intervalSeconds * 1000, null)
      return { id: host.id, labels: labelText('host', host.name), partLabel: 'device', rows: () => newest.of(host.id, kind, sinceMs) }
    }
  const ofProbe = (probe: Probe): Source => ({
    ...{ id: probe.id, labels: probeLabels(probe), partLabel: '' },
    rows: () => newest.of(probe.id, 'own', readingHoldsMs(probe)),
  })

  return {
    /** Takes note of figures. Call it before history takes them away. */
    see: newest.see,
    unknown: newest.unknown,
    forget: newest.forget,
    /** In pieces of a few ms each. */
    pieces: ({ format, operator }: ExportInput): Iterable<string> => {
      const listed = named(servers())
      const machines = named(hosts())
      return exposition(
        (function* () {
          yield* serverFamilies(listed)
          yield* figures('server', listed.map(ofServer('own')))
          yield troublesOf('server', listed, findings)
          yield* figures('stream', listed.map(ofServer('parts')))
          yield troublesOf('stream', listed, findings)
          yield cameraFamily(listed, () => cameras(operator))
          yield* hostFamilies(machines, listed)
          yield* figures('host', machines.map(ofHost('own')))
          yield* figures('device', machines.map(ofHost('parts')))
          const all = named(probes())
          yield* probeFamilies(all, clock.now())
          yield* figures('probe', all.map(ofProbe))
          yield* consoleFamilies(console())
        })(),
        format,
      )
    },
  }
}

/** Labels must differ, and servers of a configuration file may be called as stored ones are. */
function named<Owned extends { readonly id: string; readonly name: string }>(all: readonly Owned[]): readonly Owned[] {
  const taken = new Set<string>()
  return all.map((owned) => {
    const name = taken.has(owned.name) ? `${owned.name} (${owned.id})` : owned.name
    taken.add(name)
    return { ...owned, name }
  })
}

/** The figures of a server or host, asked for when they are written. */
interface Source {
  readonly id: string
  readonly labels: string
  /** Of its parts. */
  readonly partLabel: string
  readonly rows: () => NewestRows | null
}
/** The metrics of the table that belong to one kind of subject. */
function* figures(of: (typeof metrics)[MetricId]['of'], sources: readonly Source[]): Iterable<Family> {
  for (const id of metricIds) {
    if (metrics[id].of !== of) continue
    const { name, type, scale, step } = exportedMetric(id)
    const write = type === 'stateset' ? stateLine : (labels: string, value: number) => `${name}{${labels}} ${valueText(value * scale, step)}`
    yield {
      name,
      type: type === 'counter' ? 'counter' : 'gauge',
      help: metricHelp(id, 'en') ?? metricLabel(id, 'en'),
      lines: function* () {
        for (const source of sources) yield* linesOf(source, id, write)
      },
    }
  }
  function stateLine(labels: string, value: number): string {
    return `mtxdeck_stream_state{${labels},state="${streamStates[value] ?? 'unknown'}"} 1`
  }
}

/** Rows between two breaths: a millisecond of work. */
const breathRows = 4_000

/** What is said of a stream that is not there any more would look like a stream. */
const isOver = (state: number): boolean => state === streamStateCodes.gone || state === streamStateCodes.ended || state === streamStateCodes.unknown

function* linesOf(source: Source, id: MetricId, write: (labels: string, value: number) => string): Iterable<string> {
  const rows = source.rows()
  if (rows === null) return
  // If a poll brings another list between two pieces, this one and its values stay as they are.
  const { parts, metrics: columns, values } = rows
  const column = columns.indexOf(id)
  if (column < 0) return
  const state = columns.indexOf('path.state')
  const count = parts?.length ?? 1
  for (let row = 0; row < count; row++) {
    const from = row * columns.length
    const value = values[from + column] as number
    // Of a figure that no stream has, nothing would be written for long.
    if (row % breathRows === breathRows - 1) yield breath
    if (!Number.isFinite(value) || (state >= 0 && isOver(values[from + state] as number))) continue
    yield write(parts === null ? source.labels : `${source.labels},${labelText(source.partLabel, parts[row] as string)}`, value)
  }
}

/** Exactly one of these is 1 for what it is about; its labels join names, ids and tags to the others. */
function* serverFamilies(servers: readonly Server[]): Iterable<Family> {
  yield info(
    'mtxdeck_server_info',
    'A watched server: its id, version, state and tags (each between commas).',
    ...servers.map((server) => {
      const { name, id, version, tags } = server
      return `${labelsText({ server: name, id, version: version ?? '', state: shownState(server), tags: tagsText(tags) })} 1`
    }),
  )
  yield gauge(
    'mtxdeck_server_poll_interval_seconds',
    'How often the server is asked.',
    ...servers.map(({ name, cost, intervalSeconds }) => `${labelsText({ server: name })} ${cost?.effectiveIntervalSeconds ?? intervalSeconds}`),
  )
  yield gauge(
    'mtxdeck_server_poll_interval_configured_seconds',
    'How often the server is to be asked. It is asked less often where asking would cost it too much.',
    ...servers.map(({ name, intervalSeconds }) => `${labelsText({ server: name })} ${intervalSeconds}`),
  )
  yield gauge(
    'mtxdeck_server_streams_expected',
    'Streams that should be on air, by what they are now; maintenance: not live, within a maintenance window. Their sum stays as streams die.',
    ...servers.flatMap(({ name, totals }) =>
      expectedParts.flatMap((part) => {
        const count = totals[`expected${part}`]
        return count === null ? [] : `${labelsText({ server: name, is: part.toLowerCase() })} ${count}`
      }),
    ),
  )
}
const expectedParts = ['Live', 'Slate', 'Stalled', 'Gone', 'Waiting', 'Unknown', 'Maintenance'] as const
const tagsText = (tags: readonly string[]): string => (tags.length === 0 ? '' : `,${tags.join(',')},`)

function* hostFamilies(hosts: readonly Host[], servers: readonly Server[]): Iterable<Family> {
  const serverOf = new Map(servers.map((server) => [server.id, server]))
  yield info(
    'mtxdeck_host_info',
    "A watched host: its id, state and system, its media server and that one's tags (each between commas).",
    ...hosts.map(({ name, id, state, reading, serverId }) => {
      const server = serverOf.get(serverId ?? '')
      const own = { host: name, id, state, system: reading?.system ?? '' }
      return `${labelsText({ ...own, server: server?.name ?? '', tags: tagsText(server?.tags ?? []) })} 1`
    }),
  )
  yield gauge(
    'mtxdeck_host_trouble',
    '1 for what is wrong with a host itself: it does not answer (hostDown) or waits for an operator (hostWaiting).',
    ...hosts.flatMap(({ name, state }) => {
      const kind = state === 'down' ? 'hostDown' : state === 'waiting' ? 'hostWaiting' : null
      return kind === null ? [] : `${labelsText({ host: name, kind })} 1`
    }),
  )
}

function cameraFamily(servers: readonly Server[], cameras: () => ReturnType<Cameras['belonging']>): Family {
  return {
    name: 'mtxdeck_camera_info',
    type: 'info',
    help: 'The camera to which a stream belongs: its name, id and project.',
    lines: function* () {
      const nameOf = new Map(servers.map((server) => [server.id, server.name]))
      let row = 0
      for (const { camera, serverId, path } of cameras()) {
        if (row++ % breathRows === breathRows - 1) yield breath
        const server = nameOf.get(serverId)
        if (server === undefined) continue
        const { name, project } = camera.input
        yield `mtxdeck_camera_info${labelsText({ server, path, camera: name, id: camera.id, project })} 1`
      }
    },
  }
}

function troublesOf(of: 'server' | 'stream', servers: readonly Server[], findings: ExporterDeps['findings']): Family {
  const name = `mtxdeck_${of}_trouble`
  return {
    name,
    type: 'gauge',
    help:
      of === 'server'
        ? '1 for what is wrong with a server now, by kind and severity, as the rules say, without their delays.'
        : '1 for what is wrong with a stream now, by kind and severity, as the rules say, without their delays. A stream that is gone but expected is only here.',
    lines: function* () {
      const nameOf = new Map(servers.map((server) => [server.id, server.name]))
      for (const { subject, kind, severity } of findings()) {
        const server = nameOf.get(ownerIdOf(subject))
        if (server === undefined || subject.kind !== of) continue
        const ofPath = subject.kind === 'stream' ? `,${labelText('path', subject.path)}` : ''
        yield `${name}{${labelText('server', server)}${ofPath},kind="${kind}",severity="${severity}"} 1`
      }
    },
  }
}
