/**
 * Replaces a secret. Camera addresses contain passwords, platform addresses contain stream keys, and MediaMTX hooks contain
 * whole command lines: none of these may reach a window, a log, an export or a bundle. If in doubt, more is hidden than needed.
 */
export const secretMark = '***'

/** Query parameters whose values are shown; all others may be secrets and are hidden. */
const openParameters = new Set(
  'action,channel,cookiecheck,duration,end,format,id,interval,itemsperpage,latency,limit,mode,mtxdeck,page,pkt_size,start,subtype,timeout,transport,transtype'.split(
    ',',
  ),
)

/** Endings of names whose values are secrets anywhere: `password=…`, `"srtReadPassphrase": "…"`, `--token …`. */
const secretName = '(?:pass(?:w(?:or)?d|phrase)?|pwd|secret|token|jwt|credentials?|api[-_]?key|stream[-_]?key|private[-_]?key|signature|streamid|authorization)'

const redactQuery = (query: string): string =>
  query
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=')
      if (equals < 0) return openParameters.has(pair.toLowerCase()) || pair === '' ? pair : secretMark
      const name = pair.slice(0, equals)
      // A name is shown only if it looks like one: a bare secret may contain "=".
      if (!/^[\w.-]{1,40}$/.test(name)) return secretMark
      if (name.startsWith('_HLS_') || openParameters.has(name.toLowerCase())) return pair
      return equals === pair.length - 1 ? pair : `${name}=${secretMark}`
    })
    .join('&')

/**
 * Hides possible secrets in one address: user and password, query values, the fragment, and for RTMP everything after the
 * application name (the stream key). Scheme, host, port and other paths stay. Also works on malformed addresses:
 * everything before the last "@" is hidden, since a password may contain any character.
 */
export function redactUrl(address: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)
  if (!scheme) return redactPairs(address)
  const start = scheme[0]
  let rest = address.slice(start.length)
  let user = ''
  // File addresses have no users, but may contain "@" as in "node_modules/@orpc".
  const at = /^file:/i.test(start) ? -1 : rest.lastIndexOf('@')
  if (at >= 0) {
    user = `${secretMark}@`
    rest = rest.slice(at + 1)
  }
  const hash = rest.indexOf('#')
  const fragment = hash < 0 ? '' : rest.length > hash + 1 ? `#${secretMark}` : '#'
  if (hash >= 0) rest = rest.slice(0, hash)
  const mark = rest.indexOf('?')
  const query = mark < 0 ? '' : `?${redactQuery(rest.slice(mark + 1))}`
  if (mark >= 0) rest = rest.slice(0, mark)
  const [host = '', application, ...key] = rest.split('/')
  const path =
    application === undefined
      ? ''
      : /^rtmp/i.test(start)
        ? `/${application}${key.some((part) => part !== '') ? `/${secretMark}` : ''}`
        : `/${[application, ...key].map(redactPairs).join('/')}`
  return `${start}${user}${host}${path}${query}${fragment}`
}

const pairs = new RegExp(String.raw`(${secretName})(["']?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|(?:basic|bearer|digest)\s+[^\s"']+|[^\s&"']+)`, 'gi')
const headers = /\b(basic|bearer)\s+[A-Za-z0-9._~+/:=-]{4,}/gi
/** What follows `/ack/` in a link that acknowledges an incident: whoever has it may use it. */
const acknowledgeLinks = /(\/ack\/)[\w-]+\.[\w-]{43}/g
const commandUser = /(^|\s)(-u|--user|--proxy-user|--password|--pass|--token|--passphrase|--key|--header-token)(\s+|=)(?:"[^"]*"|'[^']*'|\S+)/g

/** Hides the values of names that indicate a secret, and credentials in command lines, headers and links. */
const redactPairs = (text: string): string =>
  text
    .replace(pairs, (_all, name: string, between: string, value: string) => {
      const quote = value.startsWith('"') ? '"' : value.startsWith("'") ? "'" : ''
      return value === `${quote}${quote}` ? `${name}${between}${value}` : `${name}${between}${quote}${secretMark}${quote}`
    })
    .replace(headers, (_all, kind: string) => `${kind} ${secretMark}`)
    .replace(acknowledgeLinks, (_all, path: string) => `${path}${secretMark}`)
    .replace(commandUser, (_all, edge: string, name: string, between: string) => `${edge}${name}${between}${secretMark}`)

