import { describe, expect, it } from 'vitest'
import { addressesOf, checkSourceAddress, mayLeadTo, parseSourceAddress } from './sourceAddress.ts'

describe('addresses that are opened', () => {
  it.each([
    ['rtsp://127.0.0.1:8554/cam1?mtxdeck=7', 'rtsp'],
    ['rtsps://noc:pass@media.example/studio-a/pgm', 'rtsps'],
    ['rtmp://10.0.0.5/live/key', 'rtmp'],
    ['http://[::1]:8888/cam1/index.m3u8', 'http'],
    ['https://media.example/cam1/index.m3u8?jwt=a', 'https'],
  ])('%s', (url, scheme) => {
    expect(parseSourceAddress(url)).toMatchObject({ ok: true, value: { url, scheme, parameters: {} } })
  })
  it('of SRT, with its parameters as they are meant: FFmpeg gets them as options, as long as they may be', () => {
    const streamid = `read:site 1/cam:noc:p%+&'é${'x'.repeat(400)}:mtxdeck=7`
    const parsed = parseSourceAddress(`srt://[::1]:8890?streamid=${encodeURIComponent(streamid).replaceAll("'", '%27')}&latency=200&mode=caller`)
    expect(parsed).toMatchObject({
      ok: true,
      value: { url: 'srt://[::1]:8890', scheme: 'srt', host: '::1', parameters: { streamid, latency: '200', mode: 'caller' } },
    })
  })
  it('of what is sent here, for probes only', () => {
    const listener = 'srt://0.0.0.0:9000?mode=listener&passphrase=correct-horse'
    expect(parseSourceAddress(listener, 'probe')).toMatchObject({
      ok: true,
      value: { url: 'srt://0.0.0.0:9000', parameters: { mode: 'listener', passphrase: 'correct-horse' }, protocols: 'srt' },
    })
    expect(parseSourceAddress(listener)).toEqual({ ok: false, error: 'notCaller' })
    for (const [url, opened, parameters] of [
      ['udp://239.1.1.1:5000?localaddr=10.0.0.7', 'udp://239.1.1.1:5000', { localaddr: '10.0.0.7' }],
      ['udp://@239.1.1.1:5000', 'udp://239.1.1.1:5000', {}],
      ['udp://127.0.0.1:5000', 'udp://127.0.0.1:5000', {}],
      ['udp://[ff15::1]:5000', 'udp://[ff15::1]:5000', {}],
    ] as const) {
      expect(parseSourceAddress(url, 'probe')).toMatchObject({ ok: true, value: { url: opened, parameters, scheme: 'udp', protocols: 'udp' } })
      expect(parseSourceAddress(url)).toEqual({ ok: false, error: 'scheme' })
    }
  })
  it.each(['http', 'https', 'rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt', 'udp'])('%s never lets FFmpeg open a file, a pipe or a concatenation', (scheme) => {
    const parsed = parseSourceAddress(`${scheme}://media.example:9000/x`, 'probe')
    if (!parsed.ok) throw new Error(parsed.error)
    expect(parsed.value.protocols.split(',')).toContain(scheme)
    for (const risky of ['file', 'pipe', 'concat', 'concatf', 'subfile', 'data', 'fd', 'unix', 'gopher', 'ftp'])
      expect(parsed.value.protocols.split(',')).not.toContain(risky)
  })
})

describe('addresses that are refused', () => {
  it.each([
    '/etc/passwd',
    'file:///etc/passwd',
    'concat:a|b',
    'concat:http://a/b',
    '-i',
    'pipe:0',
    'data:text/plain,x',
    'subfile,,start,0,end,9,,:/etc/passwd',
    'rtsp:/etc/passwd',
    'http:media.example/x',
    // FFmpeg would find no host in it, and connect to this machine.
    'http:////media.example:8080/x',
    'https:///media.example/x',
    'ftp://media.example/x',
    'http://',
    'http://media.example/a b',
    'http://media.example/a\nb',
    'rtmp://media.example/app playpath=x swfUrl=file:///etc/passwd',
    'srt://0.0.0.0:9000?mode=listener',
    'srt://media.example:9000?mode=rendezvous',
    'srt://media.example:9000?inputbw=1',
    'srt://media.example:9000?streamid=a%0Aoption%20protocol_whitelist%20file',
    '',
    'udp://239.1.1.1',
    'udp://239.1.1.1:5000?sources=10.0.0.5',
    'udp://239.1.1.1:5000?fifo_size=100000000',
    'udp://239.1.1.1:5000?localaddr=10.0.0.7%0Aoption%20protocol_whitelist%20file',
  ])('%s', (url) => {
    expect(parseSourceAddress(url).ok).toBe(false)
    if (!url.includes('mode=listener')) expect(parseSourceAddress(url, 'probe').ok).toBe(false)
  })
  it.each(['http://169.254.169.254/latest/meta-data', 'http://0xa9fea9fe/x', 'rtsp://2852039166/x', 'http://[fe80::1]/x', 'http://[::ffff:169.254.169.254]/x'])(
    '%s leads to a link-local address, however it is written',
    async (url) => {
      expect(await checkSourceAddress(url)).toMatchObject({ ok: false, error: 'linkLocal' })
    },
  )
  it('reasons never repeat the address', () => {
    const refused = parseSourceAddress('gopher://noc:secret@media.example/x')
    expect(refused.ok).toBe(false)
    expect(JSON.stringify(refused)).not.toContain('secret')
  })
})

describe('where redirects and playlists of a stream may lead', () => {
  const [internet, network, here] = [
    ['203.0.113.7', '2001:db8::7'],
    ['10.0.0.9', '192.168.1.9', '172.31.0.9', '100.64.0.9', 'fd00::9'],
    ['127.0.0.1', '127.8.8.8', '0.0.0.0', '::1', '::'],
  ]
  it.each([
    ['the internet', internet, true, false, false],
    ['a private network', network, true, true, false],
    ['this machine', here, true, true, true],
  ] as const)('from %s not further inside', (_, own, toInternet, toNetwork, toHere) => {
    for (const from of own) {
      for (const to of internet) expect(mayLeadTo([from], [to]), `${from} ${to}`).toBe(toInternet)
      for (const to of network) expect(mayLeadTo([from], [to]), `${from} ${to}`).toBe(toNetwork)
      for (const to of here) expect(mayLeadTo([from], [to]), `${from} ${to}`).toBe(toHere)
    }
  })
  it('a host with several addresses counts by the one that is furthest outside where it comes from, and furthest inside where it leads', () => {
    expect(mayLeadTo(['10.0.0.9', '203.0.113.7'], ['10.0.0.8'])).toBe(false)
    expect(mayLeadTo(['203.0.113.7'], ['203.0.113.8', '::ffff:10.0.0.8'])).toBe(false)
  })
  it('never to link-local addresses', async () => {
    expect(await addressesOf('169.254.169.254')).toEqual({ ok: false, error: 'linkLocal' })
    expect(await addressesOf('fe80::1')).toEqual({ ok: false, error: 'linkLocal' })
  })
})
