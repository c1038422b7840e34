import type { Clock } from '../../clock/clock.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { areExpressionsTooLong } from '../../shared/patterns.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isShippedRule, mostRules, type RuleEdit, type RuleInput, ruleCallSchema } from '../../shared/rules.ts'
import type { Log } from '../ports.ts'
import { createEntryRows } from '../storage/entryRows.ts'
import type { Database } from '../storage/openDatabase.ts'
import { yaml } from '../yaml.ts'

interface RuleEditsDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly db: Database
  readonly onChange: () => void
  readonly record: (events: readonly NewEvent[]) => void
}

/** Rules entered by operators in the console. For a rule that is also in the configuration file, the file takes precedence. */
export type RuleEdits = ReturnType<typeof createRuleEdits>

export function createRuleEdits({ clock, log, db, onChange, record }: RuleEditsDeps) {
  const rows = createEntryRows<RuleEdit & { readonly id: string }>(db, 'rules', { input: ruleCallSchema, by: null, at: null }, 'id')
  const { entries, unreadable } = rows.all()
  let edits: ReadonlyMap<string, RuleEdit> = new Map(entries.map(({ id: _, ...edit }) => [edit.input.id, edit]))
  if (unreadable.length > 0) log.error({ rules: unreadable }, 'some rules that were entered in the console cannot be read: they do not count')
  let ofFile: readonly RuleInput[] = []
  const isInFile = (id: string) => ofFile.some((input) => input.id === id)

  /** Stores a rule, unless the limits are exceeded (BAD_REQUEST). */
  const put = (input: RuleInput, by: string): Result<void, 'BAD_REQUEST'> => {
    const { id } = input
    const at = Math.round(clock.now())
    const next = new Map([...edits, [id, { by, at, input }] as const])
    if (next.size > mostRules || areExpressionsTooLong(Array.from(next.values(), (edit) => edit.input))) return err('BAD_REQUEST')
    rows.keep({ id, input, by, at })
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
      rows.remove(id)
      edits = new Map([...edits].filter(([other]) => other !== id))
      record([newEvent('ruleEdited', clock.now(), { rule: id, by, what: 'removed' })])
      onChange()
      return ok(undefined)
    },
    exportYaml: () => yaml().stringify({ rules: [...edits.values()].map(({ input }) => input) }),
  }
}
