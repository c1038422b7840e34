import { describe, expect, it } from 'vitest'
import { changedSettingsSchema, hasMask, meantBy, pathInterruption, pathSettingKind } from './pathSettings.ts'

describe('settings of paths', () => {
  it('are of the kind of the value that the server has', () => {
    expect([true, 5, 'x', null, [], {}].map(pathSettingKind)).toEqual(['switch', 'number', 'text', 'json', 'json', 'json'])
  })

  it('take no hidden value, none too long, and not too many', () => {
    const issue = (value: unknown) => changedSettingsSchema.safeParse({ source: value }).error?.issues[0]
    expect(['rtsp://u:p@10.0.0.1/', false, [], null].map(issue)).toEqual([undefined, undefined, undefined, undefined])
    for (const value of ['rtsp://***@10.0.0.1/', '<redacted>', [{ whipBearerToken: '***' }], 'x'.repeat(20_000), undefined])
      expect(issue(value)?.path).toEqual(['source'])
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`setting${i}`, i]))
    expect(changedSettingsSchema.safeParse(many).success).toBe(false)
    expect(hasMask({ a: [{ b: 'x***' }] })).toBe(true)
    expect(hasMask({ a: ['**'] })).toBe(false)
  })

  it('are the same where they mean the same', () => {
    const same: readonly (readonly [unknown, unknown])[] = [
      ['24h0m0s', '1d'],
      ['1m30s', '90s'],
      ['-0s', '0s'],
      ['1s', '1000ms'],
      ['50M', '50MB'],
      ['1024K', '1M'],
      [null, []],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    ]
    for (const [one, other] of same) expect(meantBy(one)).toEqual(meantBy(other))
    const different: readonly (readonly [unknown, unknown])[] = [
      ['1d', '1h'],
      ['-1h', '1h'],
      [
        [1, 2],
        [2, 1],
      ],
      ['', '0s'],
      ['1s', 1_000],
      ['4.1', '4.2'],
      ['07', '7'],
    ]
    for (const [one, other] of different) expect(meantBy(one)).not.toEqual(meantBy(other))
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
