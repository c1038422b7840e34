import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ConfigurationLevels,
  configurationDifference,
  longestValue,
  packConfiguration,
  type Settings,
  settingChangeText,
  settingName,
  unpackConfiguration,
} from './configurationLevels.ts'

function run<T>(steps: Generator<undefined, T, undefined>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
const pack = (levels: ConfigurationLevels) => run(packConfiguration(levels))
const told = (before: ConfigurationLevels, after: ConfigurationLevels) =>
  run(configurationDifference(pack(before), pack(after))).map((change) => settingChangeText(settingName(change), change.before, change.after))

const defaults = { name: '', source: 'publisher', maxReaders: 0, record: false, forward: [] }
const path = (name: string, own: Settings = {}) => ({ ...defaults, ...own, name })
const usual: ConfigurationLevels = {
  global: {
    readTimeout: '10s',
    rtspTransports: ['udp', 'multicast', 'tcp'],
    authInternalUsers: [{ user: 'any', ips: [], permissions: [{ action: 'publish', path: '' }] }],
  },
  pathDefaults: defaults,
  paths: [path('cam1'), path('cam2', { maxReaders: 5 }), path('all_others')],
}

describe('a configuration in little room', () => {
  test('is the same again, its settings and paths in order', () => {
    const { global, pathDefaults, paths } = unpackConfiguration(pack(usual))
    expect({ global, pathDefaults }).toEqual({ global: usual.global, pathDefaults: usual.pathDefaults })
    expect(paths).toEqual([path('all_others'), path('cam1'), path('cam2', { maxReaders: 5 })])
    expect(pack(usual).paths.map(({ own }) => own)).toEqual([{}, {}, { maxReaders: 5 }])
  })

  test('has the same text whatever order a server tells it in', () => {
    const turned = (settings: Settings): Settings => Object.fromEntries(Object.entries(settings).reverse())
    const other = { global: turned(usual.global), pathDefaults: turned(usual.pathDefaults), paths: usual.paths.map(turned).reverse() }
    expect(JSON.stringify(pack(other))).toBe(JSON.stringify(pack(usual)))
  })

  test('is the same again whatever it has', () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string(), { maxLength: 3 }),
      fc.array(fc.record({ a: fc.string() }), { maxLength: 2 }),
    )
    const settings = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'toString', 'constructor'), value, { maxKeys: 5 })
    fc.assert(
      fc.property(
        settings,
        settings,
        fc.uniqueArray(fc.tuple(fc.string({ minLength: 1 }), settings), { selector: ([name]) => name, maxLength: 4 }),
        (global, pathDefaults, named) => {
          const levels = { global, pathDefaults, paths: named.map(([name, own]) => ({ ...pathDefaults, ...own, name })) }
          const back = unpackConfiguration(pack(levels))
          expect(back.global).toEqual(global)
          expect(back.pathDefaults).toEqual(pathDefaults)
          expect(Object.fromEntries(back.paths.map((one) => [one.name, one]))).toEqual(Object.fromEntries(levels.paths.map((one) => [one.name, one])))
          expect(told(levels, levels)).toEqual([])
        },
      ),
    )
  })

  test('has a size, whatever a server tells: the longest names and values are left out, and the last paths', () => {
    const many = Array.from({ length: 3_000 }, (_, n) => path(`cam${String(n).padStart(4, '0')}`, { source: `rtsp://10.0.0.1/${'x'.repeat(2_000)}${n}` }))
    const huge = pack({ global: { ['k'.repeat(500)]: 1, list: Array.from({ length: 100_000 }, () => 'x'), ok: true }, pathDefaults: defaults, paths: many })
    expect(huge.global).toEqual({ list: '…', ok: true })
    expect(huge.pathsLeftOut).toBeGreaterThan(500)
    expect(huge.paths.length + huge.pathsLeftOut).toBe(3_000)
    expect(JSON.stringify(huge).length).toBeLessThan(5 << 20)
  })
})

