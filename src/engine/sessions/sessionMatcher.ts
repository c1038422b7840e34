import { BlockList, isIPv6 } from 'node:net'
import { hostOf } from '../../shared/hostOf.ts'
import { ipv4Number } from '../../shared/ipv4.ts'
import { matcherOf } from '../../shared/patterns.ts'
import type { SessionFilter } from '../../shared/sessions.ts'
import type { Session } from '../../shared/streams.ts'
import type { ServerName } from '../streams/serverStreams.ts'

/** What a filter looks at; the same of a session that goes on and of one that ended. */
export type Searched = Pick<Session, 'id' | 'protocol' | 'role' | 'path' | 'remoteAddr' | 'user' | 'userAgent'>
export type SessionMatcher = (server: ServerName, session: Searched) => boolean

/** An IPv4 address also where it came over an IPv6 socket, and without a zone. */
const plainAddress = (address: string): string => (address.includes(':') ? address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '') : address)

/**
 * Whether a session is meant. Made for many sessions: most of them share their path, user and agent with others, so that of each text the result
 * is kept.
 */
export function sessionMatcher({ q = '', address, user = '', agent = '', path, server = '', protocol = '', role }: SessionFilter): SessionMatcher {
  const tests: SessionMatcher[] = []
  if (server !== '') tests.push(serverMatcher(server))
  if (role !== undefined) tests.push((_, session) => session.role === role)
  if (protocol !== '') tests.push((_, session) => isSame(session.protocol, protocol))
  if (path !== undefined) {
    const isMeant = kept(matcherOf([path]))
    tests.push((_, session) => isMeant(session.path))
  }
  if (user !== '') {
    const isMeant = kept((text) => isSame(text, user))
    tests.push((_, session) => session.user !== null && isMeant(session.user))
  }
  if (agent !== '') {
    const isMeant = kept(containing(agent))
    tests.push((_, session) => session.userAgent !== null && isMeant(session.userAgent))
  }
  if (address !== undefined) {
    const isMeant = inNetwork(address)
    tests.push((_, session) => session.remoteAddr !== null && isMeant(hostOf(session.remoteAddr)))
  }
  if (q !== '') tests.push(anywhere(q))
  return (of, session) => tests.every((test) => test(of, session))
}

/** Whether a server is the one that a filter names, by its name or id. */
export function serverMatcher(wanted: string): (server: ServerName) => boolean {
  return ({ id, name }) => id === wanted || isSame(name, wanted)
}

function anywhere(text: string): SessionMatcher {
  const has = containing(text)
  const isIn = kept(has)
  const start = text.toLowerCase()
  return ({ name }, { id, path, remoteAddr, user, userAgent }) =>
    (remoteAddr !== null && has(hostOf(remoteAddr))) ||
    isIn(path) ||
    (user !== null && isIn(user)) ||
    (userAgent !== null && isIn(userAgent)) ||
    isIn(name) ||
    id.toLowerCase().startsWith(start)
}

function inNetwork(text: string): (address: string) => boolean {
  const [base = '', bits] = text.split('/')
  const plain = plainAddress(base)
  const number = ipv4Number(plain)
  if (!Number.isNaN(number)) {
    // Of one that is written as IPv6, 96 bits are before it.
    const size = bits === undefined ? 1 : 2 ** ((base === plain ? 32 : 128) - Number(bits))
    const from = number - (number % size)
    return (address) => {
      const one = ipv4Number(plainAddress(address))
      return one >= from && one < from + size
    }
  }
  const list = new BlockList()
  list.addSubnet(plain, Number(bits ?? 128), 'ipv6')
  return (address) => {
    const one = plainAddress(address)
    return isIPv6(one) && list.check(one, 'ipv6')
  }
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
function containing(part: string): (text: string) => boolean {
  const wanted = part.toLowerCase()
  return (text) => text.toLowerCase().includes(wanted)
}

/** Results for texts that come again and again. */
function kept(test: (text: string) => boolean): (text: string) => boolean {
  const results = new Map<string, boolean>()
  return (text) => {
    const known = results.get(text)
    if (known !== undefined) return known
    const result = test(text)
    if (results.size < 10_000) results.set(text, result)
    return result
  }
}
