import { chmodSync, writeFileSync } from 'node:fs'

/** What looks into pictures and sound. */
const contentFilters = ['blackframe', 'freezedetect', 'signalstats', 'metadata', 'astats', 'asetnsamples', 'ebur128', 'ametadata'].map(
  (name) => ` ... ${name} V->V  Look`,
)
const lists = {
  '-version': ['ffmpeg version 7.1.1-fake Copyright (c) nobody', 'libavformat    61.  7.100 / 61.  7.100'],
  '-demuxers': [
    ' D   concat          Virtual concatenation script',
    ' D   hls             Apple HTTP Live Streaming',
    ' D   mpegts          MPEG-TS',
    ' D   rtsp            RTSP input',
  ],
  '-protocols': ['Input:', '  http', '  pipe', '  srt', '  tcp', '  tls', 'Output:', '  pipe'],
  '-decoders': ['av1', 'h264', 'hevc', 'mjpeg', 'mpeg2video', 'mpeg4', 'vp8', 'vp9'].map((name) => ` V....D ${name}      one of ours`),
  '-filters': [' ... format    V->V  Convert', ' ... select    V->N  Select', ' T.. scale     V->V  Scale', ' ..C setparams V->V  Force', ...contentFilters],
  '-encoders': [' VFS..D mjpeg       MJPEG'],
}

/** A script in the place of ffmpeg: what it says of itself, and what it does when it is to take a still (sh; nothing by default). */
export function writeFakeFfmpeg(file: string, change: Partial<typeof lists> = {}, does = 'exit 1'): void {
  const cases = Object.entries({ ...lists, ...change }).map(([option, lines]) => `${option}) /bin/cat <<'END'\n${lines.join('\n')}\nEND\n;;`)
  writeFileSync(file, `#!/bin/sh\ncase "$2" in\n${cases.join('\n')}\n*) ${does} ;;\nesac\n`)
  chmodSync(file, 0o755)
}
