import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AV_PKT_FLAG_KEY, AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO } from 'node-av/constants'
import { afterAll, describe, expect, it, test } from 'vitest'
import { brightnessOf } from '../../tests/real/colourful.ts'
import { makeClip } from '../../tests/real/makeClip.ts'
import { type ContentProfile, type ContentSettings, contentWatchOf, type LastingCheck } from '../shared/probeContent.ts'
import { createContentDecoder } from './contentDecoder.ts'
import { openInput } from './openInput.ts'

const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-content-'))
afterAll(() => rmSync(folder, { recursive: true }))
const seconds = 9

interface Clip {
  readonly picture?: string
  readonly sound?: string
  readonly heightPx?: number
  readonly profile?: ContentProfile
  readonly thresholds?: ContentSettings['thresholds']
}
/** What is found in a clip of nine seconds with a key frame each second. */
async function evaluate({ picture, sound, heightPx = 180, profile = 'studio', thresholds = {} }: Clip) {
  const file = join(folder, 'clip.ts')
  await makeClip(file, { seconds, width: (heightPx * 16) / 9, height: heightPx, format: 'mpegts', ...(picture && { picture }), ...(sound && { sound }) })
  const watch = contentWatchOf({ profile, checks: [], thresholds })
  if (watch === null) return expect.fail('nothing is looked for')
  // A file is not opened by probes, whose addresses are checked; the reader sees packets only.
  await using input = openInput({ url: file } as Parameters<typeof openInput>[0], {}, new AbortController().signal)
  const { format, packet } = input
  await input.open()
  await format.findStreamInfo(null)
  const video = format.streams[format.findBestStream(AVMEDIA_TYPE_VIDEO)] ?? null
  const audio = format.streams[format.findBestStream(AVMEDIA_TYPE_AUDIO)] ?? null
  using reader = createContentDecoder(watch, video, audio)
  while ((await format.readFrame(packet)) >= 0) {
    const atMs = Number(packet.pts) / 90
    if (packet.streamIndex === audio?.index) reader.sound(packet, atMs)
    else if ((packet.flags & AV_PKT_FLAG_KEY) !== 0 && reader.wantsPicture(atMs)) await reader.picture(packet, atMs)
    packet.unref()
  }
  return reader.take()
}

const moving = 'testsrc2=size=$s:rate=25'
const still = `${moving},loop=loop=-1:size=1`
const of = (colour: string) => `color=c=${colour}:size=$s:rate=25`
const tone = 'sine=frequency=440:sample_rate=48000'
const quiet = 'anullsrc=sample_rate=48000'
const clips: readonly (readonly [what: string, clip: Clip, found: readonly LastingCheck[]])[] = [
  ['moving pictures and a tone', {}, []],
  // Black.
  ['black', { picture: of('black') }, ['black']],
  ['black with a logo', { picture: `${of('black')},drawbox=x=270:y=10:w=40:h=30:color=white:t=fill` }, ['black']],
  ['black with a caption', { picture: `${of('black')},drawbox=x=60:y=150:w=200:h=12:color=yellow:t=fill` }, ['black']],
  ['black with noise', { picture: `${of('black')},noise=alls=12:allf=t` }, ['black']],
  ['nearly black', { picture: of('0x101010') }, ['black']],
  ['black of the full range', { picture: `${of('black')},format=yuvj420p` }, ['black']],
  ['black from the fourth second on', { picture: `${moving},drawbox=color=black:t=fill:enable='gte(t,4)'` }, ['black']],
  ['black until the fourth second', { picture: `${moving},drawbox=color=black:t=fill:enable='lt(t,4)'` }, []],
  ['a picture between black bars', { picture: `${moving},drawbox=x=0:w=80:color=black:t=fill,drawbox=x=240:w=80:color=black:t=fill` }, []],
  ['a dark scene', { picture: `${moving},lutyuv=y=40+val/6` }, []],
  ['black for a night camera', { picture: of('black'), profile: 'nightCamera' }, []],
  [
    'black, with 100 % asked for and a logo in it',
    { picture: `${of('black')},drawbox=x=270:y=10:w=40:h=30:color=white:t=fill`, thresholds: { blackPercent: 100 } },
    ['oneColour'],
  ],
  // One colour.
  ['white', { picture: of('white') }, ['oneColour']],
  ['blue', { picture: of('blue') }, ['oneColour']],
  ['grey with a logo', { picture: `${of('gray')},drawbox=x=270:y=10:w=40:h=30:color=white:t=fill` }, ['oneColour']],
  ['two colours', { picture: `${of('red')},drawbox=w=160:color=green:t=fill` }, ['frozen']],
  // Colour bars.
  ['SMPTE bars', { picture: 'smptebars=size=$s:rate=25' }, ['colourBars']],
  ['SMPTE bars of HD', { picture: 'smptehdbars=size=$s:rate=25' }, ['colourBars']],
  ['EBU bars of 75 %', { picture: 'pal75bars=size=$s:rate=25' }, ['colourBars']],
  ['EBU bars of 100 %', { picture: 'pal100bars=size=$s:rate=25' }, ['colourBars']],
  [
    'bars with a clock in them',
    { picture: "smptehdbars=size=$s:rate=25[a];color=white:size=20x20:rate=25[b];[a][b]overlay=x='130+mod(t*20,40)':y=120" },
    ['colourBars'],
  ],
  ['stripes of other colours', { picture: 'rgbtestsrc=size=$s:rate=25' }, ['frozen']],
  // Frozen.
  ['a still picture', { picture: still }, ['frozen']],
  ['a still picture of HD with noise', { picture: `${still},noise=alls=8:allf=t`, heightPx: 720 }, ['frozen']],
  ['a picture that freezes in the fourth second', { picture: `${moving},trim=duration=4,tpad=stop_mode=clone:stop_duration=10` }, ['frozen']],
  [
    'a picture that moves again after the fourth second',
    { picture: `${still},trim=duration=4,drawbox=w=iw:h=40:color=green:t=fill[a];${moving},trim=start=4,setpts=PTS-STARTPTS[b];[a][b]concat` },
    [],
  ],
  ['a still picture that fades slowly', { picture: `${still},fade=out:duration=9` }, []],
  ['a ticker below a still picture', { picture: `${still}[a];color=white:size=60x20:rate=25[b];[a][b]overlay=x='mod(t*37,320)':y=150` }, []],
  ['a slow pan', { picture: 'testsrc2=size=640x180:rate=25,loop=loop=-1:size=1,crop=320:180:x=t*4:y=0' }, []],
  ['a still slide', { picture: still, profile: 'slides' }, []],
  ['a live sensor’s noise on a still scene at night', { picture: `${still},lutyuv=y=val/6+16,noise=alls=8:allf=t`, profile: 'nightCamera' }, []],
  ['a frozen picture at night', { picture: `${still},lutyuv=y=val/6+16`, profile: 'nightCamera' }, ['frozen']],
  // Silence.
  ['no sound', { sound: quiet }, ['silent']],
  ['a hiss far below', { sound: `anoisesrc=amplitude=0.001:sample_rate=48000` }, ['silent']],
  ['a soft tone', { sound: `${tone},volume=-20dB` }, []],
  ['sound that ends in the fourth second', { sound: `${tone},volume=0:enable='gte(t,4)'` }, ['silent']],
  ['sound that begins in the fourth second', { sound: `${tone},volume=0:enable='lt(t,4)'` }, []],
  ['a click a second', { sound: `aevalsrc='if(lt(mod(t,1),0.01),0.5,0)':s=48000` }, []],
  ['no sound, for a muted stream', { sound: quiet, profile: 'muted' }, []],
  ['a still picture without sound', { picture: still, sound: quiet }, ['frozen', 'silent']],
]

