import { expect, it } from 'vitest'
import { sumInputSchema } from './history.ts'
import { serverSubject } from './subjectNames.ts'
import { validationErrorOf } from './validationErrors.ts'

it('a sum of too many points, or of subjects that lack its figure, is a mistake with facts', () => {
  const asked = { metrics: ['server.bitrateIn'], subjects: [serverSubject('server-abc123')], from: 0, to: 5_000_000, bucketMs: 1_000, toleranceMs: 0 }
  const wrong = (more: object) => sumInputSchema.safeParse({ ...asked, ...more }).error?.issues.map((issue) => [issue.path, validationErrorOf(issue)])
  expect(wrong({})).toBeUndefined()
  expect(wrong({ bucketMs: 100 })).toEqual([[['bucketMs'], { kind: 'tooManyValues', count: 50_000, most: 5_000 }]])
  expect(wrong({ metrics: ['path.bitrateIn'] })).toEqual([[['metrics'], { kind: 'scopeUnfit', metric: 'path.bitrateIn', of: 'stream' }]])
})
