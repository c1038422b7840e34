import { z } from 'zod'
import { remedyActs } from './acts.ts'
import { redactUrl, secretMark } from './redact.ts'

const words = z.array(z.string())
/** `meant` is the likely intended word; if null, `known` lists the choices, as far as they are known. */
const meant = { meant: z.string().nullable(), known: words }
const text = z.string()

/** What is wrong with a value in a form, a call, a configuration or a command line. `validationErrorText` puts it into words. */
export const validationErrorSchema = z.discriminatedUnion('kind', [
  // Any value.
  z.object({ kind: z.literal('missing'), key: text }),
  z.object({ kind: z.literal('notOfType'), type: z.enum(['text', 'list', 'object', 'number', 'boolean']) }),
  z.object({ kind: z.literal('notOneOf'), words }),
  /** A number outside its range, or with a fraction where an integer is required. */
  z.object({ kind: z.literal('tooSmall'), least: z.number() }),
  z.object({ kind: z.literal('tooLarge'), most: z.number() }),
  z.object({ kind: z.literal('notWhole') }),
  z.object({ kind: z.literal('unknownKey'), ...meant }),
  /** A key of MediaMTX's configuration that other versions have: the first and the last of them that are known. */
  z.object({ kind: z.literal('notInVersion'), version: text, since: text, until: text }),
  /** The value has none of the accepted forms. */
  z.object({ kind: z.literal('noSuchForm') }),
  z.object({ kind: z.literal('empty') }),
  z.object({ kind: z.literal('tooLong'), most: z.number() }),
  z.object({ kind: z.literal('tooShort'), least: z.number() }),
  z.object({ kind: z.literal('notOneLine') }),
  /** `code`: code point of the first hidden character, such as U+200B. */
  z.object({ kind: z.literal('hiddenCharacter'), code: text }),
  /** A message from the YAML parser or the validation library. */
  z.object({ kind: z.literal('said'), text }),
  /** A YAML alias (`*name`) or merge key (`<<`) that can't be used. */
  z.object({ kind: z.literal('aliasUnusable') }),
  /** The YAML is nested too deeply to be read. */
  z.object({ kind: z.literal('nestedTooDeep') }),
  // Servers and hosts.
  z.object({ kind: z.literal('notAnAddress'), text }),
  z.object({ kind: z.literal('notHttp'), scheme: text }),
  z.object({ kind: z.literal('userInAddress') }),
  z.object({ kind: z.literal('queryInAddress') }),
  z.object({ kind: z.literal('headerReserved'), name: text }),
  /** A secret that would go to another host. */
  z.object({ kind: z.literal('notTakenAlong') }),
  z.object({ kind: z.literal('notPem'), what: z.enum(['certificate', 'key']) }),
  z.object({ kind: z.literal('keyEncrypted') }),
  z.object({ kind: z.literal('keyOfOtherCertificate') }),
  z.object({ kind: z.literal('tooManyAtOnce'), most: z.number() }),
  // The configuration file and its settings.
  z.object({ kind: z.literal('fileUnreadable'), file: text, code: text }),
  z.object({ kind: z.literal('variableMissing'), name: text }),
  z.object({ kind: z.literal('pathInOrigin'), path: text }),
  /** Of an address below which the console is served. */
  z.object({ kind: z.literal('basePathUnfit'), path: text, example: text, taken: words }),
  z.object({ kind: z.literal('basePathsDiffer') }),
  /** The key does not belong to an entry of this kind. */
  z.object({ kind: z.literal('notHere') }),
  /** One of several keys has to be given, and none is. */
  z.object({ kind: z.literal('noneGiven'), oneOf: words }),
  z.object({ kind: z.literal('givenBeside'), other: text, oneOf: words }),
  z.object({ kind: z.literal('publicKey'), file: text }),
  // Probes.
  z.object({ kind: z.literal('probeOfFile') }),
  /** As `notWithin`, of whole numbers. */
  z.object({ kind: z.literal('notACount'), least: z.number(), most: z.number() }),
  z.object({ kind: z.literal('notWithin'), least: z.number(), most: z.number() }),
  z.object({ kind: z.literal('rangeReversed') }),
  z.object({ kind: z.literal('addressOfThisMachine') }),
  z.object({ kind: z.literal('secretsHidden') }),
  /** The path of a test signal could be mistaken for a programme. */
  z.object({ kind: z.literal('notACanaryPath') }),
  /** The entry needs a channel, but none exists yet. */
  z.object({ kind: z.literal('noChannelYet') }),
  /** Not in the form of the examples. */
  z.object({ kind: z.literal('notSuchAs'), example: text }),
  z.object({ kind: z.literal('notATemplate'), said: text }),
  /** `part`: the faulty part. */
  z.object({ kind: z.literal('notANamingTemplate'), part: text }),
  // Maintenance.
  /** `part`: the faulty part. */
  z.object({ kind: z.literal('notARule'), part: text }),
  // Alarm rules.
  z.object({ kind: z.literal('notAPattern'), text }),
  z.object({ kind: z.literal('patternUnsupported'), text }),
  z.object({ kind: z.literal('patternTooLarge'), text }),
  z.object({ kind: z.literal('expressionsTooLong'), most: z.number() }),
  z.object({ kind: z.literal('notAnId') }),
  z.object({ kind: z.literal('noSuchRule'), text, ...meant }),
  z.object({ kind: z.literal('clearOnWrongSide'), side: z.enum(['above', 'below', 'beyond']), limit: z.number() }),
  /** With several levels, the limit of each more severe one must be farther out. */
  z.object({ kind: z.literal('levelsOutOfOrder') }),
  /** The remedy can't be applied to what the rule is about. */
  z.object({ kind: z.literal('remedyUnfit'), act: z.enum(remedyActs) }),
  /** `metric` null: the rule is about `of`, regardless of metric. */
  z.object({ kind: z.literal('scopeUnfit'), metric: text.nullable(), of: z.enum(['server', 'stream', 'host', 'device', 'probe']) }),
  // Exports.
  z.object({ kind: z.literal('givenTwice'), name: text }),
  z.object({ kind: z.literal('noSuchName'), text, ...meant }),
  z.object({ kind: z.literal('tooManyValues'), count: z.number(), most: z.number() }),
])
export type ValidationError = z.infer<typeof validationErrorSchema>

