import { expect, it } from 'vitest'
import { parseHostCheck } from './hostCheck.ts'

const answer = `== system Linux
== sockets tcp
00000000:216A 998
0100007F:270D 998
0100007F:XXXX 998
== sockets tcp6
00000000000000000000000001000000:22B8 0
0000000000000000FFFF00000100007F:22B9 998
00000000000000000000000000000000:22BA 4242
== sockets udp
00000000:22BA 998
== sockets udp6
== names
root:0
mediamtx:998
bad name:1
== unit
LoadState=loaded
ActiveState=failed
Result=exit-code
ExecMainStatus=1
== log journal 812
2026/11/23 15:37:57 INF one
== log file 813
2026/11/23 15:37:57 INF two
`

it('reads at which ports a machine listens, for whom and as whom, what its service manager says, and each log', () => {
  expect(parseHostCheck(answer)).toEqual({
    listeners: [
      { protocol: 'tcp', port: 8_554, isLoopback: false, user: 'mediamtx' },
      { protocol: 'tcp', port: 9_997, isLoopback: true, user: 'mediamtx' },
      { protocol: 'tcp', port: 8_888, isLoopback: true, user: 'root' },
      { protocol: 'tcp', port: 8_889, isLoopback: true, user: 'mediamtx' },
      { protocol: 'tcp', port: 8_890, isLoopback: false, user: '4242' },
      { protocol: 'udp', port: 8_890, isLoopback: false, user: 'mediamtx' },
    ],
    unit: { active: 'failed', result: 'exit-code', exitStatus: 1 },
    logs: [
      { pid: 812, from: 'journal', lines: ['2026/11/23 15:37:57 INF one'] },
      { pid: 813, from: 'file', lines: ['2026/11/23 15:37:57 INF two'] },
    ],
  })
})

it('knows an older script, a machine without the unit, and what is broken', () => {
  expect(parseHostCheck('== system Linux\n')).toBeNull()
  expect(parseHostCheck('== sockets tcp\n== unit\nLoadState=not-found\nActiveState=inactive\n')).toEqual({ listeners: [], unit: null, logs: [] })
  expect(parseHostCheck('== sockets tcp\nrubbish\n== unit\nLoadState=loaded\nActiveState=a b\nExecMainStatus=x\n')).toEqual({
    listeners: [],
    unit: { active: '', result: '', exitStatus: null },
    logs: [],
  })
})
