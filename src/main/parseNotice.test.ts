import { expect, test } from 'vitest'
import { parseNotice } from './parseNotice.ts'

const notice = { tag: 'alarm', title: 'critical: cam1', text: 'Publisher left', to: '/alarms?id=a' }

test('what a window wants to notify of is taken only in the form that it has, and bounded', () => {
  expect(parseNotice({ ...notice, icon: 'file:///etc/passwd' })).toEqual(notice)
  for (const wrong of [
    null,
    'critical',
    {},
    { ...notice, title: 7 },
    { ...notice, to: undefined },
    { ...notice, title: 'x'.repeat(301) },
    { ...notice, text: 'x'.repeat(1_001) },
  ])
    expect(parseNotice(wrong), JSON.stringify(wrong)?.slice(0, 80)).toBeNull()
})
