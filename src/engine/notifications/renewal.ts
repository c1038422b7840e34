import type { Clock, Timer } from '../../clock/clock.ts'
import { mostRenewed, type SendContext } from './channelKind.ts'
import { type ChannelInput, kindOf } from './channelKinds.ts'
import type { MessageRows, UnsentMessage } from './messageRows.ts'
import { createMessageWriter, type WriterDeps } from './messageWriter.ts'
import { receiptOf } from './receipts.ts'
import type { Sent } from './sent.ts'

export interface RenewalDeps extends WriterDeps, Pick<SendContext, 'http' | 'signal'> {
  readonly clock: Clock
  readonly rows: MessageRows
}

/** Repeats ongoing incidents to a channel that forgets them. `onDue`: a repetition is due, to be sent in its turn among the messages. */
export function createRenewal(deps: RenewalDeps, onDue: () => void) {
  const { clock, rows, http, signal } = deps
  /** The incidents to repeat; null: the channel does not forget. */
  let lasting: Set<string> | null = null
  let isDue = false
  let timer: Timer | null = null
  const stop = () => {
    if (timer !== null) clock.clearTimeout(timer)
    timer = null
  }
  const dueAfter = (ms: number) => {
    timer = clock.setTimeout(() => {
      isDue = true
      dueAfter(ms)
      onDue()
    }, ms)
  }
  return {
    configure: (channel: ChannelInput): void => {
      const { renewal } = kindOf(channel).kind
      stop()
      // It may have forgotten by now what an earlier console sent.
      lasting = renewal === undefined ? null : new Set(rows.lasting(channel.name))
      isDue = lasting !== null
      if (renewal !== undefined) dueAfter(renewal.everyMs)
    },
    isDue: () => isDue,
    /** The channel accepted this message. */
    accepted: ({ event, alarmId }: UnsentMessage): void => {
      if (event === 'end') lasting?.delete(alarmId)
      else if (event !== 'report') lasting?.add(alarmId)
    },
    /** Repeats what lasts. Returns how the last try ended; null: there was nothing to repeat. */
    send: async (channel: ChannelInput): Promise<Sent | null> => {
      isDue = false
      const { renewal } = kindOf(channel).kind
      if (renewal === undefined || lasting === null) return null
      const ids = [...lasting]
      let sent: Sent | null = null
      for (let start = 0; start < ids.length && sent?.ok !== false; start += mostRenewed) {
        const writer = createMessageWriter(deps, channel, clock.now())
        const again = ids.slice(start, start + mostRenewed).flatMap((id) => {
          const incident = deps.incident(id)
          if (incident === null || incident.alarms.every(({ closed }) => closed !== null)) lasting?.delete(id)
          // Of one that has healed the end is on its way.
          if (incident === null || incident.healedAt !== null) return []
          return [{ notification: writer.repeat(incident), receipt: receiptOf(rows, channel, id) }]
        })
        if (again.length > 0) sent = await renewal.send(channel, again, { http: http.through(channel.proxy), signal })
      }
      return sent
    },
    stop,
  }
}
