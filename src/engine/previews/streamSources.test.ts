import { describe, expect, it } from 'vitest'
import { parseSourceAddress } from '../../media/sourceAddress.ts'
import { type StreamAccess, streamSources } from './streamSources.ts'

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`
const offers = (access: Partial<StreamAccess>): StreamAccess => ({
  url: 'http://10.0.0.5:9997',
  authorization: null,
  version: 'v1.20.1',
  rtsp: 'rtsp://10.0.0.5:8554',
  hls: null,
  srt: null,
  ...access,
})
const sources = (access: Partial<StreamAccess>, path = 'site 1/cam') => streamSources(offers(access), path, 'desk7')
/** The only one. */
function source(access: Partial<StreamAccess>, path?: string) {
  const [only, ...more] = sources(access, path)
  if (!only?.ok || more.length > 0 || only.value.protocol === 'hls') throw new Error('another one was meant')
  return only.value
}
/** What MediaMTX gets as the stream id. */
function streamIdOf(access: Partial<StreamAccess>, path?: string) {
  const parsed = parseSourceAddress(source({ rtsp: null, srt: 'srt://10.0.0.5:8890', ...access }, path).url)
  return parsed.ok ? parsed.value.parameters.streamid : null
}

describe('the ways to read a stream', () => {
  it('are those that the server offers: RTSP, HLS, SRT', () => {
    const all = sources({ hls: 'http://10.0.0.5:8888', srt: 'srt://10.0.0.5:8890' })
    expect(all.map((way) => way.ok && way.value.protocol)).toEqual(['rtsp', 'hls', 'srt'])
    expect(sources({ rtsp: null, hls: 'http://10.0.0.5:8888' })).toEqual([{ ok: true, value: { protocol: 'hls' } }])
    expect(source({ rtsp: 'rtsps://10.0.0.5:8322' }).protocol).toBe('rtsps')
    expect(sources({ rtsp: null })).toEqual([])
  })

  it('carry our tag', () => {
    expect(source({})).toEqual({ protocol: 'rtsp', url: 'rtsp://10.0.0.5:8554/site%201/cam?mtxdeck=desk7', credentials: 'none' })
    expect(streamIdOf({})).toBe('read:site 1/cam:mtxdeck=desk7')
  })

  it('are errors where an address is none', () => {
    expect(sources({ rtsp: '10.0.0.5:8554', srt: 'http://10.0.0.5:8890' }).map((way) => !way.ok && way.error)).toEqual([
      { kind: 'badAddress', of: 'rtsp', address: '10.0.0.5:8554' },
      { kind: 'badAddress', of: 'srt', address: 'http://10.0.0.5:8890' },
    ])
  })

  it('of SRT have the usual port, and brackets around IPv6', () => {
    expect(source({ rtsp: null, srt: 'srt://[fd00::5]' }).url).toMatch(/^srt:\/\/\[fd00::5\]:8890\?streamid=/)
  })
})

describe('user and password', () => {
  it.each([
    ['Basic', basic("no'c:a:b@/%")],
    ['Bearer, which MediaMTX takes for the same users', "Bearer no'c:b@/%"],
  ])('of %s go to RTSP in its address', (_, authorization) => {
    const { url, credentials } = source({ authorization })
    expect(credentials).toBe('sent')
    expect(decodeURIComponent(new URL(url).username)).toBe("no'c")
    expect(decodeURIComponent(new URL(url).password)).toMatch(/b@\/%$/)
    expect(parseSourceAddress(url).ok).toBe(true)
  })
  it('go to SRT in the stream id', () => {
    expect(streamIdOf({ authorization: basic('noc:p+%@') })).toBe('read:site 1/cam:noc:p+%@:mtxdeck=desk7')
  })
  it('that FFmpeg would cut off are not sent', () => {
    expect(source({ authorization: basic(`noc:${'p'.repeat(123)}`) }).credentials).toBe('sent')
    const long = source({ authorization: basic(`noc:${'p'.repeat(124)}`) })
    expect(long).toMatchObject({ credentials: 'tooLong', url: expect.not.stringContaining('ppp') })
  })
})

describe('a token', () => {
  it('goes into the query of RTSP, and is the password of SRT', () => {
    expect(source({ authorization: 'Bearer a.b-c_d' }).url).toBe('rtsp://10.0.0.5:8554/site%201/cam?jwt=a.b-c_d&mtxdeck=desk7')
    expect(streamIdOf({ authorization: 'Bearer a.b-c_d' })).toBe('read:site 1/cam:jwt:a.b-c_d:mtxdeck=desk7')
  })
  it('goes into the query of SRT, too, up to 1.9', () => {
    expect(streamIdOf({ authorization: 'Bearer a.b-c_d', version: 'v1.9.3' })).toBe('read:site 1/cam:jwt=a.b-c_d&mtxdeck=desk7')
  })
  it('that is too long for RTSP is not sent, and SRT is not tried with one', () => {
    const authorization = `Bearer ${'a'.repeat(1000)}`
    expect(source({ authorization, srt: 'srt://10.0.0.5:8890' })).toMatchObject({ credentials: 'tooLong', url: expect.not.stringContaining('aaa') })
  })
})

describe('over SRT', () => {
  it.each([
    ['the path', null, 'site:1'],
    ['the user', basic('no:c:p'), 'cam'],
  ])('nothing is read where a colon in %s would end it', (_, authorization, path) => {
    expect(sources({ rtsp: null, srt: 'srt://10.0.0.5:8890', authorization }, path)).toEqual([])
  })
})

describe('credentials stay here', () => {
  it.each([
    ['where the API is encrypted and the stream is not', { url: 'https://10.0.0.5:9997' }],
    ['where the API is encrypted, by RTSPS, whose certificate FFmpeg does not check', { url: 'https://10.0.0.5:9997', rtsp: 'rtsps://10.0.0.5:8322' }],
    ['where the stream is of another host', { rtsp: 'rtsp://10.0.0.6:8554', srt: 'srt://10.0.0.6:8890' }],
  ])('%s', (_, access) => {
    for (const authorization of [basic('noc:watch-me'), 'Bearer watch-me.a.b']) {
      const ways = sources({ srt: 'srt://10.0.0.5:8890', ...access, authorization })
      expect(ways).toHaveLength(2)
      expect(ways.map((way) => way.ok && way.value.protocol !== 'hls' && way.value.credentials)).toEqual(['withheld', 'withheld'])
      expect(JSON.stringify(ways)).not.toContain('watch-me')
    }
  })
})
