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
  expect(isTooMuch(`${head}1f4\r\n${variants(201)}`, piece)).toBe(true)
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
