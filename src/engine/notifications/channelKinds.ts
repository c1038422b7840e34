import type { ChannelKindName } from '../../shared/channels.ts'
import type { ChannelKind } from './channelKind.ts'
import { alertmanager } from './channels/alertmanager.ts'
import { apprise } from './channels/apprise.ts'
import { email } from './channels/email.ts'
import { ntfy } from './channels/ntfy.ts'
import { pagerduty } from './channels/pagerduty.ts'
import { slack } from './channels/slack.ts'
import { syslog } from './channels/syslog.ts'
import { teams } from './channels/teams.ts'
import { telegram } from './channels/telegram.ts'
import { webhook } from './channels/webhook.ts'

/** Every kind of channel, by its key in the configuration file. */
export const channelKinds = { webhook, email, alertmanager, pagerduty, slack, teams, telegram, ntfy, apprise, syslog } satisfies {
  readonly [Name in ChannelKindName]: unknown
}

type Kinds = typeof channelKinds
/** A channel for notifications, as in the configuration file. */
export type ChannelInput = { [Name in ChannelKindName]: Kinds[Name] extends ChannelKind<infer Channel> ? Channel : never }[ChannelKindName]

/** The kind of a channel, which is the one key of the registry that it has. */
export function kindOf(channel: ChannelInput): { readonly name: ChannelKindName; readonly kind: ChannelKind<ChannelInput> } {
  const name = (Object.keys(channelKinds) as ChannelKindName[]).find((key) => key in channel) as ChannelKindName
  return { name, kind: channelKinds[name] as ChannelKind<ChannelInput> }
}

/** What of a channel may be shown: no secret. */
export function shownChannel(channel: ChannelInput): { readonly name: string; readonly kind: ChannelKindName; readonly origin: string } {
  const { name, kind } = kindOf(channel)
  return { name: channel.name, kind: name, origin: kind.origin(channel) }
}
