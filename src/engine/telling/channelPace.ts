import type { Channel } from '../../shared/channels.ts'
import type { ChannelInput } from './channelKinds.ts'
import type { MessageRows, UnsentMessage } from './messageRows.ts'

const minuteMs = 60_000
const defaultPerMinutes = 60
/** So many messages are told as one. */
const mostAsOne = 100
/** No message is put off for longer than this (a channel that asks for more time gets no more), ms: the clock was set back while no console ran. */
const longestPutOffMs = 3_600_000

/** A channel gets so many messages in so many minutes; null: all. */
export const limitOf = ({ atMost, perMinutes = defaultPerMinutes }: ChannelInput): Channel['limit'] =>
  atMost === undefined ? null : { messages: atMost, minutes: perMinutes }

/** When the channel may get the next message, and how many before its limit is reached. */
function limitAt(rows: MessageRows, channel: ChannelInput, now: number): { readonly from: number; readonly left: number } {
  const limit = limitOf(channel)
  if (limit === null) return { from: now, left: Number.POSITIVE_INFINITY }
  const spanMs = limit.minutes * minuteMs
  const accepted = rows.acceptedAt(channel.name, { after: now - spanMs, until: now }, limit.messages)
  const oldest = accepted[limit.messages - 1]
  return oldest === undefined ? { from: now, left: limit.messages - accepted.length } : { from: oldest + spanMs, left: 0 }
}

/** When all that waits is told as one; null: the channel does not collect, or nothing waits. */
function digestAt(rows: MessageRows, { name, digestMinutes }: ChannelInput, now: number): number | null {
  const since = digestMinutes === undefined ? null : rows.waitingSince(name)
  if (since === null) return null
  // After a clock was set back nobody knows for how long it has waited.
  return since > now ? now : since + (digestMinutes ?? 0) * minuteMs
}

/** When what waits is sent, if the limit of the channel is reached or it collects; null: at once. */
export function heldUntil(rows: MessageRows, channel: ChannelInput, now: number): number | null {
  const { from, left } = limitAt(rows, channel, now)
  const until = Math.max(left === 0 ? from : 0, digestAt(rows, channel, now) ?? 0)
  return until > now ? until : null
}

/** What a channel gets next: these messages as one, or so far none, and how long it waits for the next; null: nothing is to be sent. */
export function nextOf(
  rows: MessageRows,
  channel: ChannelInput,
  now: number,
): { readonly messages: readonly UnsentMessage[]; readonly waitMs: 0 } | { readonly messages: null; readonly waitMs: number } | null {
  const { name } = channel
  const message = rows.next(name, now)
  if (message === null) return null
  const { from, left } = limitAt(rows, channel, now)
  const isSetBack = message.nextAt - now > longestPutOffMs
  const waitMs = Math.max(isSetBack ? now : message.nextAt, from, digestAt(rows, channel, now) ?? now) - now
  if (waitMs > 0) return { messages: null, waitMs }
  // The last one before the limit says all that waits.
  const saysAll = left === 1 || channel.digestMinutes !== undefined
  return { messages: saysAll ? asOne(message, rows.due(name, isSetBack ? message.nextAt : now, mostAsOne)) : [message], waitMs: 0 }
}

/** Those of alarms, which can be told as one and go first; else `next`. A report says too much to be one of several. */
function asOne(next: UnsentMessage, due: readonly UnsentMessage[]): readonly UnsentMessage[] {
  const ofAlarms = due.filter(({ event }) => event !== 'report')
  return ofAlarms.length > 0 ? ofAlarms : [next]
}
