import { createHmac, randomBytes } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import { hostOf } from '../shared/endpoints.ts'
import { isLoopback } from '../shared/ipAddresses.ts'

/** Settings for pseudonymizing publishers and readers in a bundle or dossier. Passed between threads. */
export interface AddressesToHide {
  /** HMAC key of the pseudonyms, which prevents finding an address by trying all. Never stored. */
  readonly key: string
  /** Addresses that are not replaced in texts: those of the servers themselves. */
  readonly except: readonly string[]
}
/** Replaces addresses and users by consistent pseudonyms, so that they can still be distinguished, counted and followed. */
export interface AddressHider {
  /** Returns the pseudonym of an address, given with or without port. */
  readonly address: (text: string) => string
  readonly user: (text: string) => string
  /** Returns the text with all addresses replaced. */
  readonly text: (text: string) => string
  /** Returns a copy of the value with all strings pseudonymized, except names of streams, servers and the like. */
  readonly value: <T>(value: T) => T
}

const v4 = String.raw`(?:\d{1,3}\.){3}\d{1,3}`
/** Candidate IPv6 address with zone and port. Matches a whole run of digits and colons, so that matching time stays linear in the text length. */
const anyV6 = new RegExp(String.raw`(?<![\da-f:])\[?(?:[\da-f:]*:${v4}|[\da-f:]*:[\da-f:]+)(?:%\w+)?\]?(?::\d{1,5})?`, 'gi')
/** An IPv4 address, with port or prefix length. */
const anyV4 = new RegExp(String.raw`(?<![\d.])${v4}(?!\d|\.\d)(?::\d{1,5}|/\d{1,2})?`, 'g')
/** Replaces all addresses in a text. */
function replaced(text: string, by: (address: string, found: string) => string): string {
  const six = text.replace(anyV6, (found) => {
    const address = isIPv6(bare(found)) ? found : trimmed(found)
    return isIPv6(bare(address)) ? found.replace(address, () => by(bare(address), address)) : found
  })
  return six.replace(anyV4, (found) => (isIPv4(bare(found)) ? by(bare(found), found) : found))
}
/** Strips characters of the surrounding text: an unpaired bracket, letters that look like hex digits, colons, and a port without brackets. */
const trimmed = (found: string): string =>
  found
    .replace(/^\[/, '')
    .replace(/\](?::\d+)?$/, '')
    .replace(/^[\da-f]+(?=[\da-f]{4}:)/i, '')
    .replace(/^:(?=::|[^:])/, '')
    .replace(/(?<=::|[^:]):$/, '')
    .replace(/:\d{5}$/, '')
/** Loopback and unspecified addresses, which identify no machine; something like `120.0.0.0` is more often a version. */
const isNobodys = (address: string): boolean => isLoopback(address) || address === '::' || address.endsWith('.0.0.0')
/** `texts`: strings that contain the servers' own addresses, such as their URLs and errors. */
export function addressesToHide(texts: string): AddressesToHide {
  const except = new Set<string>()
  replaced(texts, (address, found) => {
    except.add(address)
    return found
  })
  return { key: randomBytes(16).toString('base64'), except: [...except] }
}
const bare = (found: string): string => hostOf(found.replace(/\/\d+$/, '')).replace(/%\w+$/, '')

/** Keys whose values are always treated as addresses. */
const addressNames: ReadonlySet<string> = new Set(['remoteAddr', 'publisher', 'address'])
const userNames: ReadonlySet<string> = new Set(['user'])
/** Keys whose values are kept: identifying names, and texts written by operators. */
const keptNames: ReadonlySet<string> = new Set([
  ...['subject', 'serverId', 'hostId', 'probeId', 'path', 'paths', 'id', 'incident', 'kind', 'rule'],
  ...['names', 'serverName', 'ownerName', 'server', 'servers', 'by', 'ruleName', 'runbook', 'runbookUrl'],
])
const isPlain = (value: unknown): boolean => typeof value !== 'object' || Array.isArray(value)
/** Length of pseudonyms. With 100,000 addresses, the probability of any collision is about 1 in 200. */
const standInLetters = 8

export function createAddressHider({ key, except }: AddressesToHide): AddressHider {
  const stays = new Set(except)
  const standIns = new Map<string, string>()
  const standIn = (mark: string, text: string): string => {
    const whole = `${mark}-${text}`
    const known = standIns.get(whole)
    if (known !== undefined) return known
    const made = `${mark}-${createHmac('sha256', key).update(whole).digest('hex').slice(0, standInLetters)}`
    standIns.set(whole, made)
    return made
  }
  const address = (given: string) => standIn('address', bare(given).toLowerCase())
  const text = (given: string): string => replaced(given, (one, found) => (stays.has(one) || isNobodys(one) ? found : address(one)))
  const value = (given: unknown, name = ''): unknown => {
    if (typeof given === 'string') return addressNames.has(name) ? address(given) : userNames.has(name) ? standIn('user', given) : text(given)
    if (typeof given !== 'object' || given === null) return given
    if (Array.isArray(given)) return given.map((one) => value(one, name === 'addresses' ? 'address' : name))
    return Object.fromEntries(Object.entries(given).map(([inner, one]) => [inner, keptNames.has(inner) && isPlain(one) ? one : value(one, inner)]))
  }
  return { address, user: (given) => standIn('user', given), text, value: <T>(given: T) => value(given) as T }
}
