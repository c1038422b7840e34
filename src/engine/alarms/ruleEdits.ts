import { type Document, isScalar, parseDocument, stringify, visit } from 'yaml'
import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { mistaken } from '../../shared/mistakes.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { mostRules, type RuleEdit, type RuleInput, ruleCallSchema } from '../../shared/rules.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { storedJson } from '../storage/storedJson.ts'

interface RuleEditsDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  /** main.db. */
  readonly db: Database
  /** The rules in force have changed. */
  readonly onChange: () => void
  readonly record: (events: readonly NewEvent[]) => void
}

/** What operators enter about rules in the console, beside the configuration file, which counts where both name a rule. */
export interface RuleEdits {
  /** Those of the configuration file. */
  readonly configure: (ofFile: readonly RuleInput[]) => void
  readonly ofFile: () => readonly RuleInput[]
  readonly all: () => readonly RuleEdit[]
  /** Of both, those that count. */
  readonly inForce: () => readonly RuleInput[]
  readonly add: (input: RuleInput, by: string) => Result<void, 'CONFLICT' | 'BAD_REQUEST'>
  readonly update: (input: RuleInput, by: string) => Result<void, 'FORBIDDEN' | 'BAD_REQUEST'>
  readonly remove: (id: string, by: string) => Result<void, 'FORBIDDEN' | 'NOT_FOUND'>
  readonly exportYaml: () => string
  /** All or none. The error may be what is wrong with the YAML. */
  readonly importYaml: (yaml: string, by: string) => Result<void, 'FORBIDDEN' | 'BAD_REQUEST' | readonly z.core.$ZodIssue[]>
}

interface Row {
  readonly id: string
  readonly input: string
  readonly by: string
  readonly at: number
}

const yamlSchema = z.object({
  rules: z
    .array(ruleCallSchema)
    .max(mostRules, mistaken({ kind: 'tooManyAtOnce', most: mostRules }))
    .superRefine((rules, ctx) => {
      const ids = rules.map(({ id }) => id)
      for (const [index, id] of ids.entries())
        if (ids.indexOf(id) < index) ctx.addIssue({ code: 'custom', path: [index, 'id'], message: mistaken({ kind: 'ruleTwice', id }) })
    }),
})

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

  /** Refused as a whole if it can't be stored. */
  const put = (inputs: readonly RuleInput[], by: string): Result<void, 'BAD_REQUEST'> => {
    const at = clock.now()
    const next = new Map([...edits, ...inputs.map((input) => [input.id, { by, at, input }] as const)])
    if (next.size > mostRules) return err('BAD_REQUEST')
    db.transaction(() => {
      for (const input of inputs) keep.run(input.id, JSON.stringify(input), by, Math.round(at))
    })()
    const events = inputs.map(({ id }) => newEvent('ruleEdited', at, { rule: id, by, what: edits.has(id) ? 'changed' : 'added' }))
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
    update: (input, by) => (isInFile(input.id) ? err('FORBIDDEN') : put([input], by)),
    remove: (id, by) => {
      if (isInFile(id)) return err('FORBIDDEN')
      if (!edits.has(id)) return err('NOT_FOUND')
      forget.run(id)
      edits = new Map([...edits].filter(([other]) => other !== id))
      record([newEvent('ruleEdited', clock.now(), { rule: id, by, what: 'removed' })])
      onChange()
      return ok(undefined)
    },
    exportYaml: () => stringify({ rules: [...edits.values()].map(({ input }) => input) }),
    importYaml: (yaml, by) => {
      const read = readYaml(yaml)
      if (!read.ok) return read
      return read.value.some(({ id }) => isInFile(id)) ? err('FORBIDDEN') : put(read.value, by)
    },
  }
}

function editOf({ input, by, at }: Row): RuleEdit | null {
  const read = ruleCallSchema.safeParse(storedJson(input))
  return read.success ? { by, at, input: read.data } : null
}

/** `rules:` of a configuration file, or the list alone. */
function readYaml(text: string): Result<readonly RuleInput[], readonly z.core.$ZodIssue[]> {
  // The library compares each key with all before it: with a megabyte of them, for minutes.
  const document = parseDocument(text, { uniqueKeys: false })
  const wrong = document.errors[0]?.message ?? (hasKeyTwice(document) ? 'Map keys must be unique' : null)
  if (wrong !== null) return err([{ code: 'custom', path: ['yaml'], message: wrong, input: undefined }])
  let value: unknown
  try {
    value = document.toJS()
  } catch (failure) {
    // More aliases than a file of this size may have.
    return err([{ code: 'custom', path: ['yaml'], message: String(failure), input: undefined }])
  }
  const read = yamlSchema.safeParse(Array.isArray(value) ? { rules: value } : value)
  return read.success ? ok(read.data.rules) : err(read.error.issues)
}

function hasKeyTwice(document: Document): boolean {
  let isTwice = false
  visit(document, {
    Map: (_place, { items }) => {
      const keys = items.map(({ key }) => (isScalar(key) ? key.value : key))
      isTwice ||= new Set(keys).size < keys.length
      return isTwice ? visit.BREAK : undefined
    },
  })
  return isTwice
}
