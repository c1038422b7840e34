import { z } from 'zod'
import { openForeignYaml, type YamlMistake, yaml } from '../engine/yaml.ts'
import { nearestWord } from '../shared/nearestWord.ts'
import { mostProbes } from '../shared/probeIds.ts'
import { type ProbeInput, probeInputSchema, probeLimits } from '../shared/probes.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { type ValidationError, validationErrorOf } from '../shared/validationErrors.ts'

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
const elsewhere = {
  max_concurrent: 'how many probes are read at once is a setting of the console, for all of them: Probes, "Read at once" (PUT /api/probes/settings)',
  listen_addr: 'the console serves its metrics at /metrics, or at an address of their own (metricsListen)',
} as const
/** The exporter's own, where its file leaves them out. */
const defaults = { check_interval: 30, max_retries: 3 } as const
const textSchema = z.union([z.string(), z.number()]).transform(String)

/** Reads the exporter's configuration. One mistake, and nothing is read. */
export function readVideoExporter(text: string): Result<ReadExporter, readonly YamlMistake[]> {
  const opened = openForeignYaml(text)
  if (!opened.ok) return opened
  const { document, placeOf } = opened.value
  const { isAlias, isMap, isScalar, isSeq } = yaml()
  const mistakes: YamlMistake[] = []
  const wrong = (node: unknown, validationError: ValidationError) => void mistakes.push({ ...placeOf(node), validationError })
  const left: ReadExporter['left'][number][] = []
  const leave = (node: unknown, key: string, because: string) => void left.push({ line: placeOf(node).line, key, because })
  const meant = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node)
  /** The entries of a map; anything else is a mistake. */
  const entriesOf = (node: unknown, place: unknown) => {
    const map = meant(node)
    if (!isMap(map)) {
      wrong(node ?? place, { kind: 'notOfType', type: 'object' })
      return []
    }
    return map.items.map(({ key, value }) => ({ key, name: isScalar(key) ? String(key.value) : '', value }))
  }
  const leaveUnknown = (key: unknown, name: string, known: readonly string[]) => {
    const near = nearestWord(name, known)
    leave(key, name, near === null ? 'not a key of this exporter that is known' : `not a key of this exporter that is known; did you mean "${near}"?`)
  }
  const plain = (node: unknown): unknown => {
    const value = meant(node)
    return isScalar(value) ? value.value : value === null || value === undefined ? null : {}
  }

  const numbers: Record<keyof typeof defaults, number> = { ...defaults }
  const taken: string[] = []
  const probes: ReadExporter['probes'][number][] = []
  const seen = new Map<string, Set<string>>()
  const readExporter = (node: unknown, place: unknown) => {
    for (const { key, name, value } of entriesOf(node, place)) {
      if (name === 'check_interval' || name === 'max_retries') {
        const [least, most] = probeLimits[name === 'check_interval' ? 'intervalSeconds' : 'retries']
        const number = plain(value)
        if (typeof number !== 'number' || !Number.isInteger(number) || number < least || number > most) wrong(value ?? key, { kind: 'notACount', least, most })
        else numbers[name] = number
      } else if (name === 'max_concurrent' || name === 'listen_addr') leave(key, name, elsewhere[name])
      else leaveUnknown(key, name, keysOf.exporter)
    }
  }
  const readStream = (project: string, item: unknown) => {
    const fields = new Map<string, string>()
    for (const { key, name, value } of entriesOf(item, item)) {
      const cell = textSchema.safeParse(plain(value))
      if (name !== 'url' && name !== 'id') leaveUnknown(key, name, keysOf.stream)
      else if (cell.success) fields.set(name, cell.data)
      else wrong(value ?? key, { kind: 'notOfType', type: 'text' })
    }
    const missing = keysOf.stream.find((key) => !fields.has(key))
    if (!isMap(meant(item))) return
    if (missing !== undefined) return wrong(item, { kind: 'missing', key: missing })
    const [id = '', url = ''] = [fields.get('id'), fields.get('url')]
    const ofProject = seen.get(project) ?? new Set()
    seen.set(project, ofProject)
    if (ofProject.has(id)) return wrong(item, { kind: 'givenTwice', name: id })
    ofProject.add(id)
    const parsed = probeInputSchema.safeParse({ name: id, url, project })
    if (!parsed.success) return wrong(item, validationErrorOf(parsed.error.issues[0] as z.core.$ZodIssue))
    probes.push({ name: parsed.data.name, url: parsed.data.url, project: parsed.data.project, intervalSeconds: 0, retries: 0, line: placeOf(item).line })
  }
  for (const { key, name, value } of entriesOf(document.contents, document.contents)) {
    if (name === 'exporter') readExporter(value, key)
    else if (name === 'streams')
      for (const { key: projectKey, name: project, value: list } of entriesOf(value, key)) {
        const items = meant(list)
        if (!isSeq(items)) wrong(list ?? projectKey, { kind: 'notOfType', type: 'list' })
        else for (const item of items.items) readStream(project, item)
      }
    else leaveUnknown(key, name, keysOf.file)
  }
  if (probes.length > mostProbes) wrong(document.contents, { kind: 'tooManyAtOnce', most: mostProbes })
  if (mistakes.length === 0 && probes.length === 0) wrong(document.contents, { kind: 'missing', key: 'streams' })
  if (mistakes.length > 0) return err(mistakes.sort((a, b) => a.line - b.line || a.column - b.column))

  taken.push(`check_interval: each probe is read every ${numbers.check_interval} s`, `max_retries: ${numbers.max_retries} retries before a stream is down`)
  // The console knows a probe by its name alone: the same id in two projects needs both.
  const times = Map.groupBy(probes, ({ name }) => name.toLowerCase())
  const named = probes.map((probe) => ({
    ...probe,
    name: (times.get(probe.name.toLowerCase())?.length ?? 0) > 1 ? `${probe.project}/${probe.name}` : probe.name,
    intervalSeconds: numbers.check_interval,
    retries: numbers.max_retries,
  }))
  return ok({ probes: named, projects: seen.size, taken, left })
}

const columns = ['name', 'url', 'project', 'intervalSeconds', 'retries'] as const
/** The probes as the list that `POST /api/probes/import` takes, a line each in their order. */
export function exporterCsv(probes: ReadExporter['probes']): string {
  const quoted = (cell: string | number) => `"${String(cell).replaceAll('"', '""')}"`
  return [columns.join(','), ...probes.map((probe) => columns.map((column) => quoted(probe[column])).join(','))].join('\n')
}