describe('what two configurations differ in', () => {
  test('is told of the server, of entries of lists, of paths, and of those that came and went', () => {
    const after = {
      global: {
        ...usual.global,
        readTimeout: '30s',
        newer: true,
        authInternalUsers: [{ user: 'any', ips: ['10.0.0.0/8'], permissions: [{ action: 'read', path: 'cam1' }] }],
      },
      pathDefaults: defaults,
      paths: [path('cam2', { maxReaders: 7 }), path('all_others'), path('cam3', { source: 'rtsp://10.0.0.9/x' })],
    }
    expect(told(usual, after)).toEqual([
      'authInternalUsers[any].ips: [] → [10.0.0.0/8]',
      '− authInternalUsers[any].permissions[publish]: yes',
      '+ authInternalUsers[any].permissions[read cam1]: yes',
      '+ newer: true',
      'readTimeout: 10s → 30s',
      'paths.cam2.maxReaders: 5 → 7',
      '+ paths.cam3: rtsp://10.0.0.9/x',
      '− paths.cam1: publisher',
    ])
  })

  test('knows users by their names, in whatever order they stand, and those whose names are hidden by what they may', () => {
    const user = (name: string, action: string) => ({ user: name, ips: [], permissions: [{ action, path: '' }] })
    const withUsers = (...authInternalUsers: readonly object[]) => ({ ...usual, global: { ...usual.global, authInternalUsers } })
    const before = withUsers(user('any', 'read'), user('***', 'api'), user('***', 'publish'))
    expect(told(before, withUsers(user('***', 'publish'), user('***', 'api'), user('any', 'read')))).toEqual([])
    expect(told(before, withUsers(user('***', 'publish'), user('***', 'api'), user('any', 'playback')))).toEqual([
      '+ authInternalUsers[any].permissions[playback]: yes',
      '− authInternalUsers[any].permissions[read]: yes',
    ])
    // Another user is one change, and one that is gone.
    expect(told(before, withUsers(user('any', 'read'), user('***', 'api'), user('***', 'metrics')))).toEqual([
      '+ authInternalUsers[*** (metrics)]: ips: [], permissions: [action: metrics, path: ""], user: ***',
      '− authInternalUsers[*** (publish)]: ips: [], permissions: [action: publish, path: ""], user: ***',
    ])
  })

  test('tells a default once, however many paths go by it', () => {
    const maxReaders = 10
    const all = { ...defaults, maxReaders }
    const after = { ...usual, pathDefaults: all, paths: [{ ...all, name: 'cam1' }, path('cam2', { maxReaders: 5 }), { ...all, name: 'all_others' }] }
    expect(told(usual, after)).toEqual(['pathDefaults.maxReaders: 0 → 10'])
    // A path that stays as it was where the default left it.
    expect(told(usual, { ...after, paths: [path('cam1'), path('cam2', { maxReaders: 10 }), { ...all, name: 'all_others' }] })).toEqual([
      'pathDefaults.maxReaders: 0 → 10',
      'paths.cam2.maxReaders: 5 → 10',
    ])
  })

  test('is nothing where a duration is only spelled otherwise', () => {
    expect(told({ ...usual, global: { a: '24h0m0s', b: '100ms' } }, { ...usual, global: { a: '1d', b: '1s' } })).toEqual(['b: 100ms → 1s'])
    // From 1.11 on no time at all is written as nothing.
    expect(told({ ...usual, global: { a: '0s', b: '0s' } }, { ...usual, global: { a: '', b: '1s' } })).toEqual(['b: 0s → 1s'])
  })

  test('tells a list that is filled by what is in it', () => {
    const forward = [{ dest: 'rtsp://10.0.0.9/x' }]
    expect(told(usual, { ...usual, paths: [path('cam1', { forward }), ...usual.paths.slice(1)] })).toEqual(['+ paths.cam1.forward[1]: dest: rtsp://10.0.0.9/x'])
  })

  test('cuts long values, and sees what differs behind the cut', () => {
    const long = 'x'.repeat(longestValue)
    const [change] = run(configurationDifference(pack({ ...usual, global: { a: `${long}1` } }), pack({ ...usual, global: { a: `${long}2` } })))
    expect([change?.before, change?.after]).toEqual([`${long}…`, `${long}…`])
  })
})
