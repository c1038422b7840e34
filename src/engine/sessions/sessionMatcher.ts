import { hostOf } from '../../shared/endpoints.ts'
import { ipNetworkOf, ipOf, isInNetwork } from '../../shared/ipAddresses.ts'
import { matcherOf } from '../../shared/patterns.ts'
import type { SessionFilter } from '../../shared/sessions.ts'
import type { Session } from '../../shared/streams.ts'
import type { ServerName } from '../streams/streamRecord.ts'

/** What a filter looks at; the same of a session that goes on and of one that ended. */
type Searched = Pick<Session, 'id' | 'protocol' | 'role' | 'path' | 'remoteAddr' | 'user' | 'userAgent'>
type SessionMatcher = (server: ServerName, session: Searched) => boolean

export function sessionMatcher({ q = '', address, user = '', agent = '', path, server = '', protocol = '', role }: SessionFilter): SessionMatcher {
  const tests: SessionMatcher[] = []
  if (server !== '') tests.push(serverMatcher(server))
  if (role !== undefined) tests.push((_, session) => session.role === role)
  if (protocol !== '') tests.push((_, session) => isSame(session.protocol, protocol))
  if (path !== undefined) {
    const isMeant = matcherOf([path])
    tests.push((_, session) => isMeant(session.path))
  }
  if (user !== '') tests.push((_, session) => session.user !== null && isSame(session.user, user))
  if (agent !== '') {
    const has = containing(agent)
    tests.push((_, session) => session.userAgent !== null && has(session.userAgent))
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
  const isIn = containing(text)
  const start = text.toLowerCase()
  return ({ name }, { id, path, remoteAddr, user, userAgent }) =>
    (remoteAddr !== null && isIn(hostOf(remoteAddr))) ||
    isIn(path) ||
    (user !== null && isIn(user)) ||
    (userAgent !== null && isIn(userAgent)) ||
    isIn(name) ||
    id.toLowerCase().startsWith(start)
}

function inNetwork(text: string): (address: string) => boolean {
  const network = ipNetworkOf(text)
  return (address) => {
    const ip = ipOf(address)
    return network !== null && ip !== null && isInNetwork(ip, network)
  }
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
function containing(part: string): (text: string) => boolean {
  const wanted = part.toLowerCase()
  return (text) => text.toLowerCase().includes(wanted)
}
