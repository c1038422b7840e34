import type { SentCounts } from '../../shared/channels.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import type { MessageRows } from './messageRows.ts'
import type { Sent } from './sent.ts'

interface SenderRefusal {
  readonly what: 'message' | 'drill'
  readonly failure: SendFailure
}

/** What a channel did not take. */
export interface ChannelRefusal extends SenderRefusal {
  readonly channel: string
}

/** A channel that messages wait for. */
export interface Unreached {
  readonly channel: string
  /** When the oldest of them was to be sent, or its pause began, epoch ms. */
  readonly since: number
  /** null: it was paused hours ago. */
  readonly failure: SendFailure | null
}

/** How the tries of a channel went. */
export interface ChannelStatus {
  /** What it refused for good, or that the drill did not reach it; null: neither, or it accepted something since. */
  readonly refusal: () => SenderRefusal | null
  /** Messages wait because it can't be reached, or takes nothing now: since when, and why; null: none does. */
  readonly unreached: () => Omit<Unreached, 'channel'> | null
  /** Of its last try; null: that one was accepted. */
  readonly failure: () => SendFailure | null
  readonly counts: () => SentCounts
}

/** Keeps how the tries of a channel went: `shown` is for the screen, and for alarms about the console itself. */
export function createChannelStatus(rows: Pick<MessageRows, 'refusal' | 'unsent'>, name: string) {
  let failure: SendFailure | null = null
  let refusal: SenderRefusal | null = rows.refusal(name)
  /** Some may wait after a try that failed: only then the disk is asked, as this is asked for each second. */
  let isUnsent = true
  const counts = { accepted: 0, failed: 0, refused: 0 }
  const shown: ChannelStatus = {
    refusal: () => refusal,
    unreached: () => {
      const unsent = isUnsent ? rows.unsent(name) : null
      isUnsent = unsent !== null
      return unsent
    },
    failure: () => failure,
    counts: () => ({ ...counts }),
  }
  return {
    shown,
    /** Any try ended. */
    tried: (sent: Sent): void => {
      failure = sent.ok ? (sent.caution ?? null) : sent.failure
    },
    /** The last try of so many messages as one ended so. */
    delivered: (sent: Sent, messages: number): void => {
      isUnsent = true
      counts[sent.ok ? 'accepted' : sent.isFinal ? 'refused' : 'failed'] += messages
      if (sent.ok) refusal = null
      else if (sent.isFinal) refusal = { what: 'message', failure: sent.failure }
    },
    tested: (sent: Sent, isDrill: boolean): void => {
      if (sent.ok) refusal = null
      else if (isDrill) refusal ??= { what: 'drill', failure: sent.failure }
    },
  }
}
