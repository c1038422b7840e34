import { describe, expect, it } from 'vitest'
import { type DailyCamera, type DailyDetails, type DailyFault, type DailySkip, dailyFaultSchema, dailySkipSchema, plainSkips } from '../shared/dailyChecks.ts'
import { lastingChecks } from '../shared/probeContent.ts'
import { gradedFigures } from '../shared/probeGrades.ts'
import { dailyCameraTexts, dailyFaultText, dailyLines, dailySkipText, dailySummary, dailyTitle } from './dailyText.ts'
import { languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

const at = Date.UTC(2026, 10, 14, 5)
/** One of each kind: the compiler asks for it. */
const faults: { readonly [K in DailyFault['kind']]: DailyFault & { readonly kind: K } } = {
  noPicture: { kind: 'noPicture', why: { kind: 'serverDown' } },
  offAir: { kind: 'offAir', since: at },
  slate: { kind: 'slate' },
  grade: { kind: 'grade', reason: { kind: 'content', grade: 'poor', check: 'black', lastedMs: 12_400 } },
  contract: {
    kind: 'contract',
    differences: [
      { item: 'fps', agreed: { least: 22.5, most: 27.5 }, found: 12 },
      { item: 'audioCodec', agreed: 'aac', found: null },
    ],
  },
}
const gradeFaults: readonly DailyFault[] = [
  ...(['down', 'noVideo', 'noKeyframe'] as const).map((kind) => ({ kind, grade: 'poor' }) as const),
  ...gradedFigures.map((figure) => ({ kind: 'figure', grade: 'poor', figure, value: 2_000, limit: 1_000 }) as const),
  ...lastingChecks.map((check) => ({ kind: 'content', grade: 'poor', check, lastedMs: 12_400 }) as const),
].map((reason) => ({ kind: 'grade', reason }))
const skips: readonly DailySkip[] = [...plainSkips.map((kind) => ({ kind })), { kind: 'noTools', why: { kind: 'unavailable', because: 'noProcess' } }]
const counts = { cameras: 300, waiting: 0, ok: 295, fault: 3, notChecked: 2, newFault: 2, stillFault: 1, mended: 1, new: 0, gone: 1 }
const report = { id: 7, state: 'done', plannedAt: at, startedAt: at, endsAt: at + 3_600_000, endedAt: at, by: null, wakes: false, leftOut: 0, counts } as const
const camera = (of: Partial<DailyCamera>): DailyCamera => ({
  no: 1,
  serverId: 's1',
  path: 'cam1',
  probeId: null,
  name: 'cam1',
  place: 'north',
  verdict: 'fault',
  faults: [],
  why: null,
  change: 'newFault',
  faultSince: at,
  checkedAt: at,
  woken: false,
  probe: null,
  measured: null,
  picture: null,
  before: null,
  ...of,
})

describe.each(languages)('what a daily check says, in %s', (language) => {
  it('has a sentence for each fault and each reason', () => {
    for (const fault of [...Object.values(faults), { ...faults.offAir, since: null }, ...gradeFaults])
      expectSentence(fault.kind, (tag) => dailyFaultText(fault, tag), language, [fault, 'Nov UTC GMT PCR PTS TS Target Duration Audio Playlists'])
    for (const skip of skips) expectSentence(skip.kind, (tag) => dailySkipText(skip, tag), language, skip)
  })
  it('says what was measured, and what it should be', () => {
    expect(dailyFaultText(faults.contract, language)).toMatch(/12 \(22\.5–27\.5\).*\(aac\)/)
    expect(dailyCameraTexts({ faults: [faults.slate, faults.offAir], why: null }, language)).toHaveLength(2)
  })
  it('has a title and the counts of a report, also of one that was missed', () => {
    for (const one of [
      report,
      { ...report, counts: { ...counts, fault: 0 } },
      { ...report, state: 'missed' as const },
      { ...report, state: 'stopped' as const },
    ]) {
      expectSentence(one.state, (tag) => dailyTitle(one, tag), language, 'Nov')
      expectSentence(one.state, (tag) => dailySummary(one, tag), language)
    }
    expect(dailyTitle(report, language)).toMatch(/3.*300|300.*3/)
  })
  it('names the faulty ones first, each in a line, and the others of a kind in one', () => {
    const details: DailyDetails = {
      ...report,
      cameras: [
        camera({ faults: [faults.slate] }),
        camera({ name: 'cam2', change: 'stillFault', faults: [faults.grade] }),
        camera({ name: 'cam3', verdict: 'ok', change: 'mended' }),
        ...Array.from({ length: 25 }, (_, no) => camera({ name: `old${no}`, verdict: 'gone', change: 'gone' })),
      ],
    }
    const lines = dailyLines(details, language)
    expect(lines.map((line) => /cam\d|old\d/.exec(line)?.[0])).toEqual(['cam1', 'cam2', 'cam3', 'old0'])
    expect(lines[3]).toMatch(/old19 … \+5/)
    expect(lines.join()).not.toMatch(/undefined|null/)
  })
})

it('each is one that is sent', () => {
  for (const fault of Object.values(faults)) expect(dailyFaultSchema.parse(fault)).toEqual(fault)
  for (const skip of skips) expect(dailySkipSchema.parse(skip)).toEqual(skip)
})
