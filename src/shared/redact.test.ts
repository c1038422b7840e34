import { describe, expect, test } from 'vitest'
import { redact, redactText } from './redact.ts'

describe('redact', () => {
  test('hides user and password of URLs, secret parameters and Authorization headers', () => {
    expect(redactText('GET http://noc:Tr0ub4dor@10.0.0.5/x')).toBe('GET http://[hidden]@10.0.0.5/x')
    expect(redactText('srt://10.0.0.5:8890?streamid=read:cam1&passphrase=Tr0ub4dor')).toBe('srt://10.0.0.5:8890?streamid=read:cam1&passphrase=[hidden]')
    expect(redactText('Authorization: Basic bm9jOlRyMHVi')).toBe('Authorization: Basic [hidden]')
  })

  test('hides fields by their names, however deep', () => {
    expect(redact({ user: 'noc', list: [{ apiToken: 'x1' }], password: 'x2' })).toEqual({ user: 'noc', list: [{ apiToken: '[hidden]' }], password: '[hidden]' })
  })

  test('keeps what is no secret, and says whether one was there', () => {
    expect(redact({ password: null, token: true, path: 'cam1', keyframe: 3 })).toEqual({ password: null, token: true, path: 'cam1', keyframe: 3 })
    expect(redactText('rtsp://10.0.0.7:554/live?channel=1')).toBe('rtsp://10.0.0.7:554/live?channel=1')
  })
})
