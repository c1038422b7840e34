import { sayIn } from '../say.ts'
import type { DailyWords } from './dailyWords.ts'

const say = sayIn('en')
const cameras = { one: 'camera', other: 'cameras' }
const checks = { black: 'Black picture', oneColour: 'Picture of one colour', colourBars: 'Colour bars', frozen: 'Frozen picture', silent: 'Silence' }

export const en: DailyWords = {
  faults: {
    offAir: ({ since }) => (since === null ? 'Nothing is published, and never was.' : `Nothing is published since ${say.moment(since)}.`),
    slate: () => 'A slate is on air: no publisher.',
    noKeyframe: ({ seconds }) => `No key frame within ${say.number(seconds)} s.`,
    content: ({ check, seconds, isFromStart }) => `${checks[check]}: ${isFromStart ? 'all of the look' : `${say.number(seconds)} s`}.`,
    size: ({ widthPx, heightPx, knownWidthPx, knownHeightPx }) => `The picture is ${widthPx} × ${heightPx} instead of ${knownWidthPx} × ${knownHeightPx}.`,
  },
  checks,
  skips: {
    asleep: () => 'On demand, and asleep: sources are not started for the check.',
    noTime: () => 'Not reached before the window ended.',
    offPlan: () => 'Not to be on air at that time.',
    maintenance: () => 'In maintenance.',
    paused: () => 'Paused.',
    refusedBefore: () => 'Not asked: its server refused other streams with the same credentials.',
    offline: () => 'The console had no network.',
    stopped: () => 'The check was stopped.',
    consoleOff: () => 'The console did not run.',
    removed: () => 'Removed meanwhile.',
  },
  differs: (what) => `Not as agreed: ${what}.`,
  items: {
    videoCodec: 'video codec',
    widthPx: 'width',
    heightPx: 'height',
    fps: 'frame rate',
    bitrateBps: 'bit rate',
    gopMs: 'key frame interval',
    audioCodec: 'audio codec',
    audioLayout: 'audio layout',
    sampleRateHz: 'sample rate',
  },
  nothing: 'none',
  title: (day, { fault, cameras: all }) =>
    fault === 0
      ? `Daily check ${day}: no faults at ${say.count(all, cameras)}`
      : `Daily check ${day}: ${say.number(fault)} of ${say.count(all, cameras)} faulty`,
  missed: (day) => `Daily check ${day}: missed`,
  stopped: 'The check was stopped before its end.',
  missedText: 'The console did not run at that time: no camera was checked.',
  summed: ({ ok, fault, notChecked, newFault, mended }) =>
    `${say.number(ok)} OK, ${say.number(fault)} faulty (${say.number(newFault)} new), ${say.number(notChecked)} not checked, ${say.number(mended)} fixed.`,
  newFault: 'new',
  stillFault: (since) => `since ${say.moment(since)}`,
  mended: (names) => `Fixed: ${names}.`,
  gone: (names) => `Gone: ${names}.`,
  new: (names) => `New: ${names}.`,
}
