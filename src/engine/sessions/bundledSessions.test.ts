import { brotliCompressSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { addressesToHide, createAddressHider } from '../hiddenAddresses.ts'
import { bundledSessionsText, readBundledSessions } from './bundledSessions.ts'
import type { KeptSession } from './sessionRows.ts'

const session: KeptSession = {
  serverId: 'server-a',
  id: '12345678',
  protocol: 'rtsp',
  role: 'reader',
  path: 'cam1',
  remoteAddr: '10.1.2.3:5004',
  user: 'mia',
  userAgent: 'VLC',
  began: 1_790_000_000_000,
  ended: 1_790_000_060_000,
  endedAfter: null,
  bytes: 5_000_000,
  lost: 3,
}
const read = async (text: string | undefined) => {
  const bundled = readBundledSessions(text)
  if (bundled === null) return null
  const sessions: KeptSession[] = []
  for await (const block of bundled.blocks) sessions.push(...block)
  return { since: bundled.since, sessions }
}
const blockOf = (value: unknown) => brotliCompressSync(JSON.stringify(value)).toString('base64')

it('come back as they were, or without addresses and users', async () => {
  const many = Array.from({ length: 5_000 }, (_, n) => ({
    ...session,
    remoteAddr: `10.1.${n % 7}.3:${n + 1_000}`,
    user: n % 2 === 0 ? 'mia' : null,
    userAgent: `VLC 10.1.${n % 7}.3`,
  }))
  expect(await read(await bundledSessionsText(many, 5, null))).toEqual({ since: 5, sessions: many })
  const hidden = await bundledSessionsText(many, 5, createAddressHider(addressesToHide('')))
  const { sessions = [] } = (await read(hidden)) ?? {}
  expect(sessions).toHaveLength(many.length)
  expect(new Set(sessions.map(({ remoteAddr }) => remoteAddr)).size).toBe(7)
  expect(new Set(sessions.map(({ user }) => user))).toEqual(new Set([sessions[0]?.user, null]))
  expect(JSON.stringify(sessions)).not.toMatch(/10\.1\.|mia/)
})

it.each<[string, string | undefined]>([
  ['none, as in earlier versions', undefined],
  ['no JSON', '{'],
  ['another form', '{"since":-1,"blocks":[]}'],
  ['no base64', '{"since":1,"blocks":["%"]}'],
  ['too many blocks', JSON.stringify({ since: 1, blocks: Array.from({ length: 100 }, () => '') })],
])('of a stranger are not read: %s', (_, text) => expect(readBundledSessions(text)).toBeNull())

it.each<[string, string]>([
  ['that unpacks to gigabytes', brotliCompressSync(Buffer.alloc(64 << 20)).toString('base64')],
  ['that is none', Buffer.from('no block').toString('base64')],
  ['of another form', blockOf([{ serverId: 'a' }])],
])('a block %s is left out', async (_, block) => expect(await read(JSON.stringify({ since: 1, blocks: [block] }))).toEqual({ since: 1, sessions: [] }))
