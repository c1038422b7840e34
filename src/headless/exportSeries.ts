import { z } from 'zod'
import { availabilityCells, availabilityHead } from '../i18n/reportText.ts'
import type { AuditPage } from '../shared/accounts.ts'
import { noServerOfName, serverOf } from '../shared/asked.ts'
import type { Availability } from '../shared/availability.ts'
import { toCsv, toCsvLines } from '../shared/csv.ts'
import type { RangeInput, SeriesColumns } from '../shared/history.ts'
import { hostIdSchema } from '../shared/hosts.ts'
import { type MetricId, metricIds, metrics } from '../shared/metrics.ts'
import { nearestWord } from '../shared/nearestWord.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { partOf } from '../shared/subjectNames.ts'
import { kindOfMetric, pathMissing, seriesNamed } from '../shared/subjects.ts'
import { type Tier, tierStepMs, tiers } from '../shared/tiers.ts'
import { isoOf, isoOrNull } from '../shared/time.ts'
import { invalid, type Problem } from '../shared/validationErrors.ts'
import type { ViewingReport, Views } from '../shared/viewing.ts'
import { knownKeys, refused, report } from '../shared/written.ts'
import { streamPieces } from './jsonStream.ts'
import { problemsIn } from './requests.ts'

export const reductions = ['mean', 'min', 'max', 'sum', 'count', 'first', 'last'] as const
export const exportFormats = ['json', 'csv'] as const

const mostSeries = 64
const mostCells = 2_000_000
/** The contract's maximum of buckets, less the one that a range needs to end on its step. */
const mostRowsAtOnce = 4999
/** Values in one piece of an answer, which take 10 ms of the engine's own thread. */
const cellsAtOnce = 20_000
const momentExample = '2026-11-14T03:00:00Z, 1763089200000, -24h'
const ofWhole = (metric: MetricId): boolean => metrics[metric].of === 'server' || metrics[metric].of === 'host'

/** Parameters of an export, of which `path` and `metric` may be repeated: series of one server over time. */
function querySchema(now: number) {
  const once = (name: string, usual: string) =>
    z
      .array(z.string())
      .max(1, invalid({ kind: 'givenTwice', name }))
      .prefault([usual])
      .transform(([text = usual]) => text)
  const moment = (name: string, usual: string) =>
    once(name, usual).transform((text, ctx) => readMoment(text, now) ?? refused(ctx, { kind: 'notSuchAs', example: momentExample }))
  const metric = z.string().transform((text, ctx) => {
    const known = metricIds.find((id) => id === text)
    return known ?? refused(ctx, { kind: 'noSuchName', text, meant: nearestWord(text, metricIds), known: [...metricIds] })
  })
  const parameters = knownKeys({
    server: once('server', '').pipe(z.string().min(1, invalid({ kind: 'missing', key: 'server' }))),
    path: z.array(z.string().min(1, invalid({ kind: 'empty' }))).prefault([]),
    metric: z
      .array(metric)
      .min(1, invalid({ kind: 'notSuchAs', example: 'path.bitrateIn' }))
      .prefault([]),
    from: moment('from', '-24h'),
    to: moment('to', 'now'),
    step: once('step', '60').transform((text, ctx) => {
      const ms = readDuration(text)
      return ms === null || ms < 1000 ? refused(ctx, { kind: 'notSuchAs', example: '60, 15m, 2h, 1d' }) : ms
    }),
    reduce: once('reduce', 'mean').pipe(z.enum(reductions)),
    format: once('format', 'json').pipe(z.enum(exportFormats)),
  })
  return parameters.transform(({ server, path: paths, metric: metricsAsked, step: stepMs, reduce, format, ...range }, ctx) => {
    const from = Math.floor(range.from / stepMs) * stepMs
    const to = Math.ceil(range.to / stepMs) * stepMs
    if (to <= from) report(ctx, ['to'], { kind: 'rangeReversed' })
    const ofPart = metricsAsked.find((id) => !ofWhole(id))
    if (ofPart === undefined && paths.length > 0) report(ctx, ['path'], { kind: 'notHere' })
    if (ofPart !== undefined && paths.length === 0) report(ctx, ['path'], pathMissing(kindOfMetric(ofPart)))
    const series = metricsAsked.flatMap((id) => (ofWhole(id) ? [null] : paths).map((path) => ({ path, metric: id })))
    if (new Set(series.map((one) => `${one.metric} ${one.path ?? ''}`)).size < series.length)
      report(ctx, ['path, metric'], { kind: 'givenTwice', name: 'path, metric' })
    if (series.length > mostSeries) report(ctx, ['path, metric'], { kind: 'tooManyAtOnce', most: mostSeries })
    const cells = ((to - from) / stepMs) * series.length
    if (cells > mostCells) report(ctx, ['step'], { kind: 'tooManyValues', count: cells, most: mostCells })
    return {
      server,
      /** `path` is null for metrics of the server or host itself. */
      series,
      /** Range on multiples of the step since 1970, UTC; the end is excluded. */
      ...{ from, to, stepMs },
      reduce,
      format,
    }
  })
}
export type ExportInput = z.output<ReturnType<typeof querySchema>>

