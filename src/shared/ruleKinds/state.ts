import { z } from 'zod'
import { type StateSubject, stateSubjects, watchedStates } from '../watchedStates.ts'
import { fixedProblems, nameSchema, oneKeyProblems, type RuleKind } from './ruleKind.ts'

/** Keys that say which state, by what is in it. */
export const stateKeyOf = { stream: 'state', server: 'serverState', host: 'hostState' } as const satisfies Readonly<Record<StateSubject, string>>
export const stateKeys = Object.values(stateKeyOf)
export const stateAmounts = {
  state: nameSchema(watchedStates.stream).optional(),
  serverState: nameSchema(watchedStates.server).optional(),
  hostState: nameSchema(watchedStates.host).optional(),
}

const schema = z.object({
  kind: z.literal('state'),
  of: z.enum(stateSubjects as [StateSubject, ...StateSubject[]]),
  /** One of `watchedStates` of that. */
  state: z.enum([...watchedStates.stream, ...watchedStates.server, ...watchedStates.host]),
})
export type State = z.infer<typeof schema>
type StateEntry = z.infer<z.ZodObject<typeof stateAmounts>>

const keyIn = (entry: StateEntry) => stateSubjects.find((of) => entry[stateKeyOf[of]] !== undefined)

/** A stream, server or host that is in a state for longer than the on-delay. */
export const state = {
  schema,
  keys: stateKeys,
  isMeant: (entry) => keyIn(entry) !== undefined,
  begin: (entry) => {
    const of = keyIn(entry) ?? 'stream'
    return { kind: 'state', of, state: entry[stateKeyOf[of]] ?? 'gone' }
  },
  changed: (watches) => watches,
  problems: (entry, watches) => (watches === null ? oneKeyProblems(entry, stateKeys) : fixedProblems(entry, stateKeys)),
  about: ({ of }) => of,
} as const satisfies RuleKind<State, StateEntry>
