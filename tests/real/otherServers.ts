import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../freePort.ts'

// Media servers of Debian that are no MediaMTX. Where one is missing, the tests that want it are skipped by name.

const runs = (program: string, ...args: readonly string[]): boolean => spawnSync(program, args, { stdio: 'ignore', timeout: 20_000 }).status === 0
const python = '/usr/bin/python3'
const rtmpModule = '/usr/lib/nginx/modules/ngx_rtmp_module.so'
const nginx = '/usr/sbin/nginx'
const gstImports =
  "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0'); from gi.repository import GLib, Gst, GstRtspServer; Gst.init(None)"
const gstElements = "assert all(Gst.ElementFactory.find(name) for name in ('videotestsrc', 'x264enc', 'rtph264pay', 'audiotestsrc', 'alawenc', 'rtppcmapay'))"

export const hasNginxRtmp = existsSync(nginx) && existsSync(rtmpModule)
export const hasGstRtsp = existsSync(python) && runs(python, '-c', `${gstImports}; ${gstElements}`)
export const hasSrtTools = runs('srt-live-transmit', '-version')
if (!hasNginxRtmp || !hasGstRtsp || !hasSrtTools)
  console.log(
    'For the tests against other media servers: apt-get install nginx-light libnginx-mod-rtmp srt-tools python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,ugly}',
  )

interface Running {
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Runs a server until it is disposed of; throws with what it said where it does not listen within 20 s. */
async function run(program: string, args: readonly string[], port: number | null): Promise<Running> {
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout?.on('data', (text) => {
    said += text
  })
  child.stderr?.on('data', (text) => {
    said += text
  })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const stop = async () => {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 3_000)
    await ended
    clearTimeout(late)
  }
  for (let tries = 0; port !== null && !(await listens(port)); tries++) {
    if (tries === 200 || child.exitCode !== null) {
      await stop()
      throw new Error(`${program} does not listen:\n${said}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { [Symbol.asyncDispose]: stop }
}
const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

/** nginx with its RTMP module: what is published to `rtmp://…/live/NAME` is read there, and by HLS at `hls(NAME)`. */
export async function startNginxRtmp() {
  const folder = await mkdtemp(join(tmpdir(), 'mtxdeck-nginx-'))
  const [rtmp, http] = await Promise.all([freePort(), freePort()])
  const file = join(folder, 'nginx.conf')
  await writeFile(
    file,
    `load_module ${rtmpModule};
daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log stderr;
events {}
rtmp {
  server {
    listen 127.0.0.1:${rtmp};
    application live { live on; hls on; hls_path ${folder}/hls; hls_fragment 1s; hls_playlist_length 6s; }
  }
}
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  types { application/vnd.apple.mpegurl m3u8; video/mp2t ts; }
  server { listen 127.0.0.1:${http}; location / { root ${folder}/hls; } }
}
`,
  )
  const server = await run(nginx, ['-c', file, '-e', 'stderr'], rtmp)
  return {
    rtmp: (name: string) => `rtmp://127.0.0.1:${rtmp}/live/${name}`,
    hls: (name: string) => `http://127.0.0.1:${http}/${name}.m3u8`,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** GStreamer's RTSP server: a test picture of 320 × 180 with 25/s and a tone as G.711, to `noc` with `watch-me` only where `auth` says how. */
export async function startGstRtsp(auth: 'none' | 'basic' | 'digest') {
  const port = await freePort()
  const launch =
    '( videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=25/1 ! x264enc tune=zerolatency key-int-max=25 bitrate=300 ! rtph264pay name=pay0 pt=96 ' +
    'audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay1 pt=8 )'
  const guard = `auth = GstRtspServer.RTSPAuth()
auth.set_supported_methods(GstRtsp.RTSPAuthMethod.${auth.toUpperCase()})
token = GstRtspServer.RTSPToken()
token.set_string('media.factory.role', 'noc')
${auth === 'basic' ? "auth.add_basic(GstRtspServer.RTSPAuth.make_basic('noc', 'watch-me'), token)" : "auth.add_digest('noc', 'watch-me', token)"}
server.set_auth(auth)
roles = GstRtspServer.RTSPPermissions()
roles.add_permission_for_role('noc', 'media.factory.access', True)
roles.add_permission_for_role('noc', 'media.factory.construct', True)
factory.set_permissions(roles)`
  const script = `${gstImports}
gi.require_version('GstRtsp', '1.0')
from gi.repository import GstRtsp
server = GstRtspServer.RTSPServer()
server.set_address('127.0.0.1')
server.set_service('${port}')
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch('${launch}')
factory.set_shared(True)
${auth === 'none' ? '' : guard}
server.get_mount_points().add_factory('/cam', factory)
server.attach(None)
GLib.MainLoop().run()
`
  const server = await run(python, ['-c', script], port)
  return { port, [Symbol.asyncDispose]: server[Symbol.asyncDispose] }
}

/** Hands on what comes by one address to another one, as srt-live-transmit does. */
export const startSrtTransmit = (from: string, to: string): Promise<Running> => run('srt-live-transmit', ['-a:yes', from, to], null)