export function readExportInput(given: Readonly<Record<string, readonly string[] | undefined>>, now: number): Result<ExportInput, readonly Problem[]> {
  const { data, error } = querySchema(now).safeParse(given)
  return data === undefined ? err(problemsIn(error)) : ok(data)
}

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** A few thousand years, so that the ends of rows stay within valid dates. */
const mostDurationMs = 1e14

/** `60` (seconds), `90s`, `15m`, `2h`, `1d`, `1w`, as milliseconds; null: not a duration. */
function readDuration(text: string): number | null {
  const found = /^(\d{1,9})([smhdw]?)$/.exec(text)
  const ms = found ? Number(found[1]) * (unitsMs[found[2] || 's'] as number) : Number.POSITIVE_INFINITY
  return ms <= mostDurationMs ? ms : null
}

/** Epoch ms from an ISO 8601 time (UTC if it has no zone), epoch ms, `now` or a duration before now; null: not a time. */
function readMoment(text: string, now: number): number | null {
  if (text === 'now') return now
  if (/^\d{10,15}$/.test(text)) return Number(text)
  const ago = text.startsWith('-') ? readDuration(text.slice(1)) : null
  if (ago !== null) return ago <= now ? now - ago : null
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))?(Z|[+-]\d\d:\d\d)?$/.exec(text)
  const at = found ? Date.parse(`${found[1]}T${found[2] ?? '00:00'}${found[3] ?? 'Z'}`) : Number.NaN
  return Number.isFinite(at) && at >= 0 ? at : null
}

interface ExportSource {
  readonly range: (input: RangeInput, signal?: AbortSignal) => Promise<SeriesColumns[]>
}

/** The coarsest tier whose buckets make up a step exactly. */
const tierOfStep = (stepMs: number): Tier => tiers.findLast((tier) => tierStepMs[tier] > 0 && stepMs % tierStepMs[tier] === 0) ?? 'samples'

/**
 * The series in pieces of text, so that neither side holds all of them. One row per step, oldest first, also where
 * nothing is known; cells are then empty (CSV) or null. Where only a tier coarser than the step is kept, its
 * values are in the rows in which its buckets begin.
 */
export async function* exportSeries(
  source: ExportSource,
  server: { readonly id: string; readonly name: string },
  input: ExportInput,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const { from, to, stepMs, reduce, format } = input
  const series = input.series.map(({ path, metric }) => seriesNamed(server.id, path, metric))
  const coarsest = new Array<number>(series.length).fill(0)
  if (format === 'csv') yield toCsvLines([['time', ...input.series.map(({ path, metric }) => (path === null ? metric : `${path} ${metric}`))]])
  else {
    const head = {
      server: server.name,
      serverId: server.id,
      from: isoOf(from),
      to: isoOf(to),
      stepSeconds: stepMs / 1000,
      reduce,
      series: input.series.map(({ path, metric }) => ({ path, metric, unit: metrics[metric].unit })),
    }
    yield `${JSON.stringify(head).slice(0, -1)},"rows":[`
  }
  let isFirst = true
  const rowsAtOnce = Math.min(mostRowsAtOnce, Math.ceil(cellsAtOnce / series.length))
  for (let at = from; at < to; at += rowsAtOnce * stepMs) {
    const end = Math.min(to, at + rowsAtOnce * stepMs)
    const rows = Math.round((end - at) / stepMs)
    const found = await source.range({ series, from: at, to: end, points: rows + 1, tier: tierOfStep(stepMs), totals: true }, signal)
    const columns = found.map((each, index) => {
      coarsest[index] = Math.max(coarsest[index] as number, tiers.indexOf(each.tier))
      const values = new Array<number | null>(rows).fill(null)
      const chosen = each[reduce]
      each.at.forEach((time, bucket) => {
        const row = Math.floor((time - at) / stepMs)
        // Sums of decimals end in meaningless digits.
        if (row >= 0 && row < rows) values[row] = Number(chosen?.[bucket]?.toPrecision(12) ?? Number.NaN)
      })
      return values
    })
    const lines = Array.from({ length: rows }, (_, row) => [isoOf(at + row * stepMs), ...columns.map((values) => values[row] as number | null)])
    if (format === 'csv') yield toCsvLines(lines)
    else yield (isFirst ? '' : ',') + lines.map((line) => JSON.stringify(line)).join(',')
    isFirst = false
  }
  if (format === 'json') yield `],"tiers":${JSON.stringify(coarsest.map((index) => tiers[index]))}}`
}