const schemes = /[a-z][a-z0-9+.-]{0,20}:\/\//gi
/** Characters that end a user and password: white space, and quotes followed by more JSON. A password may contain any other. */
const runEnds = /\s|"[,}\]:]/g
const addressRest = /[^\s"'<>|\\]*/y

function endOfMatch(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  const found = pattern.exec(text)
  return found === null ? text.length : pattern.sticky ? found.index + found[0].length : found.index
}

/**
 * Hides possible secrets in all addresses of a text: each runs from "scheme://", past the last "@" that can belong to it, to
 * white space or a quote. Ends are remembered, because a single expression would take quadratic time.
 */
function redactUrls(text: string): string {
  let shown = ''
  let done = 0
  let runEnd = -1
  let lastAt = -1
  for (const { 0: scheme, index } of text.matchAll(schemes)) {
    if (index < done) continue
    const behind = index + scheme.length
    if (behind > runEnd) {
      runEnd = endOfMatch(runEnds, text, behind)
      lastAt = behind + text.slice(behind, runEnd).lastIndexOf('@')
    }
    const end = endOfMatch(addressRest, text, lastAt >= behind ? lastAt + 1 : behind)
    shown += text.slice(done, index) + redactUrl(text.slice(index, end))
    done = end
  }
  return shown + text.slice(done)
}

/** Hides secrets anywhere in a text: log lines, error messages, commands, JSON. */
export function redactText(text: string): string {
  // Without one of these characters, a text is no address, pair or command. Most texts in a configuration are such single words.
  return /[=:\s]/.test(text) ? redactPairs(text.includes('://') ? redactUrls(text) : text) : text
}

const secretKey = new RegExp(String.raw`^[\w-]{0,40}${secretName}$`, 'i')
/** Keys that sound like secrets, but hold file names or lists of methods. */
const harmlessKeys = /^(?:\w+ServerKey|\w+ServerCert|serverKey|serverCert|\w*AuthMethods?|authMethods?|authJWTInHTTPQuery)$/

/** Cached verdicts: a server with 10,000 paths repeats the same hundred keys for each of them. */
const evaluatedKeys = new Map<string, boolean>()
const mostEvaluatedKeys = 2_000
function isSecretKey(key: string): boolean {
  const known = evaluatedKeys.get(key)
  if (known !== undefined) return known
  const isSecret = !harmlessKeys.test(key) && secretKey.test(key)
  if (evaluatedKeys.size < mostEvaluatedKeys && key.length < 100) evaluatedKeys.set(key, isSecret)
  return isSecret
}

/** Deeper than any of our structures. Anything below is left out, which also ends circular references. */
const maxDepth = 12

/**
 * Copies a structure (an API answer, facts for a log) with every secret hidden: values of keys that
 * indicate one, and whatever `redactText` finds in other texts. Keys, order and empty values stay;
 * errors become plain objects with their message and stack.
 */
export function redact(value: unknown): unknown {
  return redactAt(value, 0)
}

function redactAt(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > maxDepth) return '…'
  if (Array.isArray(value)) return value.map((inner) => redactAt(inner, depth + 1))
  if (value instanceof Error) {
    const { name, message, stack, cause } = value
    return {
      type: name,
      message: redactText(message),
      ...(stack === undefined ? {} : { stack: redactText(stack) }),
      ...redactEntries(value, depth),
      ...(cause === undefined ? {} : { cause: redactAt(cause, depth + 1) }),
    }
  }
  if (value instanceof Date || ArrayBuffer.isView(value)) return value
  return redactEntries(value, depth)
}

const redactEntries = (value: object, depth: number): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (isSecretKey(key) && inner !== null && inner !== '' && typeof inner !== 'boolean') return [key, secretMark]
      return [key, redactAt(inner, depth + 1)]
    }),
  )
