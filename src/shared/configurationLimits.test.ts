import { expect, test } from 'vitest'
import { type ConfigurationLevels, packConfiguration } from './configurationLevels.ts'
import { configurationLimits, mostLimitedPaths } from './configurationLimits.ts'

function pack(levels: ConfigurationLevels) {
  const steps = packConfiguration(levels)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
const defaults = { maxReaders: 0, publishIPs: [], readIPs: [] }
const configuration = (pathDefaults: object, ...paths: readonly object[]) =>
  pack({
    global: {
      authMethod: 'internal',
      authInternalUsers: [
        { user: 'any', pass: '', ips: ['10.0.0.0/8'], permissions: [{ action: 'read', path: '~^cam' }] },
        { user: '***', pass: '***', ips: [], permissions: [] },
      ],
    },
    pathDefaults: { ...defaults, ...pathDefaults },
    paths: paths.map((path) => ({ ...defaults, ...pathDefaults, ...path })),
  })

test('a path has the limit of its entry, or that of all, and the fullest come first', () => {
  const packed = configuration({ maxReaders: 10 }, { name: 'cam1', maxReaders: 4 }, { name: '~^hall/', maxReaders: 0 }, { name: 'all_others' })
  const listed = [
    { path: 'other', entry: 'all_others', live: true, readers: 5 },
    { path: 'cam1', entry: 'cam1', live: true, readers: 3 },
    { path: 'hall/1', entry: '~^hall/', live: true, readers: 900 },
    { path: 'empty', entry: null, live: true, readers: 0 },
  ]
  expect(configurationLimits(packed, listed)).toMatchObject({
    paths: [
      { path: 'cam1', limit: 4, readers: 3 },
      { path: 'other', limit: 10, readers: 5 },
      { path: 'empty', limit: 10, readers: 0 },
    ],
    limited: 3,
    unlimited: 1,
    known: true,
  })
  expect(configurationLimits(packed, null)).toMatchObject({ paths: [], limited: 0, unlimited: 0, known: false })
})

test('users are told without names and passwords, with where from and what for; ranges of old versions by path', () => {
  const packed = configuration({ readIPs: ['10.0.0.0/8'] }, { name: 'cam1', publishIPs: ['10.1.2.3'] }, { name: 'cam2' })
  expect(configurationLimits(packed, [])).toMatchObject({
    method: 'internal',
    users: [
      { user: 'any', hasPassword: false, ips: ['10.0.0.0/8'], permissions: [{ action: 'read', path: '~^cam' }] },
      { user: '***', hasPassword: true, ips: [], permissions: [] },
    ],
    ranges: [
      { path: null, publish: [], read: ['10.0.0.0/8'] },
      { path: 'cam1', publish: ['10.1.2.3'], read: [] },
    ],
  })
})

test('whatever a server tells, the answer has a size', () => {
  const packed = configuration({ maxReaders: 1, readIPs: 'nonsense' })
  const listed = Array.from({ length: 10_000 }, (_, n) => ({ path: `cam${n}`, entry: null, live: true, readers: n % 3 }))
  const { paths, limited, ranges } = configurationLimits({ ...packed, global: { authMethod: 5, authInternalUsers: [null, 5, {}] } }, listed)
  expect([paths.length, limited, ranges]).toEqual([mostLimitedPaths, 10_000, []])
})
