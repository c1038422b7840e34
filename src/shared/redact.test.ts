import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { costOf } from '../../tests/cpuMs.ts'
import { redact, redactText, redactUrl } from './redact.ts'

/** Secrets that can't stand in the address by accident. */
const secretOf = (characters: string) => fc.array(fc.constantFrom(...characters), { minLength: 4, maxLength: 24 }).map((letters) => `Zq7${letters.join('')}7qZ`)
const wordCharacters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const anyCharacters = `${wordCharacters}!$%()*+,-./:;=?@[]^_{|}~#äß§`
const scheme = fc.constantFrom('rtsp', 'rtsps', 'srt', 'http', 'https', 'udp+mpegts', 'whep', 'RTSP')
const host = fc.constantFrom('10.0.0.5', 'cam.example:554', '[fe80::1]:8554', 'localhost')

describe('redactUrl', () => {
  it('hides user and password, whatever characters they have', () => {
    fc.assert(
      fc.property(scheme, secretOf(anyCharacters), host, (kind, secret, at) => {
        expect(redactUrl(`${kind}://admin:${secret}@${at}/stream`)).toBe(`${kind}://***@${at}/stream`)
      }),
    )
  })
  it('hides every value of the query that is not known to be harmless', () => {
    fc.assert(
      fc.property(
        scheme,
        host,
        secretOf(`${wordCharacters}!$%()*+,-./:;=@^_{}~`),
        fc.constantFrom('passphrase', 'streamid', 'token', 'jwt', 'pw', 'x', 'Signature'),
        (kind, at, secret, name) => {
          const shown = redactUrl(`${kind}://${at}/live?mode=caller&${name}=${secret}&latency=200`)
          expect(shown).not.toContain(secret)
          expect(shown).not.toContain('Zq7')
        },
      ),
    )
  })
  it('hides stream keys of RTMP, in the path and behind #', () => {
    fc.assert(
      fc.property(secretOf(`${wordCharacters}-_`), (key) => {
        expect(redactUrl(`rtmp://a.rtmp.example/live2/${key}`)).toBe('rtmp://a.rtmp.example/live2/***')
        expect(redactUrl(`rtmps://a.rtmp.example:443/app#${key}`)).toBe('rtmps://a.rtmp.example:443/app#***')
      }),
    )
  })
  it('hides passwords that cameras want in the path', () => {
    expect(redactUrl('rtsp://10.0.0.9:554/user=admin&password=tlJwpbo6&channel=1&stream=0.sdp')).not.toContain('tlJwpbo6')
  })
  it('leaves an address without secrets as it is', () => {
    for (const address of [
      'rtsp://10.0.0.5:8554/lobby/door',
      'srt://h:8890?mode=caller&latency=200',
      'http://127.0.0.1:8888/cam1/index.m3u8',
      'udp+mpegts://238.0.0.1:1234',
    ])
      expect(redactUrl(address)).toBe(address)
  })
})

