import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// Proxies that serve a console below /mtx: nginx as docs/headless.md shows it, and one of a few lines where there is no nginx.

const nginx = '/usr/sbin/nginx'
export const hasNginx = existsSync(nginx)

export interface PathProxy {
  /** Takes /mtx off what it sends on. */
  readonly strips: boolean
  readonly port: number
  /** Port of the console. */
  readonly to: number
}

export async function startNginx({ strips, port, to }: PathProxy): Promise<AsyncDisposable> {
  const [, shown = ''] = /```nginx\n(.*?)```/s.exec(readFileSync('docs/headless.md', 'utf8')) ?? []
  const site = shown
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
    .replace(/^.*ssl_certificate.*\n/gm, '')
    .replace('http://127.0.0.1:8787;', `http://127.0.0.1:${to}${strips ? '/' : ''};`)
  if (!site.includes(`:${port};`) || !site.includes(`:${to}`)) throw new Error('the nginx of docs/headless.md is another one')
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-nginx-'))
  const file = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`)
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr; events {}\nhttp { access_log off; ${temporary.join(' ')}\n${site}\n}\n`,
  )
  const child = spawn(nginx, ['-c', file, '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  const ended = once(child, 'exit')
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`nginx does not listen:\n${said}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

export async function startSmallProxy({ strips, port, to }: PathProxy): Promise<AsyncDisposable> {
  const pathOf = (url = '') => (strips ? url.replace(/^\/mtx(?=\/)/, '') : url)
  const server = createServer((asked, answer) => {
    const { method, headers } = asked
    const sent = request({ host: '127.0.0.1', port: to, path: pathOf(asked.url), method, headers, agent: false }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.rawHeaders)
      got.pipe(answer)
    })
    sent.on('error', () => answer.destroy())
    answer.on('close', () => sent.destroy())
    asked.pipe(sent)
  })
  server.on('upgrade', ({ url, rawHeaders }, socket, head) => {
    const there = connect(to, '127.0.0.1')
    const lines = rawHeaders.map((text, place) => (place % 2 === 0 ? `${text}: ` : `${text}\r\n`))
    there.write(`GET ${pathOf(url)} HTTP/1.1\r\n${lines.join('')}\r\n`)
    there.write(head)
    there.pipe(socket).pipe(there)
    for (const each of [there, socket]) each.on('error', () => {}).on('close', () => [there, socket].map((one) => one.destroy()))
  })
  // A process that is busy for seconds must not find its connection closed meanwhile.
  server.keepAliveTimeout = 0
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
