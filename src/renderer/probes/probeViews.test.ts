import { describe, expect, it } from 'vitest'
import type { SeriesColumns } from '../../shared/history.ts'
import { type Content, type ContentCheck, contentChecks, contentWatchOf } from '../../shared/probeContent.ts'
import { goodReading } from '../../shared/probeReadings.fixture.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import { someProbe } from './probe.fixture.ts'
import {
  filterProbes,
  liveProbe as live,
  markAt,
  notJudged,
  orderProbes,
  type ProbeMetric,
  pastProbe,
  readPastProbes,
  verdictAt,
  worstReasonAt,
} from './probeViews.ts'

describe('a probe now', () => {
  it('that is read has its grade, any other its state', () => {
    expect(live(someProbe({ grade: 'poor' })).verdict).toBe('poor')
    expect(live(someProbe({ state: 'retrying', grade: 'good' })).verdict).toBe('retrying')
    expect(live(someProbe({ state: 'down', grade: 'poor' })).verdict).toBe('down')
  })
  it('whose readings stopped is no longer as good as its last one', () => {
    const view = live(someProbe())
    expect(verdictAt(view, 1_060_000)).toBe('good')
    expect(verdictAt(view, 1_110_000)).toBe('unknown')
  })
  it('comes before others if an alarm is about it, then if it is worse', () => {
    const views = [
      someProbe({ name: 'fine' }),
      someProbe({ name: 'poor', grade: 'poor' }),
      someProbe({ name: 'down', state: 'down', grade: 'poor' }),
      someProbe({ name: 'minor', severity: 'minor' }),
      someProbe({ name: 'major', state: 'down', grade: 'poor', severity: 'major' }),
      someProbe({ name: 'paused', state: 'paused', grade: null }),
    ].map(live)
    expect(orderProbes(views).map(({ probe }) => probe.name)).toEqual(['major', 'minor', 'down', 'poor', 'fine', 'paused'])
  })
  it('has the mark of its worst alarm, or of what it is where that is worse', () => {
    const mark = (given: Parameters<typeof someProbe>[0]) => markAt(live(someProbe(given)), 1_060_000)
    expect(mark({})).toBe('ok')
    expect(mark({ severity: 'warning' })).toBe('warning')
    expect(mark({ grade: 'fair', severity: 'major' })).toBe('major')
    expect(mark({ grade: 'poor', severity: 'warning' })).toBe('minor')
    expect(mark({ state: 'retrying', severity: 'minor' })).toBe('minor')
    expect(markAt({ ...live(someProbe({ severity: 'major' })), past: true }, 1_060_000)).toBe('ok')
  })
  it('says what is worst where its grade is shown, and nothing once the reading no longer counts', () => {
    const frozen = { kind: 'content', grade: 'poor', check: 'frozen', lastedMs: 42_000 } as const
    const view = live(someProbe({ grade: 'poor', gradeReasons: [frozen, { kind: 'noVideo', grade: 'fair' }] }))
    expect(worstReasonAt(view, 1_060_000)).toBe(frozen)
    expect(worstReasonAt(view, 1_110_000)).toBeNull()
    expect(worstReasonAt({ ...view, past: true }, 1_060_000)).toBeNull()
    expect(worstReasonAt(live(someProbe({ state: 'down', gradeReasons: [{ kind: 'down', grade: 'poor' }] })), 1_060_000)).toBeNull()
  })
  it('comes before others that are as bad if its picture has been faulty for longer', () => {
    const frozen = (name: string, lastedMs: number) =>
      someProbe({ name, grade: 'poor', gradeReasons: [{ kind: 'content', grade: 'poor', check: 'frozen', lastedMs }] })
    const views = [frozen('a', 6_000), frozen('b', 60_000), someProbe({ name: 'c', grade: 'poor' })].map(live)
    expect(orderProbes(views).map(({ probe }) => probe.name)).toEqual(['b', 'a', 'c'])
  })
  it('is found by name, project and address, within the chosen projects', () => {
    const probes = [someProbe(), someProbe({ name: 'cam2', url: 'srt://10.0.0.7:9', project: '' })]
    const found = (text: string, projects: readonly string[] = []) =>
      filterProbes(probes, { text, projects }, ({ name }) => (name === 'cam2' ? 'Frozen for 42 s' : '')).map(({ name }) => name)
    expect(found('10.0.0.7')).toEqual(['cam2'])
    expect(found('north cam')).toEqual(['cam1'])
    expect(found('', [''])).toEqual(['cam2'])
    expect(found('cam', ['north'])).toEqual(['cam1'])
    expect(found('frozen')).toEqual(['cam2'])
  })
})

