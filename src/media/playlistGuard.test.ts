import { expect, test } from 'vitest'
import { createPlaylistGuard } from './playlistGuard.ts'

const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n\r\n'
const variants = (count: number) => `#EXTM3U\n${Array.from({ length: count }, (_, n) => `#EXT-X-STREAM-INF:BANDWIDTH=${n}\nv${n}.m3u8\n`).join('')}`
/** Whether one of its pieces is too much. */
function isTooMuch(text: string, pieceBytes: number, guard = createPlaylistGuard()): boolean {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += pieceBytes) if (guard.isTooMuch(bytes.subarray(at, at + pieceBytes))) return true
  return false
}

test.each([1, 7, 1_000, 1_000_000])('what a master playlist names is counted, in pieces of %i bytes', (piece) => {
  expect(isTooMuch(head + variants(200), piece)).toBe(false)
  expect(isTooMuch(head + variants(201), piece)).toBe(true)
  expect(isTooMuch(head.replaceAll('\r', '') + variants(201), piece)).toBe(true)
  expect(isTooMuch(`HTTP/1.1 100 Continue\r\n\r\n${head}${variants(201)}`, piece)).toBe(true)
  expect(isTooMuch(head.replace('\r\n\r\n', `\r\nX-Pad: ${'a'.repeat(30_000)}\r\n\r\n`) + variants(201), piece)).toBe(true)
})

test('a playlist without end is too much, a stream without end is not', () => {
  expect(isTooMuch(`${head}#EXTM3U\n${'#EXTINF:1,\na\n'.repeat(800_000)}`, 65_536)).toBe(true)
  const media = `HTTP/1.1 200 OK\r\n\r\n${'G'.repeat(188)}`
  expect(isTooMuch(media + variants(300).repeat(10), 65_536)).toBe(false)
  expect(isTooMuch(media.repeat(80_000), 65_536)).toBe(false)
})

test('each answer of a connection counts by itself', () => {
  const guard = createPlaylistGuard()
  for (let answers = 0; answers < 3; answers++) {
    guard.asked()
    expect(isTooMuch(head + variants(150), 4_096, guard)).toBe(false)
  }
})

test('what is compressed can’t be looked through, and nobody asked for it', () => {
  expect(isTooMuch('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b', 10)).toBe(true)
  expect(isTooMuch('HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n\r\nG', 10)).toBe(false)
})

test.each([1, 7, 1_000])('chunks may end within a tag, and their sizes may be written long, in pieces of %i bytes', (piece) => {
  const chunked = (text: string, chunk: number, more = '') =>
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text.replace(new RegExp(`[^]{1,${chunk}}`, 'g'), (part) => `${part.length.toString(16)}${more}\r\n${part}\r\n`)}0\r\n\r\n`
  expect(isTooMuch(chunked(variants(201), 11), piece)).toBe(true)
  expect(isTooMuch(chunked(variants(200), 11), piece)).toBe(false)
  expect(isTooMuch(chunked(variants(201), 500, `;${'x'.repeat(100)}`), piece)).toBe(true)
  expect(isTooMuch(chunked(variants(201), 500, `;${'x'.repeat(2_000)}`), piece)).toBe(true)
  expect(isTooMuch(chunked('G'.repeat(9_000), 500), piece)).toBe(false)
})

test('a head without end is too much, and an encoding that FFmpeg does not unpack is none', () => {
  expect(isTooMuch(`HTTP/1.1 200 OK\r\n${'X-Pad: a\r\n'.repeat(10_000)}`, 1_000)).toBe(true)
  expect(isTooMuch('HTTP/1.1 200 OK\r\nContent-Encoding: aws-chunked\r\n\r\nG', 10)).toBe(false)
  expect(isTooMuch('HTTP/1.1 200 OK\r\nContent-Encoding:\r\nServer: a\r\n\r\nG', 10)).toBe(false)
})
