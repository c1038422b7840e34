import { type ChannelInput, kindOf } from './channelKinds.ts'
import type { MessageRows } from './messageRows.ts'

/** A longer one is none of ours: the longest is a Message-ID, a line of mail. */
const longestReceipt = 1_000
/** A channel of this name may have been of another kind before, whose receipts mean nothing to this one. */
const prefixOf = (channel: ChannelInput): string => `${kindOf(channel).name} `

/** A channel's answer to a message, as it is kept; null: nothing is. */
export function keptReceipt(channel: ChannelInput, receipt: string | undefined): string | null {
  return receipt === undefined || receipt.length > longestReceipt ? null : prefixOf(channel) + receipt
}

/** What the channel answered to the newest message about an incident that had a receipt; null: none had. */
export function receiptOf(rows: Pick<MessageRows, 'receiptOf'>, channel: ChannelInput, incident: string): string | null {
  const kept = rows.receiptOf(incident, channel.name)
  const prefix = prefixOf(channel)
  return kept?.startsWith(prefix) ? kept.slice(prefix.length) : null
}
