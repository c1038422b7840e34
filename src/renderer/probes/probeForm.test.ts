import { expect, it } from 'vitest'
import { probeInputSchema } from '../../shared/probes.ts'
import { readEntries } from '../app/editing/fields.ts'
import { emptyProbeForm, nameFromAddress, probeFields, probeInputOf } from './probeForm.ts'
import { videoWords } from './probeWords.ts'

const read = (entered: Partial<typeof emptyProbeForm>) => {
  const form = { ...emptyProbeForm, name: 'cam1', url: 'rtsp://10.0.0.9/cam1', ...entered }
  return readEntries(probeFields, probeInputSchema, probeInputOf(form), form, null)
}

it('the form begins with what the engine takes by default', () => {
  expect(read({})).toMatchObject({ ok: true, value: probeInputSchema.parse({ name: 'cam1', url: 'rtsp://10.0.0.9/cam1' }) })
})

it('a number that was deleted is asked for, not guessed', () => {
  expect(read({ intervalSeconds: '', retries: 'x' })).toEqual({
    ok: false,
    error: { intervalSeconds: 'probes.form.wrong.interval', retries: 'probes.form.wrong.retries' },
  })
})

it('an address as it is shown for another probe is not taken: its secrets are not known', () => {
  expect(read({ url: 'rtsp://***@10.0.0.9/cam1' })).toEqual({ ok: false, error: { url: 'probes.form.wrong.hidden' } })
})

it('the name proposed for an address has nothing of its secrets', () => {
  expect(nameFromAddress(' rtsp://noc:secret@10.0.0.9:8554/north/gate?token=secret ')).toBe('10.0.0.9/north/gate')
  expect(nameFromAddress('rtmp://10.0.0.9/live/secret-key')).toBe('10.0.0.9/live')
  expect(nameFromAddress('srt://[fd00::9]:8890?streamid=read:secret')).toBe('[fd00::9]')
  expect(nameFromAddress('rtsp://10.0.0.9/')).toBe('10.0.0.9')
  expect(nameFromAddress('not an address')).toBe('')
})

it('a level is written as its codec writes it', () => {
  const video = { widthPx: 1, heightPx: 1, aspect: null, declaredFps: null, fps: null, pixelFormat: null, colourSpace: null, colourRange: null }
  expect(videoWords({ ...video, codec: 'h264', profile: 'High', level: 41 })).toBe('H264 High 4.1')
  expect(videoWords({ ...video, codec: 'hevc', profile: 'Main', level: 120 })).toBe('H265 Main 4.0')
  expect(videoWords({ ...video, codec: 'vp9', profile: null, level: 30 })).toBe('VP9')
})
