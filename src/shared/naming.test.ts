import fc from 'fast-check'
import { expect, test } from 'vitest'
import { costOf } from '../../tests/cpuMs.ts'
import { createNaming, parseTemplate, sortOfField, templatesSchema, timeOfField } from './naming.ts'

test.each([
  // A value holds the separator: the text fields share what is there equally.
  [
    '{examId}_{participantId}_{timestamp}',
    'exam_123_student_456_1693875600000',
    { examId: 'exam_123', participantId: 'student_456', timestamp: '1693875600000' },
  ],
  ['{examId}_{participantId}_{timestamp}', 'math_anna_1693875600', { examId: 'math', participantId: 'anna', timestamp: '1693875600' }],
  ['{examId}_{participantId}_{timestamp}', 'exam_123_anna_1693875600', null],
  ['{examId}_{participantId}_{timestamp}', 'exam_123_student_456', null],
  // Only one way to read it, however many separators a value holds.
  ['exam_{exam:int}_student_{student:int}_{at:ms}', 'exam_123_student_456_1693875600000', { exam: '123', student: '456', at: '1693875600000' }],
  ['{site}/{camera}_{quality:hd|sd}', 'north/gate_2_left_hd', { site: 'north', camera: 'gate_2_left', quality: 'hd' }],
  ['{site}/{camera}_{quality:hd|sd}', 'north/gate_uhd', null],
  ['rec-{day:date}-{n:int}.ts', 'rec-2026-02-28-7.ts', { day: '2026-02-28', n: '7' }],
  ['rec-{day:date}-{n:int}.ts', 'rec-20260230-7.ts', null],
  ['{a}_{b}', 'x__y', null],
  ['{a}_{b}', '_y', null],
  ['{room}', 'studio/1', { room: 'studio/1' }],
  ['{a}__{b}', 'one___two', null],
  ['{timestamp:s}_{rest}', '1693875600_a_b_c', { timestamp: '1693875600', rest: 'a_b_c' }],
])('%s reads %s', (template, name, fields) => {
  expect(createNaming([template]).read(name)).toEqual(fields)
})

test.each([
  [''],
  ['camera'],
  ['{a}{b}'],
  ['{a'],
  ['a}_{b}'],
  ['{a}_{A}'],
  ['{1}'],
  ['{__proto__}'],
  ['{a:number}'],
  ['{a:x|}'],
  [Array.from({ length: 13 }, (_, index) => `{f${index}}`).join('_')],
])('the template %j is refused', (template) => {
  expect(parseTemplate(template)).toHaveProperty('wrong')
  expect(templatesSchema.safeParse([template]).success).toBe(false)
})

test('the first template that fits counts, and one that fits in several ways gives way to the next', () => {
  const naming = createNaming(['{examId}_{participantId}_{timestamp}', '{site}/{camera}', '{first}_{rest}_1693875600'])
  expect(naming.fieldsOf('north/cam1')).toEqual({ site: 'north', camera: 'cam1' })
  expect(naming.fieldsOf('alone')).toBeNull()
  expect(naming.fieldsOf('alone')).toBeNull()
  expect(naming.fields.map(({ name, type }) => `${name}:${type}`)).toEqual([
    'examId:text',
    'participantId:text',
    'timestamp:timestamp',
    'site:text',
    'camera:text',
    'first:text',
    'rest:text',
  ])
})

test('values of fields have their time and their order', () => {
  expect(timeOfField('timestamp', '1693875600000')).toBe(1_693_875_600_000)
  expect(timeOfField('timestamp', '1693875600')).toBe(1_693_875_600_000)
  expect(timeOfField('date', '20230905')).toBe(Date.parse('2023-09-05'))
  expect(timeOfField('text', '1693875600')).toBeNull()
  expect(sortOfField('int', '10')).toBeGreaterThan(sortOfField('int', '9') as number)
})

test('whatever was put together by a template is read as it was, or not at all', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,6}(_[a-z0-9]{1,4}){0,2}$/)
  const naming = createNaming(['{a}_{b}_{t:ms}'])
  fc.assert(
    fc.property(word, word, fc.integer({ min: 100_000_000_000, max: 9_999_999_999_999 }), (a, b, t) => {
      const found = naming.read(`${a}_${b}_${t}`)
      const parts = (value: string) => value.split('_').length
      if (parts(a) === parts(b)) expect(found).toEqual({ a, b, t: String(t) })
      else if (found !== null) expect(`${found.a}_${found.b}_${found.t}`).toBe(`${a}_${b}_${t}`)
    }),
  )
})

test('hostile names take no longer than others', () => {
  const template = Array.from({ length: 12 }, (_, index) => `{f${index}}`).join('_')
  const naming = createNaming(Array.from({ length: 20 }, (_, index) => `${template}${'x'.repeat(index)}_{t:ms}`.replace('{f11}', `{g${index}}`)))
  const names = ['_'.repeat(1_000), '_'.repeat(16), 'a_'.repeat(16), `${'a_'.repeat(15)}1693875600000`, '1_'.repeat(500)]
  // To try all ways takes longer than there is time.
  const cost = costOf(() => {
    for (const name of names) naming.read(name)
  })
  expect(cost).toBeLessThan(20)
})

test('a name that can be read in very many ways costs little, since a server may have 10,000 of them', () => {
  const template = Array.from({ length: 12 }, (_, index) => `{f${index}}`).join('_')
  const naming = createNaming(Array.from({ length: 20 }, () => template))
  const cost = costOf(() => {
    for (let n = 0; n < 30; n++) expect(naming.read(`${`${'x'.repeat(58)}_`.repeat(16)}${n}`)).toBeNull()
  })
  expect(cost).toBeLessThan(40)
})
