import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { matcherOf, patternSchema } from '../../shared/patterns.ts'
import { storedJson } from '../storage/storedJson.ts'
import type { WebrtcUse } from './webrtcAsk.ts'

/** What an application may do with a token of the relay: only publish or only play, these streams, until then. */
export interface RelayGrant {
  readonly use: WebrtcUse
  readonly serverId: string
  /** Patterns, as in rules. */
  readonly paths: readonly string[]
  /** Epoch ms. */
  readonly until: number
  /** Name of the operator who handed it out. */
  readonly by: string
}

/** Told from the console's own token by its beginning. */
const mark = 'relay.'
const longestToken = 16_000
const contentSchema = z.tuple([z.enum(['whip', 'whep']), z.string(), z.array(patternSchema), z.number(), z.string()])

/** Makes and reads tokens that need no memory: each says what it is good for, signed with `key`. */
export function createRelayGrants(key: Uint8Array, clock: Pick<Clock, 'now'>) {
  const sign = (content: string) => createHmac('sha256', key).update(`relay ${content}`).digest()
  return {
    make: ({ use, serverId, paths, until, by }: RelayGrant): string => {
      const content = Buffer.from(JSON.stringify([use, serverId, paths, until, by])).toString('base64url')
      return `${mark}${content}.${sign(content).toString('base64url')}`
    },
    /** What a token was made for, also after its end; null: it is none of this relay's. */
    read: (token: string): RelayGrant | null => {
      const [content = '', mac = ''] = token.startsWith(mark) && token.length <= longestToken ? token.slice(mark.length).split('.') : []
      const [given, right] = [Buffer.from(mac, 'base64url'), sign(content)]
      if (given.length !== right.length || !timingSafeEqual(given, right)) return null
      const { data } = contentSchema.safeParse(storedJson(Buffer.from(content, 'base64url').toString('utf8')))
      return data === undefined ? null : { use: data[0], serverId: data[1], paths: data[2], until: data[3], by: data[4] }
    },
    isOver: ({ until }: RelayGrant): boolean => clock.now() >= until,
    covers: ({ use, serverId, paths }: RelayGrant, asked: { readonly use: WebrtcUse; readonly serverId: string; readonly path: string }): boolean =>
      use === asked.use && serverId === asked.serverId && matcherOf(paths)(asked.path),
  }
}
export type RelayGrants = ReturnType<typeof createRelayGrants>