/** Finds a server or host by its id, or by its name regardless of case. */
export function findServer(
  nameOrId: string,
  servers: readonly { readonly id: string; readonly name: string }[],
): Result<{ readonly id: string; readonly name: string }, Problem> {
  const found = serverOf(nameOrId, servers)
  if (found) return ok(found)
  // A removed server is no longer listed, but its history is kept.
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(nameOrId) || hostIdSchema.safeParse(nameOrId).success) return ok({ id: nameOrId, name: nameOrId })
  return err({ at: '', key: 'server', validationError: noServerOfName(nameOrId, servers) })
}

export function exportAnswer(source: ExportSource, server: { readonly id: string; readonly name: string }, input: ExportInput, signal: AbortSignal): Response {
  const name = `${server.name.replaceAll(/[^\w.-]+/g, '-')}-${isoOf(input.from).slice(0, 16).replaceAll(/[T:]/g, '-')}`
  return streamPieces(exportSeries(source, server, input, signal), input.format === 'csv' ? headersOfCsv(name) : { 'Content-Type': 'application/json' })
}

/** A report of availability as a file for a spreadsheet. */
export function availabilityCsv({ from, to, rows }: Availability): Response {
  const lines = rows.map((row) => [row.subject.kind, row.name, partOf(row.subject), ...availabilityCells(row)])
  return csvFile(`availability-${daysOf(from, to)}`, toCsv(['kind', 'name', 'path', ...availabilityHead], lines))
}

const hours = (ms: number | null): number | null => ms && ms / 3_600_000
const viewingHead = ['name', 'server', 'path', 'streams', 'hoursWatched', 'mostAtOnce', 'mostIsBound', 'hoursOfOthers', 'hoursObserved', 'project']
/** A report of who watched what as a file for a spreadsheet. */
export function viewingCsv({ from, to, rows }: ViewingReport): Response {
  const lines = rows.map(({ name, server, path, streams, project, ...row }) => [
    ...[name, server, path, streams, hours(row.peopleMs), row.most, row.mostIsBound ? 'yes' : 'no', hours(row.othersMs), hours(row.observedMs), project],
  ])
  return csvFile(`watched-${daysOf(from, to)}`, toCsv(viewingHead, lines))
}

const viewsHead = ['person', 'server', 'path', 'by', 'began', 'ended', 'end', 'reason', 'tries']
/** Who watched what through this console as a file for a spreadsheet. */
export function viewsCsv({ views }: Views): Response {
  const lines = views.map(({ person, server, path, way, began, ended, end, why, tries }) => [
    ...[person, server, path, way, isoOf(began), isoOrNull(ended), end, why?.kind ?? null, tries],
  ])
  return csvFile(`views-${daysOf(views.at(-1)?.began ?? 0, views[0]?.began ?? 0)}`, toCsv(viewsHead, lines))
}

const daysOf = (from: number, to: number): string => [from, to].map((at) => isoOf(at).slice(0, 10)).join('-')

const headersOfCsv = (name: string) => ({
  'Content-Type': 'text/csv; charset=utf-8; header=present',
  'Content-Disposition': `attachment; filename="mtxdeck-${name}.csv"`,
})
const csvFile = (name: string, text: string): Response => new Response(text, { headers: headersOfCsv(name) })

/** Entries of the audit as a file for a spreadsheet. */
export function auditCsv({ entries }: AuditPage): Response {
  const lines = entries.map(({ id, at, by, byId, from, action, what, of, count }) => [id, isoOf(at), by, byId, from, action, what, JSON.stringify(of), count])
  return csvFile('audit', toCsv(['id', 'at', 'by', 'byId', 'from', 'action', 'what', 'of', 'count'], lines))
}
