import type { SendFailure } from '../../shared/sendFailures.ts'
import type { ChannelInput } from './channelKinds.ts'
import type { Sent } from './sent.ts'

/** Shorter parts of an address are words, such as `api` or `hooks`. */
const shortestPart = 6

function partsOf(url: URL): readonly string[] {
  const parts = [...url.pathname.split('/'), ...url.searchParams.values()].filter((part) => part.length >= shortestPart)
  return [url.pathname, url.search, decodeURI(url.pathname)].filter((part) => part.length >= shortestPart).concat(parts)
}

/** What of a channel is secret, or may be, the longest first: its secret, paths and queries of its addresses, and its headers. */
function secretsOf(channel: ChannelInput): readonly string[] {
  const { secret, ...others } = channel
  const texts = Object.values(others).filter((value): value is string => typeof value === 'string')
  const addresses = texts.filter((text) => /^https?:/i.test(text) && URL.canParse(text))
  const resolved = secret === undefined ? [] : addresses.filter((base) => URL.canParse(secret, base)).map((base) => new URL(secret, base))
  const headers = 'headers' in channel ? Object.values(channel.headers ?? {}) : []
  const found = [secret ?? '', ...headers, ...[...addresses.map((text) => new URL(text)), ...resolved].flatMap(partsOf)]
  return [...new Set(found)].filter((one) => one.length > 1).sort((a, b) => b.length - a.length)
}

/** How a try ended, without what is secret of the channel: error pages name the address that was asked for. */
export function withoutSecrets(sent: Sent, channel: ChannelInput): Sent {
  const redacted = (failure: SendFailure): SendFailure =>
    'said' in failure ? { ...failure, said: secretsOf(channel).reduce((said, secret) => said.replaceAll(secret, '***'), failure.said) } : failure
  if (!sent.ok) return { ...sent, failure: redacted(sent.failure) }
  return sent.caution === undefined ? sent : { ...sent, caution: redacted(sent.caution) }
}
