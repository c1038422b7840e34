import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { changedSettingsSchema, hasMask, knownPathSettings, meantBy, pathInterruption, pathSettingForm, pathSettingValidationError } from './pathSettings.ts'

interface Described {
  readonly type?: string
  readonly format?: string
  readonly $ref?: string
  readonly allOf?: readonly { readonly $ref: string }[]
}
const { components } = parse(readFileSync(new URL('../../tests/fixtures/openapi-1.20.1.yaml', import.meta.url), 'utf8')) as {
  components: { schemas: Record<string, { properties: Record<string, Described>; enum?: readonly string[] }> }
}
const described = Object.entries(components.schemas.PathConf?.properties ?? {}).filter(([name]) => name !== 'name')

describe('settings of paths', () => {
  it('are those that MediaMTX describes, each of its kind', () => {
    expect(described.map(([name]) => name).filter((name) => !knownPathSettings.has(name))).toEqual([])
    const kinds: Readonly<Record<string, readonly string[]>> = {
      boolean: ['switch'],
      integer: ['whole'],
      number: ['number'],
      array: ['json'],
      string: ['text', 'duration', 'size', 'choice'],
    }
    for (const [name, { type, $ref, allOf }] of described) {
      const choices = components.schemas[($ref ?? allOf?.[0]?.$ref ?? '').replace(/^.*\//, '')]?.enum
      const { kind, choices: known } = pathSettingForm(name)
      if (choices === undefined) expect([name, kinds[type ?? '']]).toEqual([name, expect.arrayContaining([kind])])
      else expect([name, [...(known ?? [])].sort()]).toEqual([name, [...choices].sort()])
    }
  })

  it('take values of their kind and within their range only', () => {
    const taken: readonly (readonly [string, unknown])[] = [
      ['record', true],
      ['maxReaders', 0],
      ['rpiCameraEV', -9.5],
      ['recordDeleteAfter', '1d'],
      ['recordDeleteAfter', '1h30m'],
      ['recordDeleteAfter', '0s'],
      ['recordMaxPartSize', '50M'],
      ['rtspRangeType', ''],
      ['forward', [{ dest: 'rtsp://10.0.0.1/a' }]],
      ['somethingNew', { of: 'a newer version' }],
    ]
    for (const [name, value] of taken) expect([name, value, pathSettingValidationError(name, value)]).toEqual([name, value, null])
    const refused: readonly (readonly [string, unknown, string])[] = [
      ['record', 'true', 'notOfType'],
      ['maxReaders', '5', 'notOfType'],
      ['maxReaders', 2.5, 'notOfType'],
      ['maxReaders', -1, 'notWithin'],
      ['rpiCameraBrightness', 2, 'notWithin'],
      ['rpiCameraBrightness', Number.NaN, 'notWithin'],
      ['recordFormat', 'avi', 'notOneOf'],
      ['recordDeleteAfter', 'never', 'notSuchAs'],
      ['recordDeleteAfter', '', 'notSuchAs'],
      ['recordDeleteAfter', '5', 'notSuchAs'],
      ['recordMaxPartSize', 'large', 'notSuchAs'],
      ['source', 5, 'notOfType'],
      ['source', 'rtsp://***@10.0.0.1/', 'secretsHidden'],
      ['readPass', '<redacted>', 'secretsHidden'],
      ['forward', [{ dest: 'rtsp://10.0.0.1/', whipBearerToken: '***' }], 'secretsHidden'],
      ['runOnInit', 'x'.repeat(20_000), 'tooLong'],
      ['record', undefined, 'tooLong'],
    ]
    for (const [name, value, kind] of refused) expect([name, value, pathSettingValidationError(name, value)?.kind]).toEqual([name, value, kind])
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`setting${i}`, i]))
    expect(changedSettingsSchema.safeParse(many).success).toBe(false)
    expect(changedSettingsSchema.safeParse({ record: 1 }).error?.issues[0]?.path).toEqual(['record'])
    expect(hasMask({ a: [{ b: 'x***' }] })).toBe(true)
    expect(hasMask({ a: ['**'] })).toBe(false)
  })

  it('are the same where they mean the same', () => {
    const same: readonly (readonly [string, unknown, unknown])[] = [
      ['recordDeleteAfter', '24h0m0s', '1d'],
      ['recordDeleteAfter', '1m30s', '90s'],
      ['recordPartDuration', '1s', '1000ms'],
      ['recordMaxPartSize', '50M', '50MB'],
      ['recordMaxPartSize', '1024K', '1M'],
      ['forward', null, []],
      ['somethingNew', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ]
    for (const [name, one, other] of same) expect([name, meantBy(name, one)]).toEqual([name, meantBy(name, other)])
    expect(meantBy('recordDeleteAfter', '1d')).not.toBe(meantBy('recordDeleteAfter', '1h'))
    expect(meantBy('recordDeleteAfter', '-1h')).not.toBe(meantBy('recordDeleteAfter', '1h'))
    // A text is not a duration because it looks like one.
    expect(meantBy('rtspRangeStart', '60s')).not.toBe(meantBy('rtspRangeStart', '1m'))
    expect(meantBy('forward', [1, 2])).not.toBe(meantBy('forward', [2, 1]))
  })

  it('disconnect people unless their version takes them while a path is open', () => {
    expect(pathInterruption(['record'], null)).toBe('recording')
    expect(pathInterruption(['recordFormat'], 'v1.15.6')).toBe('streams')
    expect(pathInterruption(['recordFormat', 'record'], 'v1.16.3')).toBe('recording')
    expect(pathInterruption(['rpiCameraBrightness'], null)).toBe('nothing')
    expect(pathInterruption(['rpiCameraTextOverlay'], 'v1.18.0')).toBe('streams')
    expect(pathInterruption(['rpiCameraTextOverlay', 'rpiCameraFPS'], 'v1.19.0')).toBe('nothing')
    expect(pathInterruption(['forward'], 'v1.19.0')).toBe('streams')
    expect(pathInterruption(['forward'], 'v1.20.1')).toBe('nothing')
    expect(pathInterruption(['record', 'source'], 'v1.20.1')).toBe('streams')
    expect(pathInterruption(['somethingNew'], 'v1.20.1')).toBe('streams')
  })
})
