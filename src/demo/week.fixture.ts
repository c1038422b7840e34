import type { DemoPathOptions, DemoServerOptions, DemoTrouble, MachineTrouble } from './demoOptions.ts'

// A week in the life of a fleet: what befalls it, and what is true of that. Written by hand, without the rules: it says what an operator has to be
// told, and nothing else.

/** What is wrong, as `kind name` or `kind server/path`. */
type What = string

/** Alarms that have one cause, and so are one incident. */
export interface Truth {
  readonly of: readonly What[]
  /** Seconds from the onset until each must have been raised, at most. */
  readonly within: number
  /** Seconds of the entry at which it is over; left out: an event, or it lasts beyond the shift. */
  readonly over?: number
  /** Seconds after that until all have healed, at most; default 20. */
  readonly healedWithin?: number
  /** How often its start is told; default 1. 0: it is recorded, and told to nobody. */
  readonly tellings?: number
}

export interface WeekHands {
  readonly on: (server: string, trouble: DemoTrouble) => void
  readonly under: (server: string, trouble: MachineTrouble) => void
  readonly tryNow: (server: string) => Promise<void>
  readonly pause: (server: string, paused: boolean) => Promise<void>
  /** Work announced for a server from now on. */
  readonly maintain: (server: string, minutes: number) => Promise<void>
  /** Does it so many seconds later. */
  readonly later: (seconds: number, does: () => void | Promise<void>) => void
  /** This console's machine is shut for a time. */
  readonly sleep: (seconds: number) => Promise<void>
}

export interface Entry {
  /** Seconds after the shift began. */
  readonly at: number
  readonly name: string
  readonly does: (hands: WeekHands) => void | Promise<void>
  /** Empty: nothing of it is an alarm. */
  readonly truth: readonly Truth[]
}

export interface Shift {
  readonly name: string
  readonly minutes: number
  readonly entries: readonly Entry[]
  /** What befalls the fleet after the console was closed, and is to be seen when it is opened again. */
  readonly night?: readonly Entry[]
}

const pushed = (name: string, more: Partial<DemoPathOptions> = {}): DemoPathOptions => ({ name, source: 'rtspSession', bitrateBps: 3_000_000, ...more })
const pulled = (name: string): DemoPathOptions => ({ name, mode: 'pulled', source: 'rtspSource', bitrateBps: 2_500_000 })
const srt = (name: string): DemoPathOptions => ({ name, source: 'srtConn', bitrateBps: 6_000_000, readers: ['srtConn', 'rtspSession'] })
const numbered = (names: string, count: number) => Array.from({ length: count }, (_, index) => `${names}-${index + 1}`)

export const weekServers: readonly DemoServerOptions[] = [
  {
    name: 'Berlin',
    version: '1.20',
    paths: [
      srt('pgm'),
      ...numbered('cam', 6).map((name) => pushed(name, { readers: ['rtspSession'] })),
      pulled('door'),
      pushed('lab'),
      { name: 'event', mode: 'alwaysAvailable', source: 'srtConn', bitrateBps: 5_000_000 },
      pushed('relay', { forward: ['rtmp://10.9.0.4/live/demo-stream-key'] }),
    ],
  },
  {
    name: 'Hamburg',
    version: '1.20',
    auth: { kind: 'basic', user: 'noc', password: 'watch-me' },
    paths: [srt('pgm'), ...numbered('stage', 4).map((name) => pushed(name)), pulled('yard')],
  },
  { name: 'Köln', version: '1.17', tls: true, paths: [srt('dom'), ...numbered('rhein', 3).map((name) => pushed(name))] },
  { name: 'Wien', version: '1.9', paths: [pushed('prater'), pushed('ring'), srt('oper')] },
]

const minute = 60_000
/** Seconds until a machine that is back is tried again and has been well for long enough: it is asked ever more rarely, every 75 s in the end. */
const machineTriedWithin = 95
const both =
  (...runs: readonly ((hands: WeekHands) => void)[]) =>
  (hands: WeekHands) => {
    for (const run of runs) run(hands)
  }
const on = (server: string, trouble: DemoTrouble) => (hands: WeekHands) => hands.on(server, trouble)
const under = (server: string, trouble: MachineTrouble) => (hands: WeekHands) => hands.under(server, trouble)

