import type { Clock } from '../../clock/clock.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { areExpressionsTooLong } from '../../shared/patterns.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isShippedRule, mostRules, type RuleEdit, type RuleInput, ruleCallSchema } from '../../shared/rules.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { storedJson } from '../storage/storedJson.ts'
import { yaml } from '../yaml.ts'

interface RuleEditsDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  /** main.db. */
  readonly db: Database
  /** Called when the rules in force have changed. */
  readonly onChange: () => void
  readonly record: (events: readonly NewEvent[]) => void
}

interface Row {
  readonly id: string
  readonly input: string
  readonly by: string
  readonly at: number
}

/** Rules entered by operators in the console. For a rule that is also in the configuration file, the file takes precedence. */
export type RuleEdits = ReturnType<typeof createRuleEdits>

export function createRuleEdits({ clock, log, db, onChange, record }: RuleEditsDeps) {
  const keep = db.prepare(
    'INSERT INTO rules (id, input, by, at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET input = excluded.input, by = excluded.by, at = excluded.at',
  )
  const forget = db.prepare('DELETE FROM rules WHERE id = ?')
  const rows = db.prepare('SELECT id, input, by, at FROM rules ORDER BY id').all() as readonly Row[]
  let edits: ReadonlyMap<string, RuleEdit> = new Map(rows.flatMap((row) => editOf(row) ?? []).map((edit) => [edit.input.id, edit]))
  if (edits.size < rows.length) log.error({ rules: rows.length - edits.size }, 'some rules that were entered in the console cannot be read: they do not count')
  let ofFile: readonly RuleInput[] = []
  const isInFile = (id: string) => ofFile.some((input) => input.id === id)

  /** Stores a rule, unless the limits are exceeded (BAD_REQUEST). */
  const put = (input: RuleInput, by: string): Result<void, 'BAD_REQUEST'> => {
    const { id } = input
    const at = Math.round(clock.now())
    const next = new Map([...edits, [id, { by, at, input }] as const])
    if (next.size > mostRules || areExpressionsTooLong(Array.from(next.values(), (edit) => edit.input))) return err('BAD_REQUEST')
    keep.run(id, JSON.stringify(input), by, at)
    const what = edits.has(id) || isShippedRule(id) ? 'changed' : 'added'
    edits = next
    record([newEvent('ruleEdited', at, { rule: id, by, what })])
    onChange()
    return ok(undefined)
  }
  return {
    /** Sets the rules of the configuration file. */
    configure: (inputs: readonly RuleInput[]): void => {
      ofFile = inputs
      onChange()
    },
    ofFile: (): readonly RuleInput[] => ofFile,
    all: (): readonly RuleEdit[] => [...edits.values()],
    /** The effective rules of both. */
    inForce: (): readonly RuleInput[] => [...ofFile, ...Array.from(edits.values(), ({ input }) => input).filter(({ id }) => !isInFile(id))],
    add: (input: RuleInput, by: string): Result<void, 'CONFLICT' | 'BAD_REQUEST'> =>
      edits.has(input.id) || isInFile(input.id) ? err('CONFLICT') : put(input, by),
    /** `openedAt`: time of the rule's last edit as the caller saw it, else CONFLICT; null: no edit. Omitted: not checked. */
    update: (input: RuleInput, by: string, openedAt?: number | null): Result<void, 'FORBIDDEN' | 'BAD_REQUEST' | 'CONFLICT'> => {
      if (isInFile(input.id)) return err('FORBIDDEN')
      const at = edits.get(input.id)?.at ?? null
      return openedAt === undefined || openedAt === at ? put(input, by) : err('CONFLICT')
    },
    remove: (id: string, by: string): Result<void, 'FORBIDDEN' | 'NOT_FOUND'> => {
      if (isInFile(id)) return err('FORBIDDEN')
      if (!edits.has(id)) return err('NOT_FOUND')
      forget.run(id)
      edits = new Map([...edits].filter(([other]) => other !== id))
      record([newEvent('ruleEdited', clock.now(), { rule: id, by, what: 'removed' })])
      onChange()
      return ok(undefined)
    },
    exportYaml: () => yaml().stringify({ rules: [...edits.values()].map(({ input }) => input) }),
  }
}

function editOf({ input, by, at }: Row): RuleEdit | null {
  const read = ruleCallSchema.safeParse(storedJson(input))
  return read.success ? { by, at, input: read.data } : null
}
