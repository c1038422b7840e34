import { z } from 'zod'
import { openForeignYaml, type YamlMistake, yaml } from '../engine/yaml.ts'
import { nearestWord } from '../shared/nearestWord.ts'
import { mostProbes } from '../shared/probeIds.ts'
import { type ProbeInput, probeInputSchema, probeLimits } from '../shared/probes.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { invalid, validationErrorOf } from '../shared/validationErrors.ts'
import { refused, report } from '../shared/written.ts'

// The configuration of the stream exporter "video-exporter" as probes. Its keys are those of its README: `exporter` with `check_interval`, `max_concurrent`,
// `max_retries` and `listen_addr`, and `streams`: a list of `url` and `id` for each project.

/** What a file of the exporter says. */
export interface ReadExporter {
  readonly probes: readonly (Pick<ProbeInput, 'name' | 'url' | 'project' | 'intervalSeconds' | 'retries'> & { readonly line: number })[]
  readonly projects: number
  /** Settings that every probe got, in words. */
  readonly taken: readonly string[]
  /** Keys that the console has nothing for, or has elsewhere. */
  readonly left: readonly { readonly line: number; readonly key: string; readonly because: string }[]
}

const keysOf = { file: ['exporter', 'streams'], exporter: ['check_interval', 'max_concurrent', 'max_retries', 'listen_addr'], stream: ['url', 'id'] } as const
const elsewhere: Readonly<Record<string, string>> = {
  max_concurrent: 'how many probes are read at once is a setting of the console, for all of them: Probes, "Read at once" (PUT /api/probes/settings)',
  listen_addr: 'the console serves its metrics at /metrics, or at an address of their own (metricsListen)',
}

const textSchema = z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.string())
/** `usual`: the exporter's own, where its file leaves it out. */
function countSchema([least, most]: readonly [number, number], usual: number) {
  return z
    .custom<number>((value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most, invalid({ kind: 'notACount', least, most }))
    .default(usual)
}
const streamSchema = z.looseObject({ url: textSchema, id: textSchema }).transform(({ id, url }, ctx) => {
  const { data, error } = probeInputSchema.safeParse({ name: id, url })
  const [issue] = error?.issues ?? []
  if (data === undefined) return issue === undefined ? z.NEVER : refused(ctx, validationErrorOf(issue))
  return { id: data.name, url: data.url }
})
const projectSchema = z.array(streamSchema).superRefine((streams, ctx) => {
  const ids = streams.map(({ id }) => id)
  for (const [index, name] of ids.entries()) if (ids.indexOf(name) < index) report(ctx, [index], { kind: 'givenTwice', name })
})
const fileSchema = z.looseObject({
  exporter: z.looseObject({ check_interval: countSchema(probeLimits.intervalSeconds, 30), max_retries: countSchema(probeLimits.retries, 3) }).prefault({}),
  streams: z.record(probeInputSchema.shape.project.unwrap(), projectSchema).default({}),
})

/** Reads the exporter's configuration. One mistake, and nothing is read. */
export function readVideoExporter(text: string): Result<ReadExporter, readonly YamlMistake[]> {
  const opened = openForeignYaml(text)
  if (!opened.ok) return opened
  const { document, placeOf } = opened.value
  const { isMap } = yaml()
  /** A project that is called by a number has it for its key. */
  const keyOf = (key: PropertyKey) => (/^\d+$/.test(String(key)) ? Number(key) : key)
  const nodeAt = (path: readonly PropertyKey[]) =>
    path.length === 0 ? document.contents : (document.getIn(path, true) ?? document.getIn(path.map(keyOf), true))
  /** Where a value stands, or the nearest that it is in. */
  const placeAt = (path: readonly PropertyKey[]): ReturnType<typeof placeOf> => {
    const node = nodeAt(path)
    return node === undefined ? placeAt(path.slice(0, -1)) : placeOf(node)
  }
  // Aliases have been counted.
  const read = fileSchema.safeParse(document.toJS({ maxAliasCount: -1 }))
  if (!read.success) return err(read.error.issues.map((issue) => ({ ...placeAt(issue.path), validationError: validationErrorOf(issue) })).sort(byPlace))
  const { exporter, streams } = read.data
  const projects = Object.entries(streams)
  const probes = projects.flatMap(([project, listed]) => listed.map(({ id, url }, index) => ({ project, id, url, index })))
  if (probes.length === 0) return err([{ ...placeAt([]), validationError: { kind: 'missing', key: 'streams' } }])
  if (probes.length > mostProbes) return err([{ ...placeAt([]), validationError: { kind: 'tooManyAtOnce', most: mostProbes } }])

  /** The keys of a map that are not taken. */
  const leftIn = (path: readonly (string | number)[], known: readonly string[], taken: readonly string[]): ReadExporter['left'] => {
    const map = nodeAt(path)
    const others = isMap(map) ? map.items.filter(({ key }) => !taken.includes(String(key))) : []
    return others.map(({ key }) => {
      const near = nearestWord(String(key), known)
      const unknown = `not a key of this exporter that is known${near === null ? '' : `; did you mean "${near}"?`}`
      return { line: placeOf(key).line, key: String(key), because: elsewhere[String(key)] ?? unknown }
    })
  }
  const left = [
    ...leftIn([], keysOf.file, keysOf.file),
    ...leftIn(['exporter'], keysOf.exporter, ['check_interval', 'max_retries']),
    ...probes.flatMap(({ project, index }) => leftIn(['streams', project, index], keysOf.stream, keysOf.stream)),
  ]
  const { check_interval: intervalSeconds, max_retries: retries } = exporter
  // The console knows a probe by its name alone: the same id in two projects needs both.
  const times = Map.groupBy(probes, ({ id }) => id.toLowerCase())
  return ok({
    probes: probes.map(({ project, id, url, index }) => ({
      name: (times.get(id.toLowerCase())?.length ?? 0) > 1 ? `${project}/${id}` : id,
      ...{ url, project, intervalSeconds, retries, line: placeAt(['streams', project, index]).line },
    })),
    projects: projects.length,
    taken: [`check_interval: each probe is read every ${intervalSeconds} s`, `max_retries: ${retries} retries before a stream is down`],
    left: left.toSorted((a, b) => a.line - b.line),
  })
}
const byPlace = (a: YamlMistake, b: YamlMistake): number => a.line - b.line || a.column - b.column

const columns = ['name', 'url', 'project', 'intervalSeconds', 'retries'] as const
/** The probes as the list that `POST /api/probes/import` takes, a line each in their order. */
export function exporterCsv(probes: ReadExporter['probes']): string {
  const quoted = (cell: string | number) => `"${String(cell).replaceAll('"', '""')}"`
  return [columns.join(','), ...probes.map((probe) => columns.map((column) => quoted(probe[column])).join(','))].join('\n')
}
