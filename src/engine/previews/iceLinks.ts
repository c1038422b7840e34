import type { IceServer } from '../../shared/webrtc.ts'

/** MediaMTX names each of its ICE servers in a header of its own; a proxy may join them. */
const mostLinks = 16
const longestLink = 1_000
const iceLink = /^<((?:stuns?|turns?):[^<>"\s]{1,300})>\s*;\s*rel="?ice-server"?((?:\s*;\s*[\w-]{1,40}="(?:[^"\\]|\\.)*")*)\s*$/
const linkParameter = /;\s*([\w-]{1,40})="((?:[^"\\]|\\.)*)"/g

const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1')
const escaped = (text: string): string => text.replace(/["\\]/g, '\\$&')

/** The ICE servers that `Link` headers name. Links to anything else are left out, as is what is no link. */
export function iceServersOf(header: string | readonly string[] | undefined): IceServer[] {
  const lines = header === undefined ? [] : typeof header === 'string' ? [header] : header
  const links = lines
    .slice(0, mostLinks)
    .flatMap((line) => line.slice(0, mostLinks * longestLink).split(/,\s*(?=<)/))
    .slice(0, mostLinks)
  return links.flatMap((link): IceServer[] => {
    const [, url, parameters = ''] = (link.length <= longestLink && iceLink.exec(link.trim())) || []
    if (url === undefined) return []
    const given = new Map([...parameters.matchAll(linkParameter)].map(([, name = '', value = '']) => [name.toLowerCase(), unescaped(value)]))
    return [{ url, username: given.get('username') ?? null, credential: given.get('credential') ?? null }]
  })
}

/** The same as `Link` headers for another client. */
export function iceLinksOf(servers: readonly IceServer[]): readonly string[] {
  return servers.map(({ url, username, credential }) => {
    const signIn = username === null ? '' : `; username="${escaped(username)}"; credential="${escaped(credential ?? '')}"; credential-type="password"`
    return `<${url}>; rel="ice-server"${signIn}`
  })
}
