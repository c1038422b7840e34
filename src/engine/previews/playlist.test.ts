import { expect, it, vi } from 'vitest'
import { relativePlaylist } from './playlist.ts'

const at = 'http://10.0.0.5:8888/cam/index.m3u8'

it('looks at no address behind the first that leads elsewhere', () => {
  const parsed = vi.spyOn(URL, 'canParse')
  expect(relativePlaylist(`${':\n'.repeat(100_000)}`, at)).toEqual({ kind: 'elsewhere', uri: ':' })
  expect(parsed).toHaveBeenCalledTimes(1)
  parsed.mockRestore()
})

it('looks at 2,000 addresses at most', () => {
  const parsed = vi.spyOn(URL, 'canParse')
  expect(relativePlaylist('/cam/a.b\n'.repeat(20_000), at)).toEqual({ kind: 'tooLong' })
  expect(relativePlaylist(`#EXT-X-MAP:${'URI="/cam/a.b",'.repeat(20_000)}`, at)).toEqual({ kind: 'tooLong' })
  expect(parsed.mock.calls.length).toBeLessThanOrEqual(2_001)
  parsed.mockRestore()
})

it('makes whole addresses of the same folder relative, and leaves the rest as it is', () => {
  const text = '#EXTM3U\n#EXT-X-MAP:URI="http://10.0.0.5:8888/cam/init.mp4?a=1"\n\nseg0.mp4\nhttp://10.0.0.5:8888/cam/seg1.mp4'
  expect(relativePlaylist(text, at)).toEqual({ kind: 'relative', text: '#EXTM3U\n#EXT-X-MAP:URI="init.mp4?a=1"\n\nseg0.mp4\nseg1.mp4' })
})
