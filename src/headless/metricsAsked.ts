import { parseAccept } from 'hono/utils/accept'
import { type ExportInput, exportKinds } from '../engine/exporter/exporter.ts'
import { type ExpositionFormat, openMetricsVersion } from '../engine/exporter/exposition.ts'
import { nearestWord } from '../shared/nearestWord.ts'
import { patternSchema } from '../shared/patterns.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { Problem, ValidationError } from '../shared/validationErrors.ts'
import { type Denial, notAccepted } from './denial.ts'

const parameters = ['servers', 'kinds'] as const
const mostPatterns = 100

/** What a request to `/metrics` asks for: `servers` are patterns of names, `kinds` parts of the answer; each with commas, or repeated. */
export function metricsAsked(query: Readonly<Record<string, readonly string[] | undefined>>, accept: string): Result<ExportInput, Denial> {
  const problems: Problem[] = []
  const wrong = (key: string, validationError: ValidationError) => void problems.push({ at: '', key, validationError })
  for (const name of Object.keys(query))
    if (!(parameters as readonly string[]).includes(name)) wrong(name, { kind: 'unknownKey', meant: nearestWord(name, parameters), known: [...parameters] })
  const given = (name: (typeof parameters)[number]): readonly string[] | null => {
    const words = (query[name] ?? []).flatMap((text) => text.split(',')).filter((text) => text !== '')
    return words.length === 0 ? null : words
  }
  const servers = given('servers')
  if (servers !== null && servers.length > mostPatterns) wrong('servers', { kind: 'tooManyAtOnce', most: mostPatterns })
  for (const text of servers ?? []) if (!patternSchema.safeParse(text).success) wrong('servers', { kind: 'notAPattern', text })
  const kinds = given('kinds')
  const known = exportKinds.filter((kind) => kinds?.includes(kind))
  const unknown = kinds?.find((kind) => !(exportKinds as readonly string[]).includes(kind))
  if (unknown !== undefined) wrong('kinds', { kind: 'notOneOf', words: [...exportKinds] })
  if (problems.length > 0) return err(notAccepted(400, problems))
  return ok({ format: formatOf(accept), servers, kinds: kinds === null ? null : known })
}

/** OpenMetrics where its version is asked for and not less wanted than text. */
function formatOf(accept: string): ExpositionFormat {
  const wanted = parseAccept(accept)
  const weightOf = (type: string, isOurs: (version: string | undefined) => boolean): number =>
    Math.max(0, ...wanted.filter((one) => one.type.toLowerCase() === type && isOurs(one.params.version)).map(({ q }) => q))
  const openMetrics = weightOf('application/openmetrics-text', (version) => version === undefined || version === openMetricsVersion)
  return openMetrics > 0 && openMetrics >= weightOf('text/plain', () => true) ? 'openMetrics' : 'text'
}
