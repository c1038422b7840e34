import type { Document } from 'yaml'
import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { areExpressionsTooLong } from '../../shared/patterns.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isShippedRule, mostRules, type RuleEdit, type RuleInput, ruleCallSchema } from '../../shared/rules.ts'
import { invalid, type ValidationError } from '../../shared/validationErrors.ts'
import { writtenRulesSchema } from '../../shared/writtenRules.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { storedJson } from '../storage/storedJson.ts'
import { unusableAlias, yaml } from '../yaml.ts'

interface RuleEditsDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  /** main.db. */
  readonly db: Database
  /** Called when the rules in force have changed. */
  readonly onChange: () => void
  readonly record: (events: readonly NewEvent[]) => void
}

/** Rules entered by operators in the console. For a rule that is also in the configuration file, the file takes precedence. */
export interface RuleEdits {
  /** Sets the rules of the configuration file. */
  readonly configure: (ofFile: readonly RuleInput[]) => void
  readonly ofFile: () => readonly RuleInput[]
  readonly all: () => readonly RuleEdit[]
  /** The effective rules of both. */
  readonly inForce: () => readonly RuleInput[]
  readonly add: (input: RuleInput, by: string) => Result<void, 'CONFLICT' | 'BAD_REQUEST'>
  /** `openedAt`: time of the rule's last edit as the caller saw it, else CONFLICT; null: no edit. Omitted: not checked. */
  readonly update: (input: RuleInput, by: string, openedAt?: number | null) => Result<void, 'FORBIDDEN' | 'BAD_REQUEST' | 'CONFLICT'>
  readonly remove: (id: string, by: string) => Result<void, 'FORBIDDEN' | 'NOT_FOUND'>
  readonly exportYaml: () => string
  /** Imports all rules or none. The error may be a list of problems in the YAML. */
  readonly importYaml: (yaml: string, by: string) => Result<void, 'FORBIDDEN' | 'BAD_REQUEST' | readonly z.core.$ZodIssue[]>
}

interface Row {
  readonly id: string
  readonly input: string
  readonly by: string
  readonly at: number
}

const yamlSchema = z.object({ rules: writtenRulesSchema })

export function createRuleEdits({ clock, log, db, onChange, record }: RuleEditsDeps): RuleEdits {
  const keep = db.prepare(
    'INSERT INTO rules (id, input, by, at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET input = excluded.input, by = excluded.by, at = excluded.at',
  )
  const forget = db.prepare('DELETE FROM rules WHERE id = ?')
  const rows = db.prepare('SELECT id, input, by, at FROM rules ORDER BY id').all() as readonly Row[]
  let edits: ReadonlyMap<string, RuleEdit> = new Map(rows.flatMap((row) => editOf(row) ?? []).map((edit) => [edit.input.id, edit]))
  if (edits.size < rows.length) log.error({ rules: rows.length - edits.size }, 'some rules that were entered in the console cannot be read: they do not count')
  let ofFile: readonly RuleInput[] = []
  const isInFile = (id: string) => ofFile.some((input) => input.id === id)

  /** Stores all rules, or none if the limits are exceeded (BAD_REQUEST). */
  const put = (inputs: readonly RuleInput[], by: string): Result<void, 'BAD_REQUEST'> => {
    const at = Math.round(clock.now())
    const next = new Map([...edits, ...inputs.map((input) => [input.id, { by, at, input }] as const)])
    if (next.size > mostRules || areExpressionsTooLong(Array.from(next.values(), ({ input }) => input))) return err('BAD_REQUEST')
    db.transaction(() => {
      for (const input of inputs) keep.run(input.id, JSON.stringify(input), by, at)
    })()
    const events = inputs.map(({ id }) => newEvent('ruleEdited', at, { rule: id, by, what: edits.has(id) || isShippedRule(id) ? 'changed' : 'added' }))
    edits = next
    record(events)
    onChange()
    return ok(undefined)
  }
  return {
    configure: (inputs) => {
      ofFile = inputs
      onChange()
    },
    ofFile: () => ofFile,
    all: () => [...edits.values()],
    inForce: () => [...ofFile, ...Array.from(edits.values(), ({ input }) => input).filter(({ id }) => !isInFile(id))],
    add: (input, by) => (edits.has(input.id) || isInFile(input.id) ? err('CONFLICT') : put([input], by)),
    update: (input, by, openedAt) => {
      if (isInFile(input.id)) return err('FORBIDDEN')
      const at = edits.get(input.id)?.at ?? null
      return openedAt === undefined || openedAt === at ? put([input], by) : err('CONFLICT')
    },
    remove: (id, by) => {
      if (isInFile(id)) return err('FORBIDDEN')
      if (!edits.has(id)) return err('NOT_FOUND')
      forget.run(id)
      edits = new Map([...edits].filter(([other]) => other !== id))
      record([newEvent('ruleEdited', clock.now(), { rule: id, by, what: 'removed' })])
      onChange()
      return ok(undefined)
    },
    exportYaml: () => yaml().stringify({ rules: [...edits.values()].map(({ input }) => input) }),
    importYaml: (yaml, by) => {
      const read = readRulesYaml(yaml)
      if (!read.ok) return read
      return read.value.some(({ id }) => isInFile(id)) ? err('FORBIDDEN') : put(read.value, by)
    },
  }
}

function editOf({ input, by, at }: Row): RuleEdit | null {
  const read = ruleCallSchema.safeParse(storedJson(input))
  return read.success ? { by, at, input: read.data } : null
}

/** Reads `rules:` of a configuration file, or the bare list. Errors number entries from 1, as their authors do. */
export function readRulesYaml(text: string): Result<readonly RuleInput[], readonly z.core.$ZodIssue[]> {
  const wrong = (validationError: ValidationError): Result<never, readonly z.core.$ZodIssue[]> =>
    err([{ code: 'custom', path: ['yaml'], message: invalid(validationError), input: undefined }])
  const { LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  // Like the configuration file: scalars are text. `uniqueKeys` is off because the library compares all pairs of keys: a megabyte of keys takes minutes.
  const document = parseDocument(text, { schema: 'failsafe', customTags: ['null'], merge: true, uniqueKeys: false, lineCounter: lines, prettyErrors: false })
  const [broken] = document.errors
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0])
    return wrong({ kind: 'notYaml', line: Math.max(1, line), column: Math.max(1, col) })
  }
  const twice = keyTwice(document)
  if (twice !== null) return wrong({ kind: 'givenTwice', name: twice })
  if (unusableAlias(document) !== null) return wrong({ kind: 'aliasUnusable' })
  // The total expansion of aliases was checked above.
  const value: unknown = document.toJS({ maxAliasCount: -1 })
  const read = yamlSchema.safeParse(Array.isArray(value) ? { rules: value } : value)
  return read.success
    ? ok(read.data.rules)
    : err(read.error.issues.map((issue) => ({ ...issue, path: issue.path.map((part) => (typeof part === 'number' ? part + 1 : part)) })))
}

/** A key that occurs twice in one object; null: none does. */
function keyTwice(document: Document): string | null {
  let twice: string | null = null
  const { isScalar, visit } = yaml()
  visit(document, {
    Map: (_place, { items }) => {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        const name = isScalar(key) ? key.value : key
        if (seen.has(name) && typeof name !== 'symbol') twice ??= String(name)
        seen.add(name)
      }
      return twice === null ? undefined : visit.BREAK
    },
  })
  return twice
}
