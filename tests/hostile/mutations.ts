import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'

/** Numbers from a seed, 0 to 1 (mulberry32): the same seed makes the same attack. */
export type Random = () => number
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
const among = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
const upTo = (random: Random, most: number): number => Math.floor(random() * most)

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const nasty = [
  '\u0000',
  '\u202e',
  '\u2066',
  '\u001b[2J',
  '\ud800',
  '\ufeff',
  '../../',
  '"',
  '<img src=x onerror=alert(1)>',
  '%00',
  '__proto__',
  'constructor',
  '\n',
  '😀',
  '',
]
function text(random: Random): string {
  const piece = among(random, nasty)
  const size = among(random, [1, 1, 10, 300, 5_000, 60_000])
  return piece.repeat(Math.ceil(size / Math.max(1, piece.length)))
}
const number = (random: Random): number =>
  among(random, [1e308, -1, 2 ** 53, 2 ** 64, 2 ** 65, 0.1, -0, 1e-300, 4_294_967_296, 9.99e20, Math.round(random() * 1e12)])
function nested(depth: number): Json {
  let value: Json = 1
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { a: value }
  return value
}
const anyValue = (random: Random): Json =>
  among<() => Json>(random, [
    () => null,
    () => true,
    () => number(random),
    () => number(random),
    () => number(random),
    () => text(random),
    () => text(random),
    () => [],
    () => ({}),
    () => nested(upTo(random, 60)),
    () => ['9999-12-31T23:59:59Z', '0000-00-00T00:00:00Z', '2026-13-45T99:99:99+99:99', '1700-01-01T00:00:00Z'][upTo(random, 4)] ?? '',
  ])()

/** Changes some values of an answer, wherever they stand. */
function changeValues(random: Random, value: Json, share: number): Json {
  if (random() < share) return anyValue(random)
  if (Array.isArray(value)) return value.map((item) => changeValues(random, item, share))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, changeValues(random, item, share)]))
}

type List = { itemCount: number; pageCount: number; items: { [key: string]: Json }[] }
const isList = (body: Json): body is List => typeof body === 'object' && body !== null && !Array.isArray(body) && Array.isArray(body.items)

/** What can be done to a list's entries as a whole. */
function changeList(random: Random, list: List): Json {
  const copy = structuredClone(list)
  const first = copy.items[0] ?? {}
  switch (upTo(random, 9)) {
    case 0: // names that come twice
      copy.items.push(...structuredClone(copy.items))
      break
    case 1: // other names in each answer
      copy.items = Array.from({ length: 30 }, () => ({ ...first, name: `random ${random()}`, id: `random ${random()}` }))
      break
    case 2: // tracks
      for (const item of copy.items.slice(0, 2))
        item.tracks2 = Array.from({ length: 5_000 }, () => ({ codec: `c${random()}`, codecProps: { width: number(random) } }))
      break
    case 3: // readers
      for (const item of copy.items.slice(0, 2)) item.readers = Array.from({ length: 5_000 }, () => ({ type: `t${upTo(random, 1e6)}`, id: `${random()}` }))
      break
    case 4:
      copy.pageCount = among(random, [0, -1, 1e9, 100, 1.5])
      break
    case 5:
      copy.items.reverse()
      break
    case 6: // fields that no version has
      for (const item of copy.items) item[`field ${random()}`] = anyValue(random)
      break
    case 7:
      for (const item of copy.items) item.name = text(random)
      break
    default:
      return { ...copy, items: anyValue(random) }
  }
  return copy
}

/** An answer of which everything is right but its values. */
const changedBody = (random: Random, body: Json): Json =>
  random() < 0.3 && isList(body) ? changeList(random, body) : changeValues(random, body, among(random, [0.002, 0.01, 0.05, 0.2]))

