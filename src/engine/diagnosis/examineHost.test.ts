import { describe, expect, it } from 'vitest'
import { costOf } from '../../../tests/cpuMs.ts'
import { logLineOf, readLog } from './examineHost.ts'

/** As 1.20.1 wrote it. */
const log = `2026/11/23 15:37:50 ERR listen tcp :8554: bind: address already in use
2026/11/23 15:37:57 INF MediaMTX v1.20.1, linux, amd64
2026/11/23 15:37:57 INF configuration loaded from /etc/mediamtx.yml
2026/11/23 15:37:57 INF [SRT] started with listener on 127.0.0.1:18890 (UDP/SRT)
2026/11/23 15:37:58 INF [RTSP] [conn 127.0.0.1:53810] opened
2026/11/23 15:37:58 INF [RTSP] [session 2d01a82d] created by 127.0.0.1:53810
2026/11/23 15:37:58 INF [path cam] stream is available and online, 1 track (H264)
2026/11/23 15:37:58 INF [RTSP] [session 2d01a82d] is publishing to path 'cam'
2026/11/23 15:38:00 INF [RTSP] [session 2d01a82d] destroyed: torn down by 127.0.0.1:53810
2026/11/23 15:38:00 INF [RTSP] [conn 127.0.0.1:53810] closed: EOF
2026/11/23 15:38:00 INF [RTSP] [conn 127.0.0.1:53816] opened
2026/11/23 15:38:00 INF [RTSP] [session e2aa114b] created by 127.0.0.1:53816
2026/11/23 15:38:00 WAR [RTSP] [session e2aa114b] failed to authenticate: authentication failed
2026/11/23 15:38:04 INF [SRT] [conn 127.0.0.1:35931] opened
2026/11/23 15:38:05 INF [SRT] [conn 127.0.0.1:35931] is publishing to path 'exam/1'
2026/11/23 15:38:06 INF [SRT] [conn 127.0.0.1:35931] closed: astits: no more packets
2026/11/23 15:38:06 WAR [path cam] source rtsp://admin:hunter2@10.0.0.9/x: bad status code: 401 (Unauthorized)`.split('\n')
const pulling = '2026/11/23 15:38:07 ERR [path pulled] [RTSP source] bad status code: 401 (Unauthorized)'

describe('a line of the log', () => {
  it('is plain or structured, whole or cut; anything else is none', () => {
    expect(logLineOf(log[0] ?? '')).toEqual({ at: '2026/11/23 15:37:50', level: 'ERR', message: 'listen tcp :8554: bind: address already in use' })
    const structured = '{"timestamp":"2026-11-23T15:38:14.652438971Z","level":"INF","message":"MediaMTX v1.20.1\\n, \\"linux\\""}'
    expect(logLineOf(structured)).toEqual({ at: '2026-11-23T15:38:14.652438971Z', level: 'INF', message: 'MediaMTX v1.20.1 , "linux"' })
    expect(logLineOf(structured.slice(0, 80))).toMatchObject({ level: 'INF', message: 'MediaMTX ' })
    expect(logLineOf('ERR: invalid configuration')).toEqual({ at: '', level: 'ERR', message: 'invalid configuration' })
    for (const other of ['', 'root:x:0:0', '{"a":1}', '{"timestamp":"2026-11-23T15:38:14Z","level":"BAD","message":"x"}']) expect(logLineOf(other)).toBeNull()
  })
})

describe('the end of a log', () => {
  it('gives its faults and what is about the stream, without secrets, and nothing of a start that is over', () => {
    const { lines, inUse, hasFaults } = readLog(log, 'cam')
    expect(inUse).toBeNull()
    expect(hasFaults).toBe(false)
    expect(lines).toEqual([
      '2026/11/23 15:37:58 INF [path cam] stream is available and online, 1 track (H264)',
      "2026/11/23 15:37:58 INF [RTSP] [session 2d01a82d] is publishing to path 'cam'",
      '2026/11/23 15:38:00 WAR [RTSP] [session e2aa114b] failed to authenticate: authentication failed',
      expect.stringContaining('bad status code: 401'),
    ])
    expect(lines.join()).not.toContain('hunter2')
    expect(readLog([], 'cam')).toEqual({ lines: [], last: null, inUse: null, closed: null, hasFaults: false })
  })
  it.each([
    ['of a session that ended its stream', log, 'cam', 'torn down by 127.0.0.1:53810'],
    ['of a connection', log, 'exam/1', 'astits: no more packets'],
    [
      'of the connection of a session that says only that it ended',
      [...log.slice(0, 8), log[9] ?? '', '2026/11/23 15:38:00 INF [RTSP] [session 2d01a82d] destroyed: not in use'],
      'cam',
      'EOF',
    ],
    ['or why its source fails', [...log, pulling, `${pulling}s`.replace('401', '404')], 'pulled', 'bad status code: 404 (Unauthorized)s'],
    ['of nobody, where nobody published', log, 'other', null],
    ['of nobody who is there still', log.slice(0, 8), 'cam', null],
    ['of the last one only', [...log, "2026/11/23 15:39:00 INF [RTSP] [session 33333333] is publishing to path 'cam'"], 'cam', null],
  ])('says why the publisher left: %s', (_, lines, path, reason) => {
    expect(readLog(lines, path).closed).toBe(reason)
  })
  it.each([
    ['2026/11/23 15:37:58 ERR listen udp 127.0.0.1:28000: bind: address already in use', 28_000],
    ['2026/11/23 15:37:58 ERR listen tcp :8554: bind: address already in use', 8_554],
    ['2026/11/23 15:37:58 ERR listen tcp [::]:9997: bind: permission denied', null],
  ])('names the port that was taken at its last start: %s', (line, inUse) => {
    const ended = ['2026/11/23 15:37:57 INF MediaMTX v1.20.1', line, '2026/11/23 15:37:58 INF waiting for running hooks']
    expect(readLog([...log, ...ended], null)).toEqual({ lines: [line], last: ended[2], inUse, closed: null, hasFaults: true })
  })
  it('takes no more than a moment for lines that attack it', () => {
    const hostile = Array.from({ length: 300 }, (_, index) => `2026/11/23 15:37:58 INF ${'[session '.repeat(60)}${index}] closed: ${'closed: '.repeat(60)}`)
    expect(costOf(() => void readLog(hostile, 'cam'))).toBeLessThan(50)
  })
})