describe('redactText', () => {
  it('finds addresses in any text', () => {
    fc.assert(
      fc.property(secretOf(anyCharacters.replaceAll(/["']/g, '')), fc.constantFrom('"', "'", ''), (secret, quote) => {
        const shown = redactText(`ffmpeg -i ${quote}rtsp://admin:${secret}@10.0.0.5/x${quote} -f null`)
        expect(shown).not.toContain('Zq7')
        expect(shown).toContain('10.0.0.5/x')
      }),
    )
  })
  it('finds values of names that tell a secret', () => {
    fc.assert(
      fc.property(
        secretOf(`${wordCharacters}!$%()*+,-./:;?@^_{}~`),
        fc.constantFrom(
          'password=',
          'srtReadPassphrase: ',
          'PASSWORD=',
          '"token":',
          'Authorization: Bearer ',
          'Authorization: Basic ',
          'pwd = ',
          'curl --password ',
          'RTSP_PASSWORD=',
        ),
        (secret, before) => {
          const closed = before.includes('"') ? `"${secret}"` : secret
          expect(redactText(`run ${before}${closed} end`)).not.toContain('Zq7')
          expect(redactText(`run ${before}${closed} end`)).toMatch(/ end$/)
        },
      ),
    )
  })
  it('hides what a link to acknowledge is good for, as a channel may echo it', () => {
    const link = `https://noc.example:8443/ack/WyJhIiwib3BzIiwxXQ.${'a-_9'.repeat(10)}xyz`
    expect(redactText(`invalid blocks: {"url":"${link}"}`)).toBe('invalid blocks: {"url":"https://noc.example:8443/ack/***"}')
    expect(redactText('see https://noc.example/ack/readme.html')).toBe('see https://noc.example/ack/readme.html')
  })
  it('leaves other words alone', () => {
    const line = 'path cam1: source is ready, 2 tracks (H264, MPEG-4 Audio); tokens are fine, the passenger too'
    expect(redactText(line)).toBe(line)
  })
  it('takes time in proportion to the length of a text', () => {
    const redactAll = () => {
      const long = `${'a-'.repeat(100_000)} ${'x'.repeat(200_000)}:// ${'password'.repeat(20_000)}`
      expect(redactText(long).length).toBeGreaterThan(100_000)
      // Each address looks for an "@" that is not there; a media server may send this.
      expect(redactText('a://b"'.repeat(200_000)).length).toBe(1_200_000)
      expect(redactText(`${'a://"'.repeat(200_000)}@`)).toBe('a://***@')
      expect(redactText('a://"}'.repeat(200_000)).length).toBe(1_200_000)
    }
    // A squared time would take minutes here, and this thousands.
    expect(costOf(redactAll)).toBeLessThan(1_000)
  })
  it('shows what the slower, plainer form of the search shows', () => {
    const plain = /[a-z][a-z0-9+.-]{0,20}:\/\/(?:(?:(?!"[,}\]:])\S)*@)?[^\s"'<>|\\]*/gi
    const piece = fc.constantFrom('a://', 'rtsp://', 'x', '@', '"', '",', "'", ' ', '\n', '<', '|', '\\', '/', '?', 'q=v', ':', '}', '#')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('')
        expect(redactText(text)).toBe(redactText(text.replace(plain, redactUrl)))
      }),
      { numRuns: 2000 },
    )
  })
  it('keeps the second address of a JSON text apart from the first', () => {
    expect(redactText('{"a":"rtsp://u:p@one/x","b":"rtsp://two/y"}')).toBe('{"a":"rtsp://***@one/x","b":"rtsp://two/y"}')
  })
})

describe('redact', () => {
  it('hides a secret at any depth and under any spelling', () => {
    const key = fc.constantFrom('pass', 'password', 'srtPublishPassphrase', 'publishPass', 'whepBearerToken', 'hlsCDNSecret', 'token')
    fc.assert(
      fc.property(secretOf(anyCharacters), key, fc.integer({ min: 0, max: 4 }), (secret, name, depth) => {
        let value: unknown = { [name]: secret, other: 1 }
        for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { inner: value }
        expect(JSON.stringify(redact(value))).not.toContain('Zq7')
      }),
    )
  })
  it('hides secrets in errors and keeps their words and place', () => {
    const error = Object.assign(new Error('no answer of rtsp://u:Zq7secret@h/x'), { code: 'EX', cause: new Error('token=Zq7other') })
    const shown = JSON.stringify(redact({ err: error }))
    expect(shown).not.toContain('Zq7')
    expect(shown).toContain('no answer of rtsp://***@h/x')
    expect(shown).toContain('EX')
  })
  it('ends with a structure that contains itself', () => {
    const circle: Record<string, unknown> = { a: 1 }
    circle.self = circle
    expect(() => JSON.stringify(redact(circle))).not.toThrow()
  })
  it('keeps keys, numbers, switches, files and empty values', () => {
    const value = {
      pass: '',
      apiServerKey: 'server.key',
      rtspAuthMethods: ['basic'],
      authJWTInHTTPQuery: true,
      maxReaders: 0,
      source: 'publisher',
      list: [null, 3],
    }
    expect(redact(value)).toEqual(value)
  })
})
