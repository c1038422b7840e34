import { describe, expect, it } from 'vitest'
import { validationErrorText } from '../i18n/validationErrorText.ts'
import { serverChangeSchema, serverInputSchema } from './servers.ts'
import { validationErrorOf } from './validationErrors.ts'

const given = { name: 'berlin', url: 'http://10.0.0.5:9997' }
const wordsOf = (input: object) =>
  serverInputSchema.safeParse({ ...given, ...input }).error?.issues.map((issue) => validationErrorText(validationErrorOf(issue), 'en'))

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

describe('the address of the API', () => {
  it('loses a path of the API, and keeps the prefix of a proxy', () => {
    const urlOf = (url: string) => serverInputSchema.parse({ ...given, url }).url
    expect(urlOf('10.0.0.5:9997/v3/paths/list')).toBe('http://10.0.0.5:9997')
    expect(urlOf('http://10.0.0.5:9997/v3/paths/list?itemsPerPage=1000&page=0')).toBe('http://10.0.0.5:9997')
    expect(urlOf('https://noc.example/mtx/v3/config/global/get')).toBe('https://noc.example/mtx')
    expect(urlOf('https://noc.example/mtx')).toBe('https://noc.example/mtx')
    expect(wordsOf({ url: 'http://10.0.0.5:9997/?token=x' })).toEqual([expect.stringContaining('after ? or #')])
    expect(wordsOf({ url: 'http://noc:x@10.0.0.5:9997/v3/info' })).toEqual([expect.stringContaining('user and password')])
  })
})

describe('addresses of other doors', () => {
  it('hold no user and no password: they would be shown', () => {
    for (const rtsp of ['rtsp://noc:hunter2@10.0.0.5:8554', 'noc:hunter2@10.0.0.5:8554']) {
      expect(wordsOf({ addresses: { rtsp } }), rtsp).toEqual([expect.stringContaining('Leave the user and password out')])
      expect(serverChangeSchema.safeParse({ addresses: { rtsp } }).success).toBe(false)
    }
    expect(wordsOf({ addresses: { rtsp: 'rtsp://10.0.0.5:8554', hls: null } })).toBe(undefined)
  })
  it('that are too long are refused, in words of every language', () => {
    for (const endpoint of ['hls', 'webrtc', 'rtsp', 'srt', 'playback', 'metrics'])
      for (const schema of [serverInputSchema, serverChangeSchema])
        expect(schema.safeParse({ ...given, addresses: { [endpoint]: 'x'.repeat(301) } }).error?.issues.map(validationErrorOf), endpoint).toEqual([
          { kind: 'tooLong', most: 300 },
        ])
    expect(wordsOf({ addresses: { hls: 'x'.repeat(301) } })).toEqual(['at most 300 characters'])
    expect(wordsOf({ addresses: { hls: 'x'.repeat(300) } })).toBe(undefined)
  })
})
