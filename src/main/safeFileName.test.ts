import { expect, test } from 'vitest'
import { safeFileName } from './safeFileName.ts'

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