function withHead(body: Buffer | string, head = 'HTTP/1.1 200 OK', type = 'application/json; charset=utf-8', more = ''): Buffer {
  const bytes = Buffer.from(body as string)
  return Buffer.concat([Buffer.from(`${head}\r\ncontent-type: ${type}\r\ncontent-length: ${bytes.length}\r\n${more}\r\n`), bytes])
}
const bomb = gzipSync(Buffer.alloc(30_000_000))
function wide(random: Random, bytes: number): string {
  const entry = `{"name":"wide-${random()}","ready":true,"readers":[]},`
  return `{"itemCount":1,"pageCount":1,"items":[${entry.repeat(Math.ceil(bytes / entry.length))}{"name":"z","ready":true}]}`
}

/** Writes one answer that no server should give. `body` is what an honest one says. */
type Attack = (random: Random, body: Buffer, socket: Socket) => void
const attacks: readonly (readonly [number, string, Attack])[] = [
  [
    10,
    'status lines',
    (random, body, socket) =>
      void socket.end(
        withHead(body, among(random, ['HTTP/1.1 099 x', 'HTTP/1.1 999999 x', 'HTTP/9.9 200 OK', 'HTTP/1.1 200', 'HTTP/1.1 -1 x', 'ICY 200 OK', ''])),
      ),
  ],
  [
    6,
    'statuses',
    (random, body, socket) => void socket.write(withHead(body, `HTTP/1.1 ${among(random, [100, 101, 103, 204, 304, 400, 403, 404, 418, 500, 503, 599])} x`)),
  ],
  [4, 'redirects', (_random, body, socket) => void socket.write(withHead(body, 'HTTP/1.1 302 Found', 'text/html', 'location: http://127.0.0.1:9/\r\n'))],
  [
    3,
    'redirects to ever other addresses',
    (random, body, socket) =>
      void socket.write(withHead(body, 'HTTP/1.1 302 Found', 'text/html', `location: http://127.0.0.1:9/${'x'.repeat(12_000)}${random()}\r\n`)),
  ],
  [
    3,
    'dates',
    (random, body, socket) =>
      void socket.write(
        withHead(
          body,
          undefined,
          undefined,
          `date: ${among(random, ['+275760-09-13T00:00:00.000Z', 'Thu, 01 Jan 1970 00:00:00 GMT', 'x', '', 'Fri, 31 Dec 9999 23:59:59 GMT'])}\r\n`,
        ),
      ),
  ],
  [8, 'half answers', (random, body, socket) => void socket.end(withHead(body).subarray(0, upTo(random, body.length + 100)))],
  [
    6,
    'wrong lengths',
    (random, body, socket) =>
      void socket.end(
        Buffer.concat([
          Buffer.from(
            `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${among(random, [1, body.length - 3, body.length + 3, 1e15, '-5', 'x', '18446744073709551616'])}\r\n\r\n`,
          ),
          body,
        ]),
      ),
  ],
  [
    6,
    'chunks of garbage',
    (random, body, socket) =>
      void socket.end(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${among(random, ['ffffffffff', 'zz', '-1', '5'])}\r\n${body.toString('latin1', 0, 400)}\r\n0\r\n\r\n`,
      ),
  ],
  [4, 'heads without end', (_random, _body, socket) => void socket.end(`HTTP/1.1 200 OK\r\n${'x-more: yes\r\n'.repeat(5_000)}\r\n`)],
  [
    4,
    'hints before',
    (_random, body, socket) => void socket.write(Buffer.concat([Buffer.from('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'.repeat(300)), withHead(body)])),
  ],
  [4, 'early close', (_random, _body, socket) => void socket.destroy()],
  [3, 'more than was asked', (_random, body, socket) => void socket.write(Buffer.concat([withHead(body), withHead(body)]))],
  [
    4,
    'invalid UTF-8',
    (random, body, socket) => {
      const bytes = Buffer.from(body)
      for (let i = 0; i < 50; i++) bytes[upTo(random, bytes.length)] = 0x80 + upTo(random, 128)
      socket.write(withHead(bytes))
    },
  ],
  [
    6,
    'flipped bytes',
    (random, body, socket) => {
      const bytes = Buffer.from(body)
      for (let i = 0; i < 3; i++) bytes[upTo(random, bytes.length)] = upTo(random, 256)
      socket.write(withHead(bytes))
    },
  ],
  [
    4,
    'other types',
    (random, body, socket) => void socket.write(withHead(body, undefined, among(random, ['text/html', '', 'application/octet-stream', 'x'.repeat(9_000)]))),
  ],
  [
    3,
    'no JSON',
    (random, _body, socket) =>
      void socket.write(
        withHead(among(random, ['', 'null', '[]', '7', '{', '\u0000', '{"items":null}', '['.repeat(100_000), `{"items":[${'9'.repeat(50_000)}]}`])),
      ),
  ],
  [2, 'gzip bombs', (_random, _body, socket) => void socket.write(withHead(bomb, undefined, 'application/json', 'content-encoding: gzip\r\n'))],
  [
    1,
    'slow bytes',
    (_random, body, socket) => {
      const bytes = withHead(body)
      let at = 0
      const drip = setInterval(() => {
        if (socket.destroyed || at >= 400) return void clearInterval(drip)
        socket.write(bytes.subarray(at, ++at))
      }, 10)
      socket.on('close', () => clearInterval(drip))
    },
  ],
]
/** Answers of megabytes: a few of them are enough, and they would make most of the traffic. */
const largeAttacks: readonly (readonly [string, Attack])[] = [
  ['many paths', (random, _body, socket) => void socket.write(withHead(wide(random, 8_000_000)))],
  [
    'a text of megabytes',
    (_random, body, socket) => void socket.write(withHead(body.toString().replace(/"(?:name|version|id)":"/, `$&${'n'.repeat(9_000_000)}`))),
  ],
  [
    'a text of escaped quotes',
    (_random, body, socket) => void socket.write(withHead(body.toString().replace(/"(?:name|version|id)":"/, `$&${'\\\\"'.repeat(4_000_000)}`))),
  ],
  ['a text without end', (_random, _body, socket) => void socket.write(withHead(`{"items":[{"name":"${'n'.repeat(9_000_000)}`))],
  ['spaces', (_random, _body, socket) => void socket.write(withHead(`{"items":[${' '.repeat(9_000_000)}]}`))],
  ['nested without end', (_random, _body, socket) => void socket.write(withHead(`{"items":${'['.repeat(4_000_000)}`))],
  [
    'bodies without end',
    (_random, _body, socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"items":[')
      const piece = Buffer.alloc(65_536, '{"name":"x","ready":true},')
      let left = 600
      const more = () => {
        while (left-- > 0 && !socket.destroyed) if (!socket.write(piece)) return void socket.once('drain', more)
      }
      more()
    },
  ],
  [
    'many small values',
    (_random, _body, socket) =>
      void socket.write(withHead(`{"itemCount":1,"pageCount":1,"items":[{"name":"a","ready":true,"readers":[${'[],'.repeat(2_000_000)}[]]}]}`)),
  ],
]

const allWeights = attacks.reduce((sum, [weight]) => sum + weight, 0)

/**
 * Answers one request with something bad: mostly right in its form and wrong in its values, so that it is taken; else
 * broken. `brokenShare` says how much of it is broken, `largeShare` how much is of megabytes. Returns the kind.
 */
export function attack(random: Random, honest: Json, socket: Socket, brokenShare: number, largeShare: number): string {
  const body = Buffer.from(JSON.stringify(honest))
  if (random() < largeShare) {
    const [name, run] = among(random, largeAttacks)
    run(random, body, socket)
    return name
  }
  if (random() < brokenShare) {
    let left = random() * allWeights
    for (const [weight, name, run] of attacks) {
      left -= weight
      if (left > 0) continue
      run(random, body, socket)
      return name
    }
  }
  socket.write(withHead(JSON.stringify(changedBody(random, honest))))
  return 'values'
}
export const honestAnswer = (honest: Json, socket: Socket): void => void socket.write(withHead(JSON.stringify(honest)))
export type { Json }