export const week: readonly Shift[] = [
  {
    name: 'Monday: single streams',
    minutes: 19,
    entries: [
      {
        at: 60,
        name: 'a publisher leaves for a minute',
        does: on('Berlin', { kind: 'publisherGone', path: 'cam-1', forMs: minute }),
        truth: [{ of: ['streamGone Berlin/cam-1'], within: 10, over: 60 }],
      },
      { at: 150, name: 'a publisher reconnects within three seconds', does: on('Berlin', { kind: 'publisherGone', path: 'cam-2', forMs: 2_500 }), truth: [] },
      {
        at: 200,
        name: 'a pulled source stands still',
        does: on('Berlin', { kind: 'stall', path: 'door', forMs: 50_000 }),
        truth: [{ of: ['streamStalled Berlin/door'], within: 20, over: 50 }],
      },
      {
        at: 290,
        name: 'a pushed stream stands still until its server closes it',
        does: on('Hamburg', { kind: 'stall', path: 'stage-1', forMs: 60_000 }),
        truth: [{ of: ['streamGone Hamburg/stage-1'], within: 30, over: 60 }],
      },
      {
        at: 390,
        name: 'packets are lost on the way for good',
        does: on('Hamburg', { kind: 'srtLoss', path: 'pgm', forMs: 36_000 }),
        truth: [{ of: ['packetsLost Hamburg/pgm', 'framesInError Hamburg/pgm'], within: 30, over: 36, healedWithin: 80 }],
      },
      {
        at: 480,
        name: 'the slate is on air',
        does: on('Berlin', { kind: 'slate', path: 'event', forMs: 40_000 }),
        truth: [{ of: ['slateOnAir Berlin/event'], within: 10, over: 40 }],
      },
      {
        at: 560,
        name: 'a publisher comes back with another codec',
        does: on('Berlin', { kind: 'tracks', path: 'lab', tracks: 'h265Aac' }),
        truth: [{ of: ['codecChanged Berlin/lab'], within: 10 }],
      },
      {
        at: 640,
        name: 'a bit rate falls to a tenth',
        does: on('Köln', { kind: 'bitrate', path: 'rhein-1', factor: 0.1, forMs: 200_000 }),
        truth: [{ of: ['bitrateLow Köln/rhein-1'], within: 150, over: 200, healedWithin: 40 }],
      },
      { at: 700, name: 'sixty readers come and go', does: on('Berlin', { kind: 'readerFlood', path: 'pgm', readers: 60, forMs: 30_000 }), truth: [] },
      {
        at: 760,
        name: 'a destination refuses what is forwarded',
        does: on('Berlin', { kind: 'forwardFails', path: 'relay', forMs: 60_000 }),
        truth: [{ of: ['forwardFailing Berlin/relay'], within: 30, over: 60, healedWithin: 40 }],
      },
      {
        at: 880,
        name: 'a publisher flaps',
        does: on('Wien', { kind: 'flap', path: 'ring', everyMs: 16_000, times: 6 }),
        // That it flaps lasts for a quarter of an hour.
        truth: [{ of: ['streamGone Wien/ring', 'streamFlapping Wien/ring'], within: 60, tellings: 2 }],
      },
    ],
  },
  {
    name: 'Tuesday: whole servers',
    minutes: 22,
    entries: [
      {
        at: 60,
        name: 'a server ends, and is started after a minute',
        does: on('Hamburg', { kind: 'die', forMs: minute }),
        truth: [{ of: ['serverDown Hamburg'], within: 15, over: 60 }],
      },
      {
        at: 200,
        name: 'a server restarts within half a second',
        does: on('Köln', { kind: 'restart' }),
        truth: [{ of: ['serverRestarted Köln', 'mediaServerRestarted srv-koln'], within: 20 }],
      },
      {
        at: 280,
        name: 'a password is changed on the server',
        does: on('Hamburg', { kind: 'wrongPassword' }),
        truth: [{ of: ['serverHalted Hamburg'], within: 10 }],
      },
      {
        at: 380,
        name: 'connections are accepted and never answered',
        does: on('Wien', { kind: 'noAnswer', forMs: minute }),
        truth: [{ of: ['serverDown Wien'], within: 15, over: 60 }],
      },
      {
        at: 500,
        name: 'answers break off in the middle',
        does: on('Köln', { kind: 'cut', forMs: 40_000 }),
        truth: [{ of: ['serverDown Köln'], within: 15, over: 40 }],
      },
      {
        at: 600,
        name: 'half of an answer comes, then nothing',
        does: on('Berlin', { kind: 'hang', forMs: 40_000 }),
        truth: [{ of: ['serverDown Berlin'], within: 15, over: 40 }],
      },
      {
        at: 700,
        name: 'a proxy answers with its own page',
        does: on('Wien', { kind: 'html', forMs: 40_000 }),
        truth: [{ of: ['serverDown Wien'], within: 15, over: 40 }],
      },
      {
        at: 800,
        name: 'a server answers 500',
        does: on('Köln', { kind: 'status', status: 500, forMs: 40_000 }),
        truth: [{ of: ['serverDown Köln'], within: 15, over: 40 }],
      },
      {
        at: 900,
        name: 'a server answers what is no JSON',
        does: on('Berlin', { kind: 'garbage', forMs: 40_000 }),
        truth: [{ of: ['serverDown Berlin'], within: 15, over: 40 }],
      },
      { at: 1_000, name: 'answers take a second', does: on('Wien', { kind: 'slow', delayMs: 1_000, forMs: 40_000 }), truth: [] },
      {
        at: 1_140,
        name: 'a server comes back as another version',
        does: on('Köln', { kind: 'upgrade', version: '1.20' }),
        truth: [{ of: ['serverRestarted Köln', 'serverUpgraded Köln', 'mediaServerRestarted srv-koln'], within: 75 }],
      },
    ],
    night: [{ at: 600, name: 'the password is changed back', does: on('Hamburg', { kind: 'clear' }), truth: [] }],
  },
  {
    name: 'Wednesday: machines',
    minutes: 31,
    entries: [
      { at: 10, name: 'the server whose password is right again is asked again', does: (hands) => hands.tryNow('Hamburg'), truth: [] },
      {
        at: 60,
        name: 'a machine is busy',
        does: under('Berlin', { kind: 'load', cpuPercent: 82, forMs: 240_000 }),
        truth: [{ of: ['hostCpu srv-berlin'], within: 150, over: 240, healedWithin: 60 }],
      },
      {
        at: 120,
        name: 'memory is nearly full',
        does: under('Hamburg', { kind: 'load', memoryPercent: 93, forMs: 150_000 }),
        truth: [{ of: ['hostMemory srv-hamburg'], within: 80, over: 150, healedWithin: 60 }],
      },
      {
        at: 420,
        name: 'a disk is nearly full',
        does: under('Wien', { kind: 'load', diskPercent: 91, forMs: 200_000 }),
        truth: [{ of: ['diskUsed srv-wien disk:/'], within: 130, over: 200, healedWithin: 90 }],
      },
      { at: 480, name: 'a machine is busy for a minute', does: under('Köln', { kind: 'load', cpuPercent: 99, forMs: 60_000 }), truth: [] },
      {
        at: 700,
        name: 'a machine is hot',
        does: under('Köln', { kind: 'load', celsius: 84, forMs: 200_000 }),
        truth: [{ of: ['hostTemperature srv-koln'], within: 130, over: 200, healedWithin: 90 }],
      },
      {
        at: 960,
        name: 'UDP buffers overflow',
        does: under('Berlin', { kind: 'load', udpErrorsPerSecond: 40, forMs: 60_000 }),
        truth: [{ of: ['udpErrors srv-berlin'], within: 30, over: 60, healedWithin: 120 }],
      },
      {
        at: 1_200,
        name: 'a machine refuses SSH, and its streams go on',
        does: under('Hamburg', { kind: 'unreachable', forMs: 120_000 }),
        truth: [{ of: ['hostDown srv-hamburg'], within: 60, over: 120, healedWithin: machineTriedWithin }],
      },
      {
        at: 1_500,
        name: 'a machine is rebooted, and its server with it',
        does: both(on('Wien', { kind: 'die', forMs: 25_000 }), under('Wien', { kind: 'reboot', downMs: 20_000 })),
        truth: [{ of: ['serverDown Wien'], within: 10, over: 25 }],
      },
      {
        at: 1_600,
        name: 'a machine is rebooted, and is back before anybody missed it',
        does: both(on('Köln', { kind: 'restart' }), under('Köln', { kind: 'reboot', downMs: 500 })),
        truth: [{ of: ['serverRestarted Köln', 'hostRestarted srv-koln', 'mediaServerRestarted srv-koln'], within: 30 }],
      },
    ],
  },
  {
    name: 'Thursday: several at once',
    minutes: 20,
    entries: [
      {
        at: 60,
        name: 'all cameras of a server leave within two seconds',
        does: both(...numbered('cam', 6).map((path) => on('Berlin', { kind: 'publisherGone', path, forMs: minute }))),
        truth: [{ of: numbered('cam', 6).map((path) => `streamGone Berlin/${path}`), within: 10, over: 60 }],
      },
      {
        at: 180,
        name: 'the same programme is lost on two servers',
        does: both(on('Berlin', { kind: 'publisherGone', path: 'pgm', forMs: 40_000 }), on('Hamburg', { kind: 'publisherGone', path: 'pgm', forMs: 40_000 })),
        truth: [{ of: ['streamGone Berlin/pgm', 'streamGone Hamburg/pgm'], within: 10, over: 40 }],
      },
      {
        at: 300,
        name: 'a machine goes, and its server with it',
        does: both(on('Köln', { kind: 'die', forMs: 90_000 }), under('Köln', { kind: 'unreachable', forMs: 90_000 })),
        truth: [{ of: ['serverDown Köln', 'hostDown srv-koln'], within: 60, over: 90, healedWithin: machineTriedWithin }],
      },
      {
        at: 480,
        name: 'a camera leaves',
        does: on('Berlin', { kind: 'publisherGone', path: 'cam-2', forMs: 70_000 }),
        truth: [{ of: ['streamGone Berlin/cam-2'], within: 10, over: 70 }],
      },
      {
        at: 515,
        name: 'another one leaves elsewhere meanwhile',
        does: on('Hamburg', { kind: 'publisherGone', path: 'stage-3', forMs: 70_000 }),
        truth: [{ of: ['streamGone Hamburg/stage-3'], within: 10, over: 70 }],
      },
      {
        at: 650,
        name: 'packets are lost, until the publisher leaves',
        does: both(on('Hamburg', { kind: 'srtLoss', path: 'pgm', forMs: 36_000 }), (hands) =>
          hands.later(30, () => hands.on('Hamburg', { kind: 'publisherGone', path: 'pgm', forMs: minute })),
        ),
        truth: [{ of: ['packetsLost Hamburg/pgm', 'framesInError Hamburg/pgm', 'streamGone Hamburg/pgm'], within: 45, over: 30, healedWithin: 120 }],
      },
      {
        at: 860,
        name: 'a server does not answer',
        does: on('Wien', { kind: 'noAnswer', forMs: minute }),
        truth: [{ of: ['serverDown Wien'], within: 15, over: 60 }],
      },
      {
        at: 880,
        name: 'a camera of another one flaps meanwhile',
        does: on('Berlin', { kind: 'flap', path: 'cam-4', everyMs: 16_000, times: 4 }),
        truth: [{ of: ['streamGone Berlin/cam-4', 'streamFlapping Berlin/cam-4'], within: 60, tellings: 2 }],
      },
    ],
  },
  {
    name: 'Friday: the console itself',
    minutes: 22,
    entries: [
      {
        at: 200,
        name: 'a server that is paused restarts',
        does: async (hands) => {
          await hands.pause('Wien', true)
          hands.on('Wien', { kind: 'noAnswer', forMs: minute })
          hands.later(90, () => hands.pause('Wien', false))
        },
        truth: [],
      },
      { at: 380, name: 'this console sleeps for two minutes', does: (hands) => hands.sleep(120), truth: [] },
      {
        at: 560,
        name: 'a camera leaves while this console sleeps',
        does: async (hands) => {
          hands.on('Berlin', { kind: 'publisherGone', path: 'cam-5', forMs: 150_000 })
          await hands.sleep(60)
        },
        truth: [{ of: ['streamGone Berlin/cam-5'], within: 100, over: 150 }],
      },
      {
        at: 780,
        name: 'a server is replaced within announced maintenance',
        does: async (hands) => {
          await hands.maintain('Köln', 5)
          hands.later(20, () => hands.on('Köln', { kind: 'die', forMs: 60_000 }))
        },
        truth: [{ of: ['serverDown Köln'], within: 35, over: 80, tellings: 0 }],
      },
      { at: 1_130, name: 'a path is taken out of the configuration', does: on('Köln', { kind: 'configure', remove: ['rhein-3'] }), truth: [] },
      { at: 1_190, name: 'a path is added', does: on('Köln', { kind: 'configure', add: [pushed('neu')] }), truth: [] },
    ],
    night: [
      { at: 600, name: 'a camera leaves', does: on('Berlin', { kind: 'publisherGone', path: 'cam-6' }), truth: [] },
      { at: 660, name: 'a camera leaves and returns', does: on('Berlin', { kind: 'publisherGone', path: 'cam-1', forMs: 600_000 }), truth: [] },
    ],
  },
  {
    name: 'Saturday: what the night has left',
    minutes: 12,
    entries: [
      { at: 0, name: 'a camera has been gone since the night', does: () => undefined, truth: [{ of: ['streamGone Berlin/cam-6'], within: 40, over: 240 }] },
      { at: 240, name: 'it returns', does: on('Berlin', { kind: 'clear' }), truth: [] },
      {
        at: 420,
        name: 'a process is frozen, and goes on',
        does: on('Köln', { kind: 'freeze', forMs: 30_000 }),
        truth: [{ of: ['serverDown Köln'], within: 15, over: 30 }],
      },
    ],
  },
  { name: 'Sunday: nothing', minutes: 10, entries: [] },
]