const columns = (at: number, value: number): SeriesColumns => ({ at: [at], min: [value], mean: [value], max: [value], gaps: [], tier: 'samples' })
describe('a probe then', () => {
  const metrics: readonly ProbeMetric[] = ['probe.up', 'probe.grade', 'probe.bitrate']
  it('shows what history holds of then, and nothing of now', () => {
    const now = someProbe({ state: 'down', grade: 'poor', severity: 'major' })
    const then = pastProbe(now, 100_000, metrics, [columns(50_000, 1), columns(50_000, 1), columns(50_000, 4e6)])
    expect(then).toMatchObject({ verdict: 'fair', past: true, values: { 'probe.bitrate': 4e6 } })
    expect(pastProbe(now, 100_000, metrics, [columns(50_000, 0), columns(50_000, 0)])).toMatchObject({ verdict: 'down', values: null })
  })
  it('is unknown if it was not read again in time', () => {
    expect(pastProbe(someProbe(), 176_000, metrics, [columns(50_000, 1), columns(50_000, 2)]).verdict).toBe('unknown')
    expect(pastProbe(someProbe({ intervalSeconds: 60 }), 176_000, metrics, [columns(50_000, 1), columns(50_000, 2)]).verdict).toBe('good')
  })
  it('is read as far back as its interval asks for, and in the order of the list', async () => {
    const asked: number[] = []
    const probes = [someProbe({ name: 'daily', intervalSeconds: 86_400 }), someProbe({ name: 'often' })]
    const at = 1e9
    const views = await readPastProbes(probes, at, metrics, async ({ series, from }) => {
      asked.push(at - from)
      return series.map(() => columns(at - 1, 1))
    })
    expect(views.map(({ probe }) => probe.name)).toEqual(['daily', 'often'])
    expect(Math.max(...asked)).toBe(3 * 86_400_000)
    expect(Math.min(...asked)).toBe(106_000)
  })
})

const watch = contentWatchOf({ profile: null, checks: [...contentChecks], thresholds: {} }) ?? expect.fail('all is looked for')
const pictureChecks: readonly ContentCheck[] = ['black', 'oneColour', 'colourBars', 'frozen', 'noMotion']
const soundChecks: readonly ContentCheck[] = ['silent', 'clipped', 'loudness']
const look = (given: Partial<Content>, reading: Partial<ProbeReading> = {}): ProbeReading => ({
  ...goodReading,
  content: {
    pictures: 0,
    undecoded: [],
    darkPercent: null,
    motionPercent: null,
    peakDbfs: null,
    clippedPercent: null,
    loudnessLufs: null,
    findings: [],
    evaluated: [...soundChecks],
    ...given,
  },
  ...reading,
})
const said = (reading: ProbeReading) => notJudged(watch, reading).map(({ why, checks }) => [why, checks])

describe('what could not be judged says why', () => {
  it('nothing, where all was', () => expect(said(look({ pictures: 3, evaluated: [...contentChecks] }))).toEqual([]))
  it('the last reading was before it was asked for', () => expect(said(goodReading)).toEqual([['notYet', contentChecks]]))
  it('no key frame came, or only one where two are compared', () => {
    expect(said(look({}, { keyframes: 0 }))).toEqual([['tooLittle', pictureChecks]])
    const evaluated = [...soundChecks, 'black', 'oneColour', 'colourBars'] as const
    expect(said(look({ pictures: 1, evaluated: [...evaluated] }))).toEqual([['tooLittle', ['frozen', 'noMotion']]])
  })
  it('the stream has no video, or no audio', () => {
    expect(said(look({}, { video: null }))).toEqual([['noVideo', pictureChecks]])
    expect(said(look({ pictures: 3, evaluated: [...pictureChecks] }, { audio: null }))).toEqual([['noAudio', soundChecks]])
  })
  it('it can’t be decoded', () => {
    expect(said(look({ undecoded: ['video', 'audio'], evaluated: [] }))).toEqual([['undecoded', [...pictureChecks, ...soundChecks]]])
  })
  it('a program does not recognise colour bars, and may not have come as far as a picture', () => {
    const rest = contentChecks.filter((check) => check !== 'colourBars')
    expect(said(look({ pictures: 3, evaluated: rest }))).toEqual([['noBars', ['colourBars']]])
    expect(said(look({}))).toEqual([
      ['tooLittle', ['black', 'oneColour', 'frozen', 'noMotion']],
      ['noBars', ['colourBars']],
    ])
  })
})
