import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { type Channel, mostPauseMinutes } from '../../shared/channels.ts'
import type { Database } from '../storage/openDatabase.ts'

type Pause = NonNullable<Channel['pause']>
const rowSchema = z.object({ channel: z.string(), since: z.number(), until: z.number(), by: z.string() })
const longestMs = mostPauseMinutes * 60_000

/** Pauses of channels: what would be sent waits, and is sent as one message when the pause is over. */
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
