import { spawnSync } from 'node:child_process'

/** This machine's own ffmpeg, for tests of what is made with it; where it is missing they are skipped by name. */
export const hasFfmpeg = spawnSync('ffmpeg', ['-version'], { stdio: 'ignore' }).status === 0
if (!hasFfmpeg) console.log('No ffmpeg here: apt-get install ffmpeg to run the tests of stills that are made with it.')

/** What stills are made with. */
export const backends = [
  { backend: 'node-av', isHere: true },
  { backend: 'ffmpeg', isHere: hasFfmpeg },
] as const
