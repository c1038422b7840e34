import type { Channel, SentCounts } from '../../shared/channels.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import { type ChannelInput, shownChannel } from './channelKinds.ts'
import { heldUntil, limitOf } from './channelPace.ts'
import { type ChannelSender, createChannelSender, type SenderDeps } from './channelSender.ts'

/** A channel that messages wait for. */
interface Unreached {
  readonly channel: string
  /** When the oldest of them was to be sent, or its pause began, epoch ms. */
  readonly since: number
  /** null: it was paused hours ago. */
  readonly failure: SendFailure | null
}

/** A pause that holds messages back for longer may have been forgotten, ms. */
const forgottenMs = 4 * 3_600_000
/** Number of tests listed for a channel. */
const shownTests = 10

/** A sender for each channel, by its name. */
export function createChannelSenders(deps: SenderDeps) {
  const { clock, rows, pauses } = deps
  let senders: ReadonlyMap<string, ChannelSender> = new Map()
  const shown = (sender: ChannelSender): Omit<Channel, 'entered'> => {
    const input = sender.input()
    return {
      ...shownChannel(input),
      failure: sender.failure(),
      limit: limitOf(input),
      digestMinutes: input.digestMinutes ?? null,
      heldUntil: heldUntil(rows, pauses, input, clock.now()),
      pause: pauses.of(input.name),
      tests: rows.tests(input.name, shownTests),
      ...rows.counts(input.name),
    }
  }
  return {
    /** Existing senders keep running. Returns the names of new and of removed channels. */
    configure: (channels: readonly ChannelInput[]): { readonly added: readonly string[]; readonly removed: readonly string[] } => {
      const before = senders
      senders = new Map(
        channels.map((input) => {
          const sender = before.get(input.name)
          sender?.configure(input)
          return [input.name, sender ?? createChannelSender(deps, input)]
        }),
      )
      const removed = [...before].filter(([name]) => !senders.has(name))
      for (const [, sender] of removed) sender.stop()
      return { added: [...senders.keys()].filter((name) => !before.has(name)), removed: removed.map(([name]) => name) }
    },
    all: () => senders,
    /** Also one that waits with an update: another message may go first. */
    send: (): void => {
      for (const sender of senders.values()) sender.send()
    },
    shown: () => Array.from(senders.values(), shown),
    counts: (): ReadonlyMap<string, SentCounts> => new Map(Array.from(senders, ([name, sender]) => [name, sender.counts()])),
    /** Channels that refused a message for good or failed the drill, and have accepted nothing since. */
    refusals: () =>
      [...senders].flatMap(([channel, sender]) => {
        const refusal = sender.refusal()
        return refusal === null ? [] : [{ channel, ...refusal }]
      }),
    /** Channels with waiting messages that can't be reached or accept none for now, or were paused hours ago. */
    unreached: (): readonly Unreached[] =>
      [...senders].flatMap(([channel, sender]): readonly Unreached[] => {
        const pause = pauses.of(channel)
        if (pause !== null && clock.now() - pause.since >= forgottenMs && rows.waitingSince(channel) !== null)
          return [{ channel, since: pause.since, failure: null }]
        const unreached = sender.unreached()
        return unreached === null ? [] : [{ channel, ...unreached }]
      }),
    settled: async (): Promise<void> => {
      await Promise.all(Array.from(senders.values(), (sender) => sender.settled()))
    },
    stop: (): void => {
      for (const sender of senders.values()) sender.stop()
    },
  }
}
