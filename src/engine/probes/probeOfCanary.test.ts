import { expect, test } from 'vitest'
import { canaryReadProtocols } from '../../shared/canaries.ts'
import { probeOfCanary } from './probeOfCanary.ts'

test('by HLS each look of a canary begins at the live edge, as a reader that stays open stays as late as it once was; by all others it goes on', () => {
  const modes = canaryReadProtocols.map((protocol) => [protocol, probeOfCanary({ name: 'canary', url: 'http://10.0.0.5/x', serverId: 'a', protocol }).mode])
  expect(Object.fromEntries(modes)).toEqual({ rtsp: 'continuous', rtmp: 'continuous', srt: 'continuous', whep: 'continuous', hls: 'turns' })
})