/** A mistake with its location: `mtxdeck.yaml:7:5` or the name of a variable, and the key of the value. Both may be ''. */
const problemSchema = z.object({ at: z.string(), key: z.string(), validationError: validationErrorSchema })
export type Problem = z.infer<typeof problemSchema>

const refusedText = z.string().max(4_000)
/** The configuration file was changed and cannot be used: how many mistakes it has, and the first one. */
export const configurationRefusedSchema = z.object({ file: refusedText, problems: z.number(), first: problemSchema })

/** Encodes a mistake as a zod message, which must be a string; `validationErrorOf` decodes it. */
export function invalid(validationError: ValidationError): string {
  return JSON.stringify(validationError)
}

/** The parts of a zod issue used here; `expected` is set for a wrong type, `origin` and the range limits for a value out of range. */
interface Issue {
  readonly message: string
  readonly code?: string | undefined
  readonly expected?: string | undefined
  readonly origin?: string | undefined
  readonly minimum?: unknown
  readonly maximum?: unknown
  readonly inclusive?: boolean | undefined
  readonly values?: readonly unknown[] | undefined
  readonly path?: readonly unknown[] | undefined
  /** For an invalid key: its issues. */
  readonly issues?: readonly Issue[] | undefined
  /** For a value of several possible forms: the issues for each form. */
  readonly errors?: readonly (readonly Issue[])[] | undefined
}
const typeNames: Readonly<Record<string, 'text' | 'list' | 'object' | 'number' | 'boolean'>> = {
  string: 'text',
  array: 'list',
  object: 'object',
  number: 'number',
  boolean: 'boolean',
}

