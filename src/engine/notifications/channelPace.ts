import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { type Channel, mostPauseMinutes } from '../../shared/channels.ts'
import type { Database } from '../storage/openDatabase.ts'
import { type ChannelInput, kindOf } from './channelKinds.ts'
import type { MessageRows, UnsentMessage } from './messageRows.ts'

const minuteMs = 60_000
const defaultPerMinutes = 60
/** Maximum number of messages combined into one. */
const mostAsOne = 100
/** Longest delay of a message, ms, even if a channel asks for more. A longer one means that the clock was set back while no console was running. */
const longestPutOffMs = 3_600_000

/** Rate limit of a channel: messages per number of minutes; null: unlimited. */
export function limitOf({ atMost, perMinutes = defaultPerMinutes }: ChannelInput): Channel['limit'] {
  return atMost === undefined ? null : { messages: atMost, minutes: perMinutes }
}

/** When the channel may get the next message, and how many it may get until its limit is reached. */
function limitAt(rows: MessageRows, channel: ChannelInput, now: number): { readonly from: number; readonly left: number } {
  const limit = limitOf(channel)
  if (limit === null) return { from: now, left: Number.POSITIVE_INFINITY }
  const spanMs = limit.minutes * minuteMs
  const accepted = rows.acceptedAt(channel.name, { after: now - spanMs, until: now }, limit.messages)
  const oldest = accepted[limit.messages - 1]
  return oldest === undefined ? { from: now, left: limit.messages - accepted.length } : { from: oldest + spanMs, left: 0 }
}

/** When all waiting messages are sent as one digest; null: the channel sends no digests, or nothing waits. */
function digestAt(rows: MessageRows, { name, digestMinutes }: ChannelInput, now: number): number | null {
  const since = digestMinutes === undefined ? null : rows.waitingSince(name)
  if (since === null) return null
  // After the clock was set back, the waiting time is unknown.
  return since > now ? now : since + (digestMinutes ?? 0) * minuteMs
}

/** When waiting messages are sent if held back by a pause, the channel's rate limit or digest; null: immediately. */
export function heldUntil(rows: MessageRows, pauses: ChannelPauses, channel: ChannelInput, now: number): number | null {
  const { from, left } = limitAt(rows, channel, now)
  const until = Math.max(left === 0 ? from : 0, digestAt(rows, channel, now) ?? 0, pauses.of(channel.name)?.until ?? 0)
  return until > now ? until : null
}

/** What to send to a channel next: `messages` as one; if null, nothing for `waitMs`. Returns null if nothing is to be sent. */
export function nextOf(rows: MessageRows, pauses: ChannelPauses, channel: ChannelInput, now: number) {
  const { name } = channel
  const message = rows.next(name, now)
  if (message === null) return null
  const { from, left } = limitAt(rows, channel, now)
  const isSetBack = message.nextAt - now > longestPutOffMs
  const waitMs = Math.max(isSetBack ? now : message.nextAt, from, digestAt(rows, channel, now) ?? now, pauses.of(name)?.until ?? now) - now
  if (waitMs > 0) return { messages: null, waitMs }
  // The last message before the limit combines all that wait, and the first after a pause or after hours in which nothing was sent: not where each has an alert.
  const isHeld = (pauses.held(name, message.at) || message.startMissed) && kindOf(channel).kind.isKeyed !== true
  const saysAll = left === 1 || channel.digestMinutes !== undefined || isHeld
  return { messages: saysAll ? asOne(message, rows.due(name, isSetBack ? message.nextAt : now, mostAsOne)) : [message], waitMs: 0 }
}

/** The due alarm messages, which can be combined and go first; if there are none, `next`. Reports are too long to be combined. */
function asOne(next: UnsentMessage, due: readonly UnsentMessage[]): readonly UnsentMessage[] {
  const ofAlarms = due.filter(({ event }) => event !== 'report')
  return ofAlarms.length > 0 ? ofAlarms : [next]
}

type Pause = NonNullable<Channel['pause']>
const rowSchema = z.object({ channel: z.string(), since: z.number(), until: z.number(), by: z.string() })
const longestMs = mostPauseMinutes * 60_000

/** Pauses of channels: messages wait, and are sent as one when the pause is over. */
export function createChannelPauses(clock: Pick<Clock, 'now'>, db: Database) {
  const put = db.prepare('INSERT OR REPLACE INTO channel_pauses (channel, since, until, by) VALUES (?, ?, ?, ?)')
  const pauses = new Map(
    (db.prepare('SELECT channel, since, until, by FROM channel_pauses').all() as readonly unknown[]).flatMap((row) => {
      const { channel, ...pause } = rowSchema.safeParse(row).data ?? {}
      return channel === undefined ? [] : [[channel, pause as Pause] as const]
    }),
  )
  const set = (channel: string, pause: Pause) => {
    put.run(channel, Math.round(pause.since), Math.round(pause.until), pause.by)
    pauses.set(channel, pause)
  }
  return {
    /** null: it is not paused. A clock that was set back makes no pause longer. */
    of: (channel: string): Pause | null => {
      const pause = pauses.get(channel)
      const left = pause === undefined ? 0 : pause.until - clock.now()
      return pause !== undefined && left > 0 && left <= longestMs ? pause : null
    },
    /** Whether something that waits since then was held back by a pause. */
    held: (channel: string, since: number): boolean => since < (pauses.get(channel)?.until ?? 0),
    pause: (channel: string, minutes: number, by: string): void => set(channel, { since: clock.now(), until: clock.now() + minutes * 60_000, by }),
    /** What it holds back may be sent. Returns whether it was paused. */
    resume: (channel: string): boolean => {
      const pause = pauses.get(channel)
      if (pause === undefined || pause.until <= clock.now()) return false
      set(channel, { ...pause, until: clock.now() })
      return true
    },
  }
}
export type ChannelPauses = ReturnType<typeof createChannelPauses>
