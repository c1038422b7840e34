import { expect, it } from 'vitest'
import type { ContentProfile } from '../../shared/probeContent.ts'
import { streamContractSchema } from '../../shared/probeGrades.ts'
import { type Probe, probeInputSchema } from '../../shared/probes.ts'
import { readEntries } from '../app/editing/fields.ts'
import { someProbe } from './probe.fixture.ts'
import { emptyProbeForm, nameFromAddress, type ProbeForm, probeFields, probeFormOf, probeInputOf, testedPart } from './probeForm.ts'
import { videoText } from './probeViews.ts'

const read = (entered: Partial<ProbeForm>, stored: Probe | null = null) => {
  const form = { ...(stored === null ? { ...emptyProbeForm, name: 'cam1', url: 'rtsp://10.0.0.9/cam1' } : probeFormOf(stored)), ...entered }
  return readEntries(probeFields, probeInputSchema, probeInputOf(form, stored), form, stored)
}
/** As the form is after a profile was chosen. */
const choose = (profile: ContentProfile | ''): Partial<ProbeForm> => ({ profile, ...probeFields.find(({ id }) => id === 'profile')?.sets?.(profile) })

it('the form begins with what the engine takes by default', () => {
  expect(read({})).toMatchObject({ ok: true, value: probeInputSchema.parse({ name: 'cam1', url: 'rtsp://10.0.0.9/cam1' }) })
})

it('a number that was deleted is asked for, not guessed', () => {
  expect(read({ intervalSeconds: '', retries: 'x' })).toEqual({
    ok: false,
    error: {
      intervalSeconds: { validationError: { kind: 'notACount', least: 5, most: 86_400 } },
      retries: { validationError: { kind: 'notACount', least: 0, most: 10 } },
    },
  })
})

it('an address as it is shown for another probe is not taken: its secrets are not known', () => {
  expect(read({ url: 'rtsp://***@10.0.0.9/cam1' })).toEqual({ ok: false, error: { url: 'probes.form.hiddenWrong' } })
})

it('the name proposed for an address has nothing of its secrets', () => {
  expect(nameFromAddress(' rtsp://noc:secret@10.0.0.9:8554/north/gate?token=secret ')).toBe('10.0.0.9/north/gate')
  expect(nameFromAddress('rtmp://10.0.0.9/live/secret-key')).toBe('10.0.0.9/live')
  expect(nameFromAddress('srt://[fd00::9]:8890?streamid=read:secret')).toBe('[fd00::9]')
  expect(nameFromAddress('rtsp://10.0.0.9/')).toBe('10.0.0.9')
  expect(nameFromAddress('not an address')).toBe('')
})

it('a level is written as its codec writes it', () => {
  const video = { widthPx: 1, heightPx: 1, aspect: null, declaredFps: null, fps: null }
  expect(videoText({ ...video, codec: 'h264', profile: 'High', level: 41 })).toBe('H264 High 4.1')
  expect(videoText({ ...video, codec: 'hevc', profile: 'Main', level: 120 })).toBe('H265 Main 4.0')
  expect(videoText({ ...video, codec: 'vp9', profile: null, level: 30 })).toBe('VP9')
})

it('a profile ticks its own checks, which it keeps; with others ticked, these are looked for', () => {
  const slides = choose('slides')
  expect(slides).toMatchObject({ black: 'yes', frozen: '', silent: 'yes' })
  expect(read(slides)).toMatchObject({ ok: true, value: { profile: 'slides', checks: [] } })
  expect(read({ ...slides, silent: '' })).toMatchObject({ ok: true, value: { profile: 'slides', checks: ['black', 'colourBars', 'clipped'] } })
  expect(read({ frozen: 'yes' })).toMatchObject({ ok: true, value: { profile: null, checks: ['frozen'] } })
  expect(choose('')).toMatchObject({ black: '', silent: '' })
})

it('a profile of which nothing is ticked is refused: its own checks would be looked for', () => {
  expect(read({ profile: 'studio' })).toEqual({ ok: false, error: { profile: 'probes.content.noTicks' } })
})

