import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as realTime } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificate } from '../../../../tests/fakes/certificate.ts'
import { freePort } from '../../../../tests/freePort.ts'
import { createSending, hostileName, type Sending, someEnd, someStart } from '../channels.fixture.ts'

const bin = process.env.RSYSLOG_BIN ?? '/usr/sbin/rsyslogd'
const isHere = existsSync(bin)

/** One line a message: what the daemon has understood of it. */
const lineTemplate = '%syslogfacility-text%\\t%syslogseverity-text%\\t%app-name%\\t%msgid%\\t%structured-data%\\t%msg%\\n'

describe.skipIf(!isHere)(`a real syslog daemon${isHere ? '' : ' (rsyslog and rsyslog-gnutls are not installed, and RSYSLOG_BIN names none)'}`, () => {
  const certificate = makeCertificate({ commonName: 'logs', names: ['127.0.0.1'] })
  let open: AsyncDisposableStack
  let sending: Sending
  let folder: string
  const urls = { udp: '', tcp: '', tls: '' }
  beforeAll(async () => {
    open = new AsyncDisposableStack()
    folder = await mkdtemp(join(tmpdir(), 'mtxdeck-rsyslog-'))
    open.defer(() => rm(folder, { recursive: true, force: true }))
    sending = open.use(createSending())
    const [udp, tcp, tls] = [await freePort(), await freePort(), await freePort()]
    Object.assign(urls, { udp: `udp://127.0.0.1:${udp}`, tcp: `tcp://127.0.0.1:${tcp}`, tls: `tls://127.0.0.1:${tls}` })
    await writeFile(join(folder, 'cert.pem'), certificate.cert)
    await writeFile(join(folder, 'key.pem'), certificate.key)
    await writeFile(
      join(folder, 'rsyslog.conf'),
      `global(workDirectory="${folder}" defaultNetstreamDriverCAFile="${folder}/cert.pem" defaultNetstreamDriverCertFile="${folder}/cert.pem"
  defaultNetstreamDriverKeyFile="${folder}/key.pem")
module(load="imudp")
module(load="imtcp")
input(type="imudp" address="127.0.0.1" port="${udp}")
input(type="imtcp" address="127.0.0.1" port="${tcp}")
input(type="imtcp" address="127.0.0.1" port="${tls}" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
template(name="line" type="string" string="${lineTemplate}")
action(type="omfile" file="${folder}/got.log" template="line")
`,
    )
    const child = spawn(bin, ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')], { stdio: 'ignore' })
    const gone = once(child, 'exit')
    open.defer(async () => {
      child.kill('SIGKILL')
      await gone
    })
    // It writes its pid before it listens: the first message that comes through shows that it does.
    const send = sending.to({ name: 'log', syslog: urls.tcp })
    while (child.exitCode === null && !(await send({ ...someStart, event: 'test' })).ok) await realTime(50)
  })
  afterAll(() => open.disposeAsync())

  const received = async (url: string): Promise<readonly string[][]> => {
    const text = await readFile(join(folder, 'got.log'), 'utf8').catch(() => '')
    return text
      .split('\n')
      .filter((line) => line.includes(`url="${url}"`))
      .map((line) => line.split('\t'))
  }

  test.each(['udp', 'tcp', 'tls'] as const)('understands start and end over %s', async (scheme) => {
    const send = sending.to({ name: 'log', syslog: urls[scheme], facility: 'local3', caFile: certificate.cert })
    const url = `http://127.0.0.1:1/${scheme}`
    expect(await send({ ...someStart, url })).toEqual({ ok: true })
    expect(await send({ ...someEnd, url })).toEqual({ ok: true })
    await expect.poll(async () => (await received(url)).length).toBe(2)
    const [start, end] = await received(url)
    expect(start?.slice(0, 4)).toEqual(['local3', 'crit', 'mtxdeck', 'start'])
    expect(start?.[4]).toContain('key="a1b2"')
    expect(start?.[5]).toMatch(/CRITICAL Berlin · cam1: stream gone The publisher/)
    expect(end?.slice(0, 4)).toEqual(['local3', 'info', 'mtxdeck', 'end'])
    expect(end?.[4]).toContain(`endedAt="${someEnd.endedAt}"`)
  })

  test('takes any name as one message', async () => {
    const url = 'http://127.0.0.1:1/hostile'
    const named = { ...someStart, title: hostileName, text: hostileName, servers: [hostileName], streams: ['a]"\\b'], url }
    expect(await sending.to({ name: 'log', syslog: urls.tcp })(named)).toEqual({ ok: true })
    await expect.poll(async () => (await received(url)).length).toBe(1)
    expect((await received(url))[0]).toHaveLength(6)
  })
})
