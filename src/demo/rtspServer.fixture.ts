import type { DemoServerOptions } from './demoOptions.ts'

/** A media server for tests that only speaks RTSP, with a publisher on each path. */
export function rtspServer(name: string, ...paths: readonly string[]): DemoServerOptions {
  return {
    name,
    version: '1.20',
    off: ['hls', 'webrtc', 'srt', 'rtmp'],
    paths: paths.map((path) => ({ name: path, source: 'rtspSession' })),
  }
}
