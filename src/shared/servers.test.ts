import { describe, expect, it } from 'vitest'
import { serverChangeSchema, serverInputSchema } from './servers.ts'

const given = { name: 'berlin', url: 'http://10.0.0.5:9997' }
const wordsOf = (input: object) => serverInputSchema.safeParse({ ...given, ...input }).error?.issues.map((issue) => issue.message)

describe('a token', () => {
  it('loses the line end that comes with a copied one', () => {
    expect(serverInputSchema.parse({ ...given, auth: { kind: 'jwt', token: ' a.b.c\n' } }).auth).toEqual({ kind: 'jwt', token: 'a.b.c' })
  })
  it('that no header can carry is refused, in words', () => {
    for (const kind of ['bearer', 'jwt'])
      for (const token of ['user:pass\nX-Other: 1', 'пароль', 'a\u0000b', '🔑'])
        expect(wordsOf({ auth: { kind, token } }), token).toEqual([expect.stringContaining('one line')])
    expect(wordsOf({ auth: { kind: 'bearer', token: 'noc:two words, größer' } })).toBe(undefined)
  })
})

describe('addresses of other doors', () => {
  it('hold no user and no password: they would be shown', () => {
    for (const rtsp of ['rtsp://noc:hunter2@10.0.0.5:8554', 'noc:hunter2@10.0.0.5:8554']) {
      expect(wordsOf({ addresses: { rtsp } }), rtsp).toEqual([expect.stringContaining('Leave user and password out')])
      expect(serverChangeSchema.safeParse({ addresses: { rtsp } }).success).toBe(false)
    }
    expect(wordsOf({ addresses: { rtsp: 'rtsp://10.0.0.5:8554', hls: null } })).toBe(undefined)
  })
})