describe('of made clips, none missed and none false:', () => {
  it.each(clips)('%s', async (_, clip, expected) => {
    const { content, evidence } = await evaluate(clip)
    // What is only beginning, such as the second between two clicks, is no finding yet.
    const found = content.findings.filter((finding) => finding.seconds >= 2)
    expect(found.map(({ check }) => check)).toEqual(expected)
    expect(content.undecoded).toEqual([])
    // A found one comes with the picture that it rests on.
    if (expected.length > 0) expect([evidence?.widthPx, evidence?.jpeg.subarray(0, 2)]).toEqual([320, Uint8Array.of(0xff, 0xd8)])
  })
  it('there are at least forty', () => expect(clips.length).toBeGreaterThanOrEqual(40))
})

test('what was white is white in the picture of it', async () => {
  const { evidence } = await evaluate({ picture: of('white') })
  expect(await brightnessOf(evidence?.jpeg ?? new Uint8Array())).toBeGreaterThan(252)
})

test('what lasts is counted from the first picture or sound that has it, and says whether it may be older', async () => {
  const { content: whole } = await evaluate({ picture: still, sound: quiet })
  expect(whole.findings).toEqual([
    { check: 'frozen', seconds: 8, isFromStart: true },
    { check: 'silent', seconds: expect.closeTo(seconds, 0), isFromStart: true },
  ])
  const { content: half } = await evaluate({ picture: `${moving},drawbox=color=black:t=fill:enable='gte(t,4)'`, sound: `${tone},volume=0:enable='gte(t,4)'` })
  expect(half.findings).toEqual([
    { check: 'black', seconds: 4, isFromStart: false },
    { check: 'silent', seconds: expect.closeTo(5, 0), isFromStart: false },
  ])
  expect(half.darkPercent).toBe(100)
})

test('a stereo tone of 1 kHz at -23 dBFS has -23 LUFS, as EBU Tech 3341 has it', async () => {
  const { content } = await evaluate({ sound: "aevalsrc='pow(10,-23/20)*sin(2*PI*1000*t)|pow(10,-23/20)*sin(2*PI*1000*t)':s=48000" })
  expect(content.loudnessLufs).toBeGreaterThan(-23.3)
  expect(content.loudnessLufs).toBeLessThan(-22.7)
  // A codec overshoots where a tone begins.
  expect(content.peakDbfs).toBeGreaterThan(-23.5)
  expect(content.peakDbfs).toBeLessThan(-20)
})

test('sound at full scale is clipped, loud sound below it is not', async () => {
  const { content: clipped } = await evaluate({ sound: 'sine=frequency=1000:sample_rate=48000,volume=30dB' })
  expect(clipped.clippedPercent).toBeGreaterThan(80)
  const { content: loud } = await evaluate({ sound: 'anoisesrc=amplitude=0.5:sample_rate=48000' })
  expect(loud.clippedPercent).toBeLessThan(5)
})
