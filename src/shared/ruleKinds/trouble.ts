import { z } from 'zod'
import { troubleKindSchema } from '../troubles.ts'
import type { RuleKind } from './ruleKind.ts'

/** Troubles of servers, streams, hosts and this console. */
export const evaluatedTroubles = [
  ...troubleKindSchema.options,
  'streamsLost',
  'pollingSlowed',
  'apiOpen',
  'hostDown',
  'hostWaiting',
  'diskFilling',
  'storeFailing',
  'backupMissed',
  'messageRefused',
  'channelUnreachable',
  'mediaFailing',
  'consoleOffline',
] as const

/** What each is about; null: this console. */
export const subjectOfTrouble: Readonly<Record<(typeof evaluatedTroubles)[number], 'server' | 'stream' | 'host' | null>> = {
  serverDown: 'server',
  serverHalted: 'server',
  serverSilent: 'server',
  streamGone: 'stream',
  streamStalled: 'stream',
  slateOnAir: 'stream',
  onDemandFailed: 'stream',
  endedWhileRead: 'stream',
  sourceFailing: 'stream',
  packetsLost: 'stream',
  streamsLost: 'server',
  pollingSlowed: 'server',
  apiOpen: 'server',
  hostDown: 'host',
  hostWaiting: 'host',
  diskFilling: 'host',
  storeFailing: null,
  backupMissed: null,
  messageRefused: null,
  channelUnreachable: null,
  mediaFailing: null,
  consoleOffline: null,
}

const schema = z.object({ kind: z.literal('trouble'), trouble: z.enum(evaluatedTroubles) })
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