it('the check of the transport stream is offered where it can be made, and not together with a profile and its checks', () => {
  const tick = probeFields.find(({ id }) => id === 'transport')
  const isOffered = (url: string) => tick?.shown?.({ ...emptyProbeForm, url })
  expect(['http://10.0.0.9/cam1', ' HTTPS://a', 'udp://239.1.1.1:5000', 'srt://a:1', 'rtsp://10.0.0.9/cam1', ''].map(isOffered)).toEqual([
    ...[true, true, true, true],
    ...[false, false],
  ])
  expect(emptyProbeForm.transport).toBe('')
  expect(read({ transport: 'yes' })).toMatchObject({ ok: true, value: { profile: null, checks: ['transport'] } })
  expect(read({ ...choose('slides'), transport: 'yes' })).toMatchObject({ ok: true, value: { profile: 'slides', checks: ['transport'] } })
  expect(read({ ...choose('slides'), silent: '', transport: 'yes' })).toMatchObject({ value: { checks: ['black', 'colourBars', 'clipped', 'transport'] } })
  // The profile's own checks are still looked for.
  const stored = someProbe({ profile: 'muted', checks: ['transport'] })
  expect(probeFormOf(stored)).toMatchObject({ frozen: 'yes', silent: '', transport: 'yes' })
  expect(read({}, stored)).toMatchObject({ ok: true, value: { profile: 'muted', checks: ['transport'] } })
  expect(read({ transport: '' }, stored)).toMatchObject({ ok: true, value: { profile: 'muted', checks: [] } })
  expect(read({ profile: 'studio', transport: 'yes' })).toEqual({ ok: false, error: { profile: 'probes.content.noTicks' } })
})

it('thresholds are of what is ticked, within their limits, and as the profile has them where they are empty', () => {
  expect(read({ ...choose('studio'), silentDbfs: '-42,5' })).toMatchObject({ ok: true, value: { thresholds: { silentDbfs: -42.5 } } })
  expect(read({ ...choose('studio'), silentDbfs: '-5', targetLufs: 'x' })).toEqual({
    ok: false,
    error: {
      silentDbfs: { validationError: { kind: 'notWithin', least: -90, most: -10 } },
      targetLufs: { validationError: { kind: 'notWithin', least: -50, most: -5 } },
    },
  })
  // It is not shown, so that nobody could correct it.
  expect(read({ ...choose('muted'), silentDbfs: 'x' })).toMatchObject({ ok: true })
  const frozen = probeFields.find(({ id }) => id === 'frozenDb')
  const placeholder = (profile: ContentProfile | '') =>
    typeof frozen?.placeholder === 'function' ? frozen.placeholder((() => '') as never, { ...emptyProbeForm, ...choose(profile) }, null) : null
  expect(placeholder('studio')).toBe('-50')
  expect(placeholder('nightCamera')).toBe('-70')
})

it('what is looked for stays as it is stored, in its order and with thresholds that are not shown', () => {
  const stored = someProbe({ profile: 'studio', checks: ['silent', 'black'], thresholds: { blackPercent: 95, motionPercent: 1 } })
  const kept = { profile: 'studio', checks: ['silent', 'black'], thresholds: { blackPercent: 95, motionPercent: 1 } }
  expect(read({ retries: '1' }, stored)).toMatchObject({ ok: true, value: { ...kept, retries: 1 } })
  expect(read({ blackPercent: '' }, stored)).toMatchObject({ ok: true, value: { thresholds: { motionPercent: 1 } } })
})

it('a test is outdated once something else is looked for', () => {
  const form = { ...emptyProbeForm, ...choose('studio') }
  expect(testedPart({ ...form, retries: '9' })).toBe(testedPart(form))
  for (const change of [{ frozen: '' }, { transport: 'yes' }, { profile: '' }, { darkPercent: '12' }] as const)
    expect(testedPart({ ...form, ...change })).not.toBe(testedPart(form))
})

it('what the stream is agreed to be outlasts an edit', () => {
  const contract = streamContractSchema.parse({ videoCodec: 'h264' })
  expect(read({ retries: '1' }, someProbe({ contract }))).toMatchObject({ ok: true, value: { contract } })
})
