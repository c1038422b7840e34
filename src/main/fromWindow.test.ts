import { expect, test } from 'vitest'
import { parseNotice, plainBody, safeFileName } from './fromWindow.ts'

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

test('a name with markup is no markup in a notification of Linux, and stays as it is elsewhere', () => {
  const name = '<a href="http://bad.example">cam</a> & co'
  expect(plainBody(name, 'linux')).toBe('‹a href="http://bad.example"›cam‹/a› ＆ co')
  expect(plainBody(name, 'darwin')).toBe(name)
})

test.each([
  ['streams 2026-11-20.csv', 'streams 2026-11-20.csv'],
  ['../../.ssh/authorized_keys', 'authorized_keys'],
  ['..\\..\\autorun.bat', 'autorun.bat'],
  ['.bashrc', 'bashrc'],
  ['cam:1|a?.png', 'cam_1_a_.png'],
  ['new\nline.csv', 'new_line.csv'],
  ['..', 'mtxdeck'],
  ['', 'mtxdeck'],
  ['x'.repeat(500), 'x'.repeat(120)],
])('a save dialog is offered %j as %j', (name, offered) => {
  expect(safeFileName(name)).toBe(offered)
})