const mostQuoted = 1000
/** Makes a value safe to quote: it may be an address, so user and password are hidden; very long values are truncated. */
function quotable(text: string): string {
  const at = text.lastIndexOf('@')
  const hasPassword = at >= 0 && text.lastIndexOf(':', at) >= 0
  const shown = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? redactUrl(text) : hasPassword ? `${secretMark}@${text.slice(at + 1)}` : text
  return shown.slice(0, mostQuoted)
}
const withoutSecrets = (validationError: ValidationError): ValidationError =>
  validationErrorSchema.parse(
    Object.fromEntries(Object.entries(validationError).map(([name, value]) => [name, typeof value === 'string' ? quotable(value) : value])),
  )

/** Mistake for a value out of range; null: the issue is something else. */
function beyondRange({ code, expected, origin, minimum, maximum, inclusive }: Issue): ValidationError | null {
  if (code === 'invalid_type' && expected === 'int') return { kind: 'notWhole' }
  if (inclusive !== true) return null
  if (code === 'too_small' && typeof minimum === 'number') {
    if (origin === 'number' || origin === 'int') return { kind: 'tooSmall', least: minimum }
    if (minimum === 1 && (origin === 'string' || origin === 'array')) return { kind: 'empty' }
  }
  if (code === 'too_big' && typeof maximum === 'number') {
    if (origin === 'number' || origin === 'int') return { kind: 'tooLarge', most: maximum }
    if (origin === 'string') return { kind: 'tooLong', most: maximum }
    if (origin === 'array') return { kind: 'tooManyAtOnce', most: maximum }
  }
  return null
}

/** Decodes a mistake from a message; null: the message is one of zod's own. */
function mistakenIn(message: string): ValidationError | null {
  if (!message.startsWith('{')) return null
  const found = validationErrorSchema.safeParse(JSON.parse(message))
  return found.success ? withoutSecrets(found.data) : null
}

/** Mistake for a value of several possible forms: the first of our own mistakes found, else what the form lacks that it is nearest to, else `noSuchForm`. */
function ofForms(errors: Issue['errors'] = []): ValidationError {
  for (const { message } of errors.flat()) {
    const own = mistakenIn(message)
    if (own !== null) return own
  }
  const [nearest = []] = errors.toSorted((a, b) => a.length - b.length)
  const [first] = nearest
  const lacking = first === undefined ? null : validationErrorOf(first)
  return lacking?.kind === 'missing' ? lacking : { kind: 'noSuchForm' }
}

/** Converts a zod issue. The result never contains a password. */
export function validationErrorOf(issue: Issue): ValidationError {
  const { message, code, expected, values, path } = issue
  const known = mistakenIn(message)
  if (known !== null) return known
  if (code === 'invalid_union') return ofForms(issue.errors)
  if (code === 'invalid_type' && message.endsWith('received undefined')) return { kind: 'missing', key: String(path?.at(-1) ?? '') }
  const ofKey = code === 'invalid_key' ? issue.issues?.[0] : undefined
  if (ofKey !== undefined) return validationErrorOf(ofKey)
  if (code === 'invalid_format') return { kind: 'noSuchForm' }
  // The path does not contain the unrecognized key.
  if (code === 'unrecognized_keys') return { kind: 'unknownKey', meant: null, known: [] }
  if (code === 'invalid_value' && values !== undefined) return { kind: 'notOneOf', words: values.map(String) }
  const beyond = beyondRange(issue)
  if (beyond !== null) return beyond
  const type = code === 'invalid_type' ? typeNames[String(expected)] : undefined
  return type === undefined ? { kind: 'said', text: message } : { kind: 'notOfType', type }
}
