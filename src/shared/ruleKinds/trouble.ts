import { z } from 'zod'
import { troubleKindSchema } from '../troubles.ts'
import type { RuleKind } from './ruleKind.ts'

/** Troubles of servers, streams, hosts and this console. */
export const judgedTroubles = [
  ...troubleKindSchema.options,
  'pollingSlowed',
  'apiOpen',
  'hostDown',
  'hostWaiting',
  'diskFilling',
  'storeFailing',
  'backupMissed',
  'messageRefused',
  'channelUnreachable',
  'consoleOffline',
] as const

const schema = z.object({ kind: z.literal('trouble'), trouble: z.enum(judgedTroubles) })
type Trouble = z.infer<typeof schema>

/** A state that mtxdeck judges itself. */
export const trouble = {
  schema,
  keys: [],
  isMeant: () => false,
  begin: null,
  changed: (watches) => watches,
  problems: () => [],
  about: () => null,
} as const satisfies RuleKind<Trouble, object>
