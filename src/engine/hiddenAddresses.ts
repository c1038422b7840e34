import { createHmac, randomBytes } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import { hostOf } from '../shared/hostOf.ts'
import { isLoopback } from '../shared/isLoopback.ts'

/** What is replaced in a bundle or a dossier that names nobody who publishes or reads. It crosses threads. */
export interface AddressesToHide {
  /** Stand-ins are made with it, so that without it nobody can find the address by trying all. Never stored. */
  readonly key: string
  /** Addresses that stay where a text names them: those of the servers themselves. */
  readonly except: readonly string[]
}
/** Replaces addresses and users by stand-ins: the same by the same, so that they can still be told apart, counted and followed. */
export interface AddressHider {
  /** In place of an address, with its port or without. */
  readonly address: (text: string) => string
  readonly user: (text: string) => string
  /** The same text with stand-ins for all addresses in it. */
  readonly text: (text: string) => string
  /** The same value with stand-ins in all of its texts but the names of streams, servers and the like. */
  readonly value: <T>(value: T) => T
}

const v4 = String.raw`(?:\d{1,3}\.){3}\d{1,3}`
/** What may be an address of IPv6, with its zone and port: a whole run of digits and colons, so that a long text takes no longer for each of its letters. */
const anyV6 = new RegExp(String.raw`(?<![\da-f:])\[?(?:[\da-f:]*:${v4}|[\da-f:]*:[\da-f:]+)(?:%\w+)?\]?(?::\d{1,5})?`, 'gi')
/** An address of IPv4, with its port or the size of its network. */
const anyV4 = new RegExp(String.raw`(?<![\d.])${v4}(?!\d|\.\d)(?::\d{1,5}|/\d{1,2})?`, 'g')
/** Replaces all addresses in a text. */
function replaced(text: string, by: (address: string, found: string) => string): string {
  const six = text.replace(anyV6, (found) => {
    const address = isIPv6(bare(found)) ? found : trimmed(found)
    return isIPv6(bare(address)) ? found.replace(address, () => by(bare(address), address)) : found
  })
  return six.replace(anyV4, (found) => (isIPv4(bare(found)) ? by(bare(found), found) : found))
}
/** Strips what the surrounding sentence adds: an unpaired bracket, letters that look like hex digits, colons, and a port without brackets. */
const trimmed = (found: string): string =>
  found
    .replace(/^\[/, '')
    .replace(/\](?::\d+)?$/, '')
    .replace(/^[\da-f]+(?=[\da-f]{4}:)/i, '')
    .replace(/^:(?=::|[^:])/, '')
    .replace(/(?<=::|[^:]):$/, '')
    .replace(/:\d{5}$/, '')
/** Addresses of no machine, or of whichever it is itself; `120.0.0.0` is more often a version. */
const isNobodys = (address: string): boolean => isLoopback(address) || address === '::' || address === '::1' || address.endsWith('.0.0.0')
/** `texts`: what names the servers, such as their addresses and errors. */
export function addressesToHide(texts: string): AddressesToHide {
  const except = new Set<string>()
  replaced(texts, (address, found) => {
    except.add(address)
    return found
  })
  return { key: randomBytes(16).toString('base64'), except: [...except] }
}
const bare = (found: string): string => hostOf(found.replace(/\/\d+$/, '')).replace(/%\w+$/, '')

/** Keys whose values are addresses, whatever they look like. */
const addressNames: ReadonlySet<string> = new Set(['remoteAddr', 'publisher', 'address'])
const userNames: ReadonlySet<string> = new Set(['user'])
/** Keys whose values are kept: names by which things are found, and texts that operators wrote. */
const keptNames: ReadonlySet<string> = new Set([
  ...['subject', 'serverId', 'hostId', 'probeId', 'path', 'paths', 'id', 'incident', 'kind', 'rule'],
  ...['names', 'serverName', 'ownerName', 'server', 'servers', 'by', 'runbook', 'runbookUrl'],
])
const isPlain = (value: unknown): boolean => typeof value !== 'object' || Array.isArray(value)
/** Length of stand-ins. With 100,000 addresses, the probability that any two share one is about 1 in 200. */
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
