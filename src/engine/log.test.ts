import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createLog } from './log.ts'

async function folder() {
  const dir = await mkdtemp(join(tmpdir(), 'mtxdeck-log-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

async function linesOf(dir: string) {
  const files = (await readdir(dir)).filter((name) => name.endsWith('.log'))
  const texts = await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8')))
  return texts
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

describe('log', () => {
  test('writes one JSON line a message, with its level, time, facts and text', async () => {
    const dir = await folder()
    const log = await createLog({ dir: join(dir, 'logs') })
    log.child({ server: 'berlin' }).warn({ status: 401 }, 'It wants a password.')
    log.debug({}, 'below the level')
    await log.close()
    const lines = await linesOf(join(dir, 'logs'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level: 'warn', server: 'berlin', status: 401, msg: 'It wants a password.' })
    expect(Date.parse(lines[0].time)).toBeGreaterThan(0)
  })

  test('a full file is put aside, six of them are kept, and no line is lost or torn', async () => {
    const dir = await folder()
    const log = await createLog({ dir })
    const text = 'x'.repeat(1_000_000)
    for (let at = 0; at < 75; at++) {
      log.info({ at }, text)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await log.close()
    expect((await readdir(dir)).sort()).toEqual(['mtxdeck.1.log', 'mtxdeck.2.log', 'mtxdeck.3.log', 'mtxdeck.4.log', 'mtxdeck.5.log', 'mtxdeck.log'])
    const places = (await linesOf(dir)).map(({ at }) => at as number).sort((a, b) => a - b)
    expect(places).toEqual(Array.from({ length: places.length }, (_, index) => 75 - places.length + index))
    expect(places.length).toBeGreaterThan(50)
  })

  test('lets no secret through: neither as a field, nor in a URL, a header, an error or a child', async () => {
    const dir = await folder()
    const log = await createLog({ dir })
    const secret = 'Tr0ub4dor'
    log
      .child({ credentials: { user: 'noc', password: secret } })
      .info({ password: secret, nested: [{ apiToken: secret }] }, `GET http://noc:${secret}@10.0.0.5/x`)
    log.error(
      { err: new Error(`srt://10.0.0.5:8890?streamid=read:cam1&passphrase=${secret}`, { cause: new Error(`Authorization: Bearer ${secret}`) }) },
      'It failed.',
    )
    await log.close()
    const lines = await linesOf(dir)
    expect(lines).toHaveLength(2)
    expect(JSON.stringify(lines)).not.toContain(secret)
    expect(lines[0].nested).toEqual([{ apiToken: '***' }])
    expect(lines[1].err).toMatchObject({ type: 'Error', message: 'srt://10.0.0.5:8890?streamid=***&passphrase=***' })
  })

  test('steers no terminal by what it writes to standard error, and says the same there', async () => {
    const written: string[] = []
    const standardError = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0)
    onTestFinished(() => standardError.mockRestore())
    const log = await createLog({ dir: null, stderr: true })
    log.info({ path: 'dom\u009b2J\u202e\u2028' }, 'read \u007f')
    await log.close()
    expect(written.join('')).toMatch(/^[\x20-\x7e]+\n$/)
    expect(JSON.parse(written.join(''))).toMatchObject({ path: 'dom\u009b2J\u202e\u2028', msg: 'read \u007f' })
  })
})
