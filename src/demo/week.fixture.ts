import { makeCertificate } from '../../tests/fakes/certificate.ts'
import type { TestTrouble } from './demoFleet.fixture.ts'
import type { DemoPathOptions, DemoServerOptions } from './demoOptions.ts'
import type { MachineTrouble } from './troubledHost.fixture.ts'

// A simulated week of a fleet: scripted faults, and the ground truth for each. Written by hand, independently of the rules: it states exactly
// what an operator must be alerted to, and nothing else.

/** An expected alarm, as `kind name` or `kind server/path`. */
type What = string

/** Alarms that share one cause and therefore must form one incident. */
export interface Truth {
  readonly of: readonly What[]
  /** Maximum seconds from the onset until each alarm is raised. */
  readonly within: number
  /** Seconds after the start of the entry at which the fault ends; omitted: it is an event, or lasts beyond the shift. */
  readonly over?: number
  /** Maximum seconds after that until all alarms have cleared; default 20. */
  readonly healedWithin?: number
  /** How many times the start is notified; default 1. 0: recorded, but nobody is notified. */
  readonly notifications?: number
  /** Whether the explanation must state that the media server process ended (false: must not); omitted: it may. */
  readonly processEnded?: boolean
}

/**
 * Streams measured by probes: `Kran` has an agreed format (contract), `Halle` reads `cam-3` of Berlin, `Mast` has a live playlist and a
 * transport stream that are checked, `Dach` keeps its key frame interval, and the others have their pictures and sound checked with the studio profile.
 */
export const weekProbes = ['Turm', 'Dach', 'Kran', 'Halle', 'Mast', 'Bühne', 'Foyer', 'Hof', 'Saal'] as const
export type WeekProbe = (typeof weekProbes)[number]
/** The address of a probe, if it is on a watched machine. */
export const addressesOfProbes: Readonly<Partial<Record<WeekProbe, string>>> = { Halle: 'rtsp://0.0.0.0:8554/cam-3' }
/**
 * In this order: no answer; slow answer; low bit rate; half of the pictures arrive; pictures are smaller than agreed; key frames are far apart; key frames
 * come at another interval; sound is out of sync; the playlist is stale; transport stream packets are lost. Then faults in the content of pictures and sound.
 */
export type ProbeTrouble =
  | ('gone' | 'slow' | 'thin' | 'jerky' | 'small' | 'rareKeyFrames' | 'otherInterval' | 'soundApart' | 'staleList' | 'tsBroken')
  | ('black' | 'oneColour' | 'colourBars' | 'frozen' | 'still' | 'silent' | 'clipped' | 'tooLoud')

export interface WeekHands {
  readonly on: (server: string, trouble: TestTrouble) => void
  readonly under: (server: string, trouble: MachineTrouble) => void
  readonly tryNow: (server: string) => Promise<void>
  readonly pause: (server: string, paused: boolean) => Promise<void>
  /** The operator accepts the certificate that the server presents now. */
  readonly pin: (server: string) => Promise<void>
  /** The same for the SSH host key of the server's machine. */
  readonly acceptKey: (server: string) => Promise<void>
  /** The second channel permanently refuses messages. */
  readonly refuse: (refuses: boolean) => void
  /** The second channel accepts nothing for this long and answers that it is busy. */
  readonly busy: (seconds: number) => void
  /** For this long, a file occupies the path where backups of this console's databases belong. */
  readonly blockBackups: (seconds: number) => void
  /** Somebody moves the file of alarms away. */
  readonly moveAlarms: () => void
  /** The process that reads streams keeps crashing for this long. */
  readonly readNothing: (seconds: number) => void
  /** This console's machine has no network for this long: it reaches no server and no machine. */
  readonly cutConsole: (seconds: number) => void
  /** Starts a maintenance window for a server. */
  readonly maintain: (server: string, minutes: number) => Promise<void>
  /** Runs an action this many seconds later. */
  readonly later: (seconds: number, does: () => void | Promise<void>) => void
  /** Sets what a probe reads from now on. */
  readonly probe: (name: WeekProbe, reads: ProbeTrouble | 'well') => void
  /** This console's machine sleeps for this long. */
  readonly sleep: (seconds: number) => Promise<void>
}

export interface Entry {
  /** Seconds after the start of the shift. */
  readonly at: number
  readonly name: string
  readonly does: (hands: WeekHands) => void | Promise<void>
  /** Empty: it must not raise any alarm. */
  readonly truth: readonly Truth[]
}

export interface Shift {
  readonly name: string
  readonly minutes: number
  readonly entries: readonly Entry[]
  /** What happens while the console is closed, and must be noticed when it is opened again. */
  readonly night?: readonly Entry[]
}

const pushed = (name: string, more: Partial<DemoPathOptions> = {}): DemoPathOptions => ({ name, source: 'rtspSession', bitrateBps: 3_000_000, ...more })
const pulled = (name: string, more: Partial<DemoPathOptions> = {}): DemoPathOptions => ({
  name,
  mode: 'pulled',
  source: 'rtspSource',
  bitrateBps: 2_500_000,
  ...more,
})
/** Address of a stream of one of these servers, as used by the others: all run on one host. */
const at = (port: number, path: string) => `rtsp://0.0.0.0:${port}/${path}`
const rtspPorts = { Berlin: 8554, Hamburg: 9554, Köln: 10_554 } as const
const srt = (name: string): DemoPathOptions => ({ name, source: 'srtConn', bitrateBps: 6_000_000, readers: ['srtConn', 'rtspSession'] })
const numbered = (names: string, count: number) => Array.from({ length: count }, (_, index) => `${names}-${index + 1}`)

const day = 86_400_000
/** When the week begins, epoch ms: a Monday. */
export const weekBeginsAt = Date.UTC(2026, 10, 16, 8, 0, 0)
/** A certificate that is valid for so long after the week's beginning. */
const certificateFor = (validForMs: number) =>
  makeCertificate({ names: ['127.0.0.1'], notBefore: new Date(weekBeginsAt - day), notAfter: new Date(weekBeginsAt + validForMs) })

export const weekServers: readonly DemoServerOptions[] = [
  {
    name: 'Berlin',
    rtspPort: rtspPorts.Berlin,
    version: '1.20',
    auth: { kind: 'basic', user: 'noc', password: 'watch-me-too' },
    paths: [
      srt('pgm'),
      ...numbered('cam', 6).map((name) => pushed(name, { readers: ['rtspSession'] })),
      pulled('door'),
      pushed('lab'),
      { name: 'event', mode: 'alwaysAvailable', source: 'srtConn', bitrateBps: 5_000_000 },
      pushed('relay', { forward: ['rtmp://10.9.0.4/live/demo-stream-key'] }),
      pushed('news'),
      pushed('sport', { forward: [at(rtspPorts.Hamburg, 'sport-in')] }),
    ],
  },
  {
    name: 'Hamburg',
    rtspPort: rtspPorts.Hamburg,
    version: '1.20',
    auth: { kind: 'basic', user: 'noc', password: 'watch-me' },
    paths: [
      srt('pgm'),
      ...numbered('stage', 4).map((name) => pushed(name)),
      pulled('yard'),
      pushed('truck-2', { from: '203.0.113.20' }),
      pushed('guest', { mode: 'dynamic', readers: ['webRTCSession'] }),
      pushed('phone', { mode: 'dynamic' }),
      pulled('news-north', { pullsFrom: at(rtspPorts.Berlin, 'news') }),
      pushed('sport-in'),
      { name: 'lazy', mode: 'onDemand', live: true, bitrateBps: 2_000_000, readers: ['rtspSession'] },
    ],
  },
  {
    name: 'Köln',
    rtspPort: rtspPorts.Köln,
    version: '1.17',
    auth: { kind: 'bearer', user: 'noc', password: 'watch-me-as-well' },
    // Due for renewal from Thursday on, 20 s after the start of the shift.
    tls: certificateFor(17 * day + 20_000),
    paths: [
      srt('dom'),
      ...numbered('rhein', 3).map((name) => pushed(name)),
      pushed('truck-3', { from: '203.0.113.30' }),
      pulled('news-west', { pullsFrom: at(rtspPorts.Hamburg, 'news-north') }),
      pulled('sport-west', { pullsFrom: at(rtspPorts.Hamburg, 'sport-in') }),
    ],
  },
  {
    name: 'Wien',
    version: '1.9',
    tls: certificateFor(365 * day),
    paths: [pushed('truck-1', { from: '203.0.113.10' }), pushed('prater'), pushed('ring'), srt('oper')],
  },
]

const minute = 60_000
/**
 * Maximum seconds until a change on a machine is noticed: two reads, 10 s apart, plus their duration. SSH answers take real time, during which
 * the simulated week continues.
 */
const machineReadWithin = 30
/** Maximum seconds until a recovered machine is retried and has been healthy for long enough: retries back off to every 75 s. */
const machineTriedWithin = 95
/** Maximum seconds until a change is noticed by a probe: it looks every 15 s and, without an answer, retries for a few more seconds. */
const probeReadWithin = 30
const both =
  (...runs: readonly ((hands: WeekHands) => void)[]) =>
  (hands: WeekHands) => {
    for (const run of runs) run(hands)
  }
const on = (server: string, trouble: TestTrouble) => (hands: WeekHands) => hands.on(server, trouble)
const under = (server: string, trouble: MachineTrouble) => (hands: WeekHands) => hands.under(server, trouble)
const probeReads = (name: WeekProbe, reads: ProbeTrouble, seconds: number) => (hands: WeekHands) => {
  hands.probe(name, reads)
  hands.later(seconds, () => hands.probe(name, 'well'))
}
/** Content faults of several probes, starting 5 s apart. `after`: seconds that a condition must last, or be observed, to count as a fault. */
const contentFaults = (
  at: number,
  seconds: number,
  faults: readonly (readonly [probe: WeekProbe, trouble: ProbeTrouble, rule: string, after: number])[],
): readonly Entry[] =>
  faults.map(([probe, trouble, rule, after], index) => ({
    at: at + index * 5,
    name: `${probe} is ${trouble}`,
    does: probeReads(probe, trouble, seconds),
    truth: [{ of: [`${rule} ${probe}`], within: probeReadWithin + after, over: seconds, healedWithin: probeReadWithin + Math.max(60, after) }],
  }))

export const week: readonly Shift[] = [
  {
    name: 'Monday: single streams',
    minutes: 12,
    entries: [
      { at: 0, name: 'a server lets everyone in', does: () => undefined, truth: [{ of: ['apiOpen Wien'], within: 30 }] },
      {
        at: 60,
        name: 'a publisher leaves for a minute',
        does: on('Berlin', { kind: 'publisherGone', path: 'cam-1', forMs: minute }),
        truth: [{ of: ['streamGone Berlin/cam-1'], within: 10, over: 60 }],
      },
      {
        at: 65,
        name: 'a stream that nobody expects ends while somebody reads it',
        does: on('Hamburg', { kind: 'publisherGone', path: 'guest', forMs: 100_000 }),
        truth: [{ of: ['endedWhileRead Hamburg/guest'], within: 15, over: 100 }],
      },
      {
        at: 70,
        name: 'a stream that nobody expects stands still until its server closes it, and is missed until it is back',
        does: on('Hamburg', { kind: 'stall', path: 'phone', forMs: 120_000 }),
        truth: [{ of: ['streamGone Hamburg/phone'], within: 30, over: 120 }],
      },
      {
        at: 75,
        name: 'a pushed stream stands still until its server closes it',
        does: on('Hamburg', { kind: 'stall', path: 'stage-1', forMs: 60_000 }),
        truth: [{ of: ['streamGone Hamburg/stage-1'], within: 30, over: 60 }],
      },
      {
        at: 90,
        name: 'a publisher comes back with another size of its picture',
        does: on('Köln', { kind: 'tracks', path: 'rhein-2', tracks: 'h264Aac', width: 1920, height: 1080 }),
        truth: [{ of: ['sizeChanged Köln/rhein-2'], within: 10 }],
      },
      {
        at: 100,
        name: 'a publisher flaps',
        does: on('Wien', { kind: 'flap', path: 'ring', everyMs: 16_000, times: 6 }),
        // Flapping counts for a quarter of an hour.
        truth: [{ of: ['streamGone Wien/ring', 'streamFlapping Wien/ring'], within: 60 }],
      },
      { at: 150, name: 'a publisher reconnects within three seconds', does: on('Berlin', { kind: 'publisherGone', path: 'cam-2', forMs: 2_500 }), truth: [] },
      {
        at: 170,
        name: 'packets are lost on the way for good',
        does: on('Hamburg', { kind: 'srtLoss', path: 'pgm', forMs: 36_000 }),
        truth: [{ of: ['packetsLost Hamburg/pgm', 'framesInError Hamburg/pgm'], within: 30, over: 36, healedWithin: 80 }],
      },
      {
        at: 180,
        name: 'a bit rate falls to a tenth',
        does: on('Köln', { kind: 'bitrate', path: 'rhein-1', factor: 0.1, forMs: 170_000 }),
        truth: [{ of: ['bitrateLow Köln/rhein-1'], within: 150, over: 170, healedWithin: 40 }],
      },
      {
        at: 200,
        name: 'a pulled source stands still',
        does: on('Berlin', { kind: 'stall', path: 'door', forMs: 50_000 }),
        truth: [{ of: ['streamStalled Berlin/door'], within: 20, over: 50 }],
      },
      { at: 220, name: 'sixty readers come and go', does: on('Berlin', { kind: 'readerFlood', path: 'pgm', readers: 60, forMs: 30_000 }), truth: [] },
      {
        at: 230,
        name: 'nobody watches a stream that somebody has to',
        does: on('Wien', { kind: 'readersGone', path: 'oper', forMs: 330_000 }),
        truth: [{ of: ['noReaders Wien/oper'], within: 320, over: 330, healedWithin: 40 }],
      },
      {
        at: 260,
        name: 'the slate is on air',
        does: on('Berlin', { kind: 'publisherGone', path: 'event', forMs: 40_000 }),
        truth: [{ of: ['slateOnAir Berlin/event'], within: 10, over: 40 }],
      },
      {
        at: 300,
        name: 'a publisher comes back with another codec',
        does: on('Berlin', { kind: 'tracks', path: 'lab', tracks: 'h265Aac' }),
        truth: [{ of: ['codecChanged Berlin/lab'], within: 10 }],
      },
      {
        at: 320,
        name: 'another publisher takes a stream over',
        does: on('Hamburg', { kind: 'otherPublisher', path: 'stage-2' }),
        truth: [{ of: ['publisherChanged Hamburg/stage-2'], within: 10 }],
      },
      {
        at: 330,
        name: 'the way of a publisher becomes too long for its latency',
        does: on('Köln', { kind: 'roundTrip', path: 'dom', factor: 6, forMs: 90_000 }),
        truth: [{ of: ['latencyTight Köln/dom', 'framesInError Köln/dom'], within: 50, over: 90, healedWithin: 80 }],
      },
      {
        at: 350,
        name: 'a destination refuses what is forwarded',
        does: on('Berlin', { kind: 'forwardFails', path: 'relay', forMs: 60_000 }),
        truth: [{ of: ['forwardFailing Berlin/relay'], within: 30, over: 60, healedWithin: 40 }],
      },
      {
        at: 400,
        name: 'readers can not take what they are sent',
        does: on('Hamburg', { kind: 'readersSlow', path: 'pgm', forMs: 90_000 }),
        truth: [{ of: ['readersSlow Hamburg/pgm'], within: 60, over: 90, healedWithin: 90 }],
      },
      {
        at: 470,
        name: 'the source of a stream on demand fails while somebody watches',
        does: on('Hamburg', { kind: 'publisherGone', path: 'lazy', forMs: 60_000 }),
        truth: [{ of: ['onDemandFailed Hamburg/lazy'], within: 10, over: 60 }],
      },
      {
        at: 520,
        name: 'a source that is added can not be reached, and is taken out again',
        does: both(on('Berlin', { kind: 'configure', add: [{ name: 'gate', mode: 'dead' }] }), (hands) =>
          hands.later(90, () => hands.on('Berlin', { kind: 'configure', remove: ['gate'] })),
        ),
        truth: [{ of: ['sourceFailing Berlin/gate'], within: 40, over: 90, healedWithin: 60 }],
      },
      {
        at: 570,
        name: 'connections are made and cut at once',
        does: on('Hamburg', { kind: 'reset', forMs: 40_000 }),
        truth: [{ of: ['serverDown Hamburg'], within: 15, over: 40 }],
      },
    ],
  },
  {
    name: 'Tuesday: whole servers',
    minutes: 14,
    entries: [
      {
        at: 30,
        name: 'a server ends, and is started after a minute',
        does: on('Hamburg', { kind: 'die', forMs: minute }),
        truth: [{ of: ['serverDown Hamburg'], within: 15, over: 60, processEnded: true }],
      },
      {
        at: 60,
        name: 'the clock of a server is wrong',
        does: on('Wien', { kind: 'clock', skewMs: 9_000, forMs: 150_000 }),
        truth: [{ of: ['serverClock Wien'], within: 80, over: 150, healedWithin: 40 }],
      },
      {
        at: 120,
        name: 'a server restarts within half a second',
        does: on('Köln', { kind: 'die', forMs: 500 }),
        truth: [{ of: ['serverRestarted Köln', 'mediaServerRestarted srv-koln'], within: machineReadWithin }],
      },
      {
        at: 130,
        name: 'a server can not be reached, and its streams go on',
        does: on('Berlin', { kind: 'unplugged', forMs: 40_000 }),
        truth: [{ of: ['serverDown Berlin'], within: 15, over: 40 }],
      },
      {
        at: 220,
        name: 'half of an answer comes, then nothing',
        does: on('Berlin', { kind: 'hang', forMs: 40_000 }),
        truth: [{ of: ['serverDown Berlin'], within: 15, over: 40 }],
      },
      {
        at: 280,
        name: 'connections are accepted and never answered',
        does: on('Wien', { kind: 'noAnswer', forMs: 30_000 }),
        truth: [{ of: ['serverDown Wien'], within: 15, over: 30 }],
      },
      {
        at: 300,
        name: 'a password is changed on the server',
        does: on('Hamburg', { kind: 'wrongPassword' }),
        truth: [{ of: ['serverHalted Hamburg'], within: 10 }],
      },
      {
        at: 340,
        name: 'answers break off in the middle',
        does: on('Köln', { kind: 'cut', forMs: 30_000 }),
        truth: [{ of: ['serverDown Köln'], within: 15, over: 30 }],
      },
      {
        at: 390,
        name: 'a proxy answers with its own page',
        does: on('Wien', { kind: 'html', forMs: 30_000 }),
        truth: [{ of: ['serverDown Wien'], within: 15, over: 30 }],
      },
      {
        at: 440,
        name: 'a server answers 500',
        does: on('Köln', { kind: 'status', status: 500, forMs: 30_000 }),
        truth: [{ of: ['serverDown Köln'], within: 15, over: 30 }],
      },
      { at: 540, name: 'answers take a second', does: on('Wien', { kind: 'slow', delayMs: 1_000, forMs: 20_000 }), truth: [] },
      {
        at: 700,
        name: 'a server comes back as another version',
        does: on('Köln', { kind: 'die', version: '1.20', forMs: 500 }),
        truth: [{ of: ['serverRestarted Köln', 'serverUpgraded Köln', 'mediaServerRestarted srv-koln'], within: 75 }],
      },
    ],
    night: [{ at: 600, name: 'the password is changed back', does: on('Hamburg', { kind: 'clear' }), truth: [] }],
  },
  {
    name: 'Wednesday: machines',
    minutes: 17,
    entries: [
      { at: 10, name: 'the server whose password is right again is asked again', does: (hands) => hands.tryNow('Hamburg'), truth: [] },
      {
        at: 60,
        name: 'a machine is busy',
        does: under('Berlin', { kind: 'load', cpuPercent: 82, forMs: 200_000 }),
        truth: [{ of: ['hostCpu srv-berlin'], within: 150, over: 200, healedWithin: 60 }],
      },
      {
        at: 70,
        name: 'memory is nearly full',
        does: under('Hamburg', { kind: 'load', memoryPercent: 93, forMs: 120_000 }),
        truth: [{ of: ['hostMemory srv-hamburg'], within: 80, over: 120, healedWithin: 60 }],
      },
      {
        at: 80,
        name: 'a disk is nearly full',
        does: under('Wien', { kind: 'load', diskPercent: 91, forMs: 180_000 }),
        truth: [{ of: ['diskUsed srv-wien disk:/'], within: 130, over: 180, healedWithin: 90 }],
      },
      { at: 90, name: 'a machine is busy for a minute', does: under('Köln', { kind: 'load', cpuPercent: 99, forMs: 60_000 }), truth: [] },
      {
        at: 130,
        name: 'a server answers what is no JSON',
        does: on('Hamburg', { kind: 'garbage', forMs: 30_000 }),
        truth: [{ of: ['serverDown Hamburg'], within: 15, over: 30 }],
      },
      {
        at: 200,
        name: 'a machine is hot',
        does: under('Köln', { kind: 'load', celsius: 84, forMs: 180_000 }),
        truth: [{ of: ['hostTemperature srv-koln'], within: 130, over: 180, healedWithin: 90 }],
      },
      {
        at: 260,
        name: 'the clock of a machine is wrong',
        does: under('Hamburg', { kind: 'clock', skewMs: -8_000, forMs: 150_000 }),
        truth: [{ of: ['hostClock srv-hamburg'], within: 130, over: 150, healedWithin: 90 }],
      },
      {
        at: 310,
        name: 'a process is frozen for eight seconds',
        does: on('Köln', { kind: 'freeze', forMs: 8_000 }),
        truth: [{ of: ['serverSilent Köln'], within: 10, over: 8 }],
      },
      {
        at: 340,
        name: 'UDP buffers overflow',
        does: under('Berlin', { kind: 'load', udpErrorsPerSecond: 40, forMs: 60_000 }),
        truth: [{ of: ['udpErrors srv-berlin'], within: 30, over: 60, healedWithin: 120 }],
      },
      {
        at: 360,
        name: 'a link is nearly full',
        does: under('Wien', { kind: 'load', networkPercent: 84, forMs: 150_000 }),
        truth: [{ of: ['networkBusy srv-wien net:eth0'], within: 130, over: 150, healedWithin: 90 }],
      },
      {
        at: 460,
        name: 'a server answers without end',
        does: on('Berlin', { kind: 'huge', forMs: 20_000 }),
        // The useless reads cost the server so much that it is not polled again for minutes.
        truth: [{ of: ['serverSilent Berlin'], within: 10, over: 20, healedWithin: 240 }],
      },
      {
        at: 560,
        name: 'a machine refuses SSH, and its streams go on',
        does: under('Berlin', { kind: 'unreachable', forMs: 100_000 }),
        truth: [{ of: ['hostDown srv-berlin'], within: 60, over: 100, healedWithin: machineTriedWithin }],
      },
      {
        at: 580,
        name: 'a machine shows another key than the one that is known',
        does: both(under('Köln', { kind: 'otherKey' }), (hands) => hands.later(60, () => hands.acceptKey('Köln'))),
        truth: [{ of: ['hostWaiting srv-koln', 'hostKeyChanged srv-koln'], within: machineReadWithin, over: 60, healedWithin: 30 }],
      },
      {
        at: 700,
        name: 'a machine is rebooted, and its server with it',
        does: both(on('Wien', { kind: 'die', forMs: 25_000 }), under('Wien', { kind: 'reboot', downMs: 20_000 })),
        truth: [{ of: ['serverDown Wien'], within: 10, over: 25 }],
      },
      {
        at: 780,
        name: 'a machine refuses the known password',
        does: under('Hamburg', { kind: 'wrongPassword', forMs: 900_000 }),
        truth: [{ of: ['hostWaiting srv-hamburg'], within: machineReadWithin }],
      },
      {
        at: 860,
        name: 'a machine is rebooted, and is back before anybody missed it',
        does: both(on('Köln', { kind: 'die', forMs: 500 }), under('Köln', { kind: 'reboot', downMs: 500 })),
        truth: [{ of: ['serverRestarted Köln', 'hostRestarted srv-koln', 'mediaServerRestarted srv-koln'], within: 30 }],
      },
    ],
  },
  {
    name: 'Thursday: several at once',
    minutes: 19,
    entries: [
      {
        at: 0,
        name: 'a certificate is to be renewed',
        does: () => undefined,
        truth: [{ of: ['certificateExpiring Köln'], within: 30 }],
      },
      {
        at: 60,
        name: 'six of the thirteen streams of a server leave within two seconds',
        does: both(...numbered('cam', 3).map((path) => on('Berlin', { kind: 'publisherGone', path, forMs: minute })), (hands) =>
          hands.later(2, () => both(...['cam-4', 'cam-5', 'cam-6'].map((path) => on('Berlin', { kind: 'publisherGone', path, forMs: minute })))(hands)),
        ),
        truth: [{ of: numbered('cam', 6).map((path) => `streamGone Berlin/${path}`), within: 12, over: 60, healedWithin: 22 }],
      },
      {
        at: 150,
        name: 'the same programme is lost on two servers',
        does: both(on('Berlin', { kind: 'publisherGone', path: 'pgm', forMs: 40_000 }), on('Hamburg', { kind: 'publisherGone', path: 'pgm', forMs: 40_000 })),
        truth: [{ of: ['streamGone Berlin/pgm', 'streamGone Hamburg/pgm'], within: 10, over: 40 }],
      },
      {
        at: 220,
        name: 'a place that sends to three servers loses its network',
        does: both(
          on('Wien', { kind: 'publisherGone', path: 'truck-1', forMs: 40_000 }),
          on('Hamburg', { kind: 'publisherGone', path: 'truck-2', forMs: 40_000 }),
          on('Köln', { kind: 'publisherGone', path: 'truck-3', forMs: 40_000 }),
        ),
        truth: [{ of: ['streamGone Hamburg/truck-2', 'streamGone Köln/truck-3', 'streamGone Wien/truck-1'], within: 10, over: 40 }],
      },
      {
        at: 290,
        name: 'a source that two servers pull from is gone',
        does: both(on('Berlin', { kind: 'publisherGone', path: 'door', forMs: 40_000 }), on('Hamburg', { kind: 'publisherGone', path: 'yard', forMs: 40_000 })),
        truth: [{ of: ['streamGone Berlin/door', 'streamGone Hamburg/yard'], within: 10, over: 40 }],
      },
      {
        at: 350,
        name: 'a machine goes, and its server with it',
        does: both(on('Köln', { kind: 'die', forMs: 80_000 }), under('Köln', { kind: 'unreachable', forMs: 80_000 })),
        truth: [{ of: ['serverDown Köln', 'hostDown srv-koln'], within: 60, over: 80, healedWithin: machineTriedWithin }],
      },
      {
        at: 380,
        name: 'a server does not answer',
        does: on('Wien', { kind: 'noAnswer', forMs: 30_000 }),
        truth: [{ of: ['serverDown Wien'], within: 15, over: 30 }],
      },
      {
        at: 390,
        name: 'a stream of another one flaps meanwhile',
        does: on('Berlin', { kind: 'flap', path: 'lab', everyMs: 16_000, times: 4 }),
        truth: [{ of: ['streamGone Berlin/lab', 'streamFlapping Berlin/lab'], within: 60 }],
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
        at: 552,
        name: 'a camera and a pulled source fail in the same moment, each by itself',
        does: both(
          on('Hamburg', { kind: 'publisherGone', path: 'stage-2', forMs: 40_000 }),
          on('Hamburg', { kind: 'publisherGone', path: 'yard', forMs: 40_000 }),
        ),
        truth: [
          { of: ['streamGone Hamburg/stage-2'], within: 10, over: 40 },
          { of: ['streamGone Hamburg/yard'], within: 10, over: 40 },
        ],
      },
      {
        at: 560,
        name: 'a machine is busy, and loses what its network brings',
        does: under('Berlin', { kind: 'load', cpuPercent: 95, udpErrorsPerSecond: 40, forMs: 180_000 }),
        truth: [{ of: ['hostCpu srv-berlin', 'udpErrors srv-berlin'], within: 150, over: 180, healedWithin: 120 }],
      },
      {
        at: 600,
        name: 'a server shows another certificate than the one that is known',
        does: on('Wien', { kind: 'certificate', shows: certificateFor(90 * day) }),
        // Long after the previous entry: what begins within a minute of another trouble of the server joins its incident.
        truth: [{ of: ['serverDown Wien'], within: 15, over: 80 }],
      },
      {
        at: 650,
        name: 'packets are lost, until the publisher leaves',
        does: both(on('Hamburg', { kind: 'srtLoss', path: 'pgm', forMs: 36_000 }), (hands) =>
          hands.later(30, () => hands.on('Hamburg', { kind: 'publisherGone', path: 'pgm', forMs: minute })),
        ),
        // Errors are over once good data has come for the off-delay, not when the publisher has left.
        truth: [{ of: ['packetsLost Hamburg/pgm', 'framesInError Hamburg/pgm', 'streamGone Hamburg/pgm'], within: 45, over: 30, healedWithin: 150 }],
      },
      {
        at: 680,
        name: 'somebody says that it is the right one',
        does: (hands) => hands.pin('Wien'),
        truth: [{ of: ['certificateChanged Wien'], within: 10 }],
      },
      {
        at: 790,
        name: 'a process is frozen, and goes on',
        does: on('Hamburg', { kind: 'freeze', forMs: 25_000 }),
        truth: [{ of: ['serverDown Hamburg'], within: 15, over: 25, processEnded: false }],
      },
      {
        at: 880,
        name: 'a publisher leaves, whose stream one server pulls from the other, and a third from that',
        does: both(
          on('Berlin', { kind: 'publisherGone', path: 'news', forMs: minute }),
          on('Hamburg', { kind: 'publisherGone', path: 'news-north', forMs: minute }),
          on('Köln', { kind: 'publisherGone', path: 'news-west', forMs: minute }),
        ),
        truth: [{ of: ['streamGone Berlin/news', 'streamGone Hamburg/news-north', 'streamGone Köln/news-west'], within: 15, over: 60 }],
      },
      {
        at: 990,
        name: 'a server goes that forwards a stream to another one, from which a third has it',
        does: both(
          on('Berlin', { kind: 'die', forMs: 60_000 }),
          on('Hamburg', { kind: 'publisherGone', path: 'sport-in', forMs: minute }),
          on('Köln', { kind: 'publisherGone', path: 'sport-west', forMs: minute }),
        ),
        truth: [{ of: ['serverDown Berlin', 'streamGone Hamburg/sport-in', 'streamGone Köln/sport-west'], within: 20, over: 60, healedWithin: 30 }],
      },
    ],
  },
  {
    name: 'Friday: the console itself',
    minutes: 21,
    entries: [
      {
        at: 60,
        name: 'a server that is paused restarts',
        does: async (hands) => {
          await hands.pause('Wien', true)
          hands.on('Wien', { kind: 'noAnswer', forMs: minute })
          hands.later(90, () => hands.pause('Wien', false))
        },
        truth: [],
      },
      { at: 180, name: 'this console sleeps for two minutes', does: (hands) => hands.sleep(120), truth: [] },
      {
        at: 360,
        name: 'a camera leaves while this console sleeps',
        does: async (hands) => {
          hands.on('Berlin', { kind: 'publisherGone', path: 'cam-5', forMs: 150_000 })
          await hands.sleep(60)
        },
        truth: [{ of: ['streamGone Berlin/cam-5'], within: 100, over: 150 }],
      },
      {
        at: 540,
        name: 'a server is replaced within announced maintenance',
        does: async (hands) => {
          await hands.maintain('Köln', 5)
          hands.later(20, () => hands.on('Köln', { kind: 'die', forMs: 60_000 }))
        },
        truth: [{ of: ['serverDown Köln'], within: 35, over: 80, notifications: 0 }],
      },
      {
        at: 650,
        name: 'so much is read of a server that it has to be asked more rarely',
        does: on('Berlin', { kind: 'readerFlood', path: 'lab', readers: 1_500, forMs: 100_000 }),
        // The cost of a poll is averaged, and not every poll reads the session lists: the interval returns to normal in steps.
        truth: [{ of: ['pollingSlowed Berlin'], within: 80, over: 100, healedWithin: 190 }],
      },
      {
        at: 880,
        name: 'this console has no network for a while',
        does: (hands) => hands.cutConsole(45),
        truth: [{ of: ['consoleOffline mtxdeck'], within: 15, over: 45, healedWithin: 30 }],
      },
      { at: 1_000, name: 'a path is taken out of the configuration', does: on('Köln', { kind: 'configure', remove: ['rhein-3'] }), truth: [] },
      { at: 1_030, name: 'a path is added', does: on('Köln', { kind: 'configure', add: [pushed('neu')] }), truth: [] },
      {
        at: 1_060,
        name: 'a channel refuses the notification of a stream that is gone',
        does: both(on('Hamburg', { kind: 'publisherGone', path: 'stage-4', forMs: 50_000 }), (hands) => {
          hands.refuse(true)
          hands.later(30, () => hands.refuse(false))
        }),
        truth: [
          { of: ['streamGone Hamburg/stage-4'], within: 10, over: 50 },
          // Until the channel accepts a message again.
          { of: ['messageRefused mtxdeck'], within: 30 },
        ],
      },
    ],
    night: [
      { at: 600, name: 'a camera leaves', does: on('Berlin', { kind: 'publisherGone', path: 'cam-6' }), truth: [] },
      { at: 660, name: 'a camera leaves and returns', does: on('Berlin', { kind: 'publisherGone', path: 'cam-1', forMs: 600_000 }), truth: [] },
    ],
  },
  {
    name: 'Saturday: what the night has left, and streams that are measured by their addresses',
    minutes: 29,
    entries: [
      { at: 0, name: 'a camera has been gone since the night', does: () => undefined, truth: [{ of: ['streamGone Berlin/cam-6'], within: 40, over: 120 }] },
      { at: 120, name: 'it returns', does: on('Berlin', { kind: 'clear' }), truth: [] },
      {
        at: 150,
        name: 'nobody answers at the address of a probe',
        does: probeReads('Turm', 'gone', 200),
        truth: [{ of: ['probeDown Turm'], within: probeReadWithin + 60, over: 200, healedWithin: probeReadWithin + 60 }],
      },
      {
        at: 160,
        name: 'an encoder is set to another key frame interval, and back',
        does: probeReads('Dach', 'otherInterval', 120),
        // Lasts for ten minutes (as does the change back), or until the stream is lost.
        truth: [{ of: ['gopChanged Dach'], within: probeReadWithin }],
      },
      {
        at: 200,
        name: 'a live playlist stands still',
        does: probeReads('Mast', 'staleList', 120),
        truth: [{ of: ['hlsStale Mast'], within: probeReadWithin, over: 120, healedWithin: probeReadWithin + 60 }],
      },
      { at: 380, name: 'nobody answers there for some seconds', does: probeReads('Dach', 'gone', 25), truth: [] },
      {
        at: 420,
        name: 'hardly anything arrives at a probe',
        does: probeReads('Dach', 'thin', 240),
        truth: [{ of: ['probeBitrateLow Dach'], within: probeReadWithin + 120, over: 240, healedWithin: probeReadWithin + 120 }],
      },
      {
        at: 450,
        name: 'packets of a transport stream are lost',
        does: probeReads('Mast', 'tsBroken', 120),
        truth: [{ of: ['tsErrors Mast'], within: probeReadWithin + 30, over: 120, healedWithin: probeReadWithin + 60 }],
      },
      {
        at: 480,
        name: 'a stream is smaller than was agreed',
        does: probeReads('Kran', 'small', 200),
        truth: [{ of: ['contractBroken Kran'], within: probeReadWithin + 60, over: 200, healedWithin: probeReadWithin + 60 }],
      },
      { at: 500, name: 'another one of which nothing was agreed is, too', does: probeReads('Turm', 'small', 200), truth: [] },
      {
        at: 780,
        name: 'a server that a probe reads takes four seconds to answer',
        does: probeReads('Turm', 'slow', 150),
        truth: [{ of: ['probeAnswersSlowly Turm'], within: probeReadWithin + 60, over: 150, healedWithin: probeReadWithin + 60 }],
      },
      {
        at: 790,
        name: 'half of the pictures arrive at a probe',
        does: probeReads('Dach', 'jerky', 210),
        truth: [{ of: ['probeFrameRateLow Dach'], within: probeReadWithin + 120, over: 210, healedWithin: probeReadWithin + 120 }],
      },
      {
        at: 800,
        name: 'key frames are twenty seconds apart',
        does: probeReads('Kran', 'rareKeyFrames', 210),
        truth: [{ of: ['keyFramesRare Kran'], within: probeReadWithin + 120, over: 210, healedWithin: probeReadWithin + 120 }],
      },
      {
        at: 810,
        name: 'a publisher leaves whose stream a probe reads from its server',
        does: both(on('Berlin', { kind: 'publisherGone', path: 'cam-3', forMs: 150_000 }), probeReads('Halle', 'gone', 150)),
        truth: [{ of: ['streamGone Berlin/cam-3', 'probeDown Halle'], within: probeReadWithin + 60, over: 150, healedWithin: probeReadWithin + 60 }],
      },
      { at: 1_000, name: 'a picture is black for some seconds', does: probeReads('Bühne', 'black', 14), truth: [] },
      ...contentFaults(1_060, 100, [
        ['Bühne', 'black', 'pictureBlack', 15],
        ['Foyer', 'colourBars', 'colourBarsOnAir', 15],
        ['Hof', 'frozen', 'pictureFrozen', 15],
        ['Saal', 'silent', 'soundSilent', 30],
      ]),
      {
        at: 1_070,
        name: 'sound comes a second and a half before its picture',
        does: probeReads('Turm', 'soundApart', 240),
        truth: [{ of: ['audioOffset Turm'], within: probeReadWithin + 120, over: 240, healedWithin: probeReadWithin + 120 }],
      },
      ...contentFaults(1_290, 240, [
        ['Bühne', 'oneColour', 'pictureOneColour', 15],
        ['Foyer', 'still', 'pictureStill', 75],
        ['Saal', 'tooLoud', 'loudnessOff', 120],
      ]),
      // Sound constantly at full scale is also too loud: one incident.
      {
        at: 1_305,
        name: 'Hof is clipped',
        does: probeReads('Hof', 'clipped', 240),
        truth: [{ of: ['soundClipped Hof', 'loudnessOff Hof'], within: probeReadWithin + 120, over: 240, healedWithin: probeReadWithin + 120 }],
      },
    ],
  },
  { name: 'Sunday: nothing', minutes: 5, entries: [] },
  {
    name: 'Monday again: this console itself',
    minutes: 36,
    entries: [
      {
        at: 0,
        name: 'its databases can’t be copied',
        does: (hands) => hands.blockBackups(240),
        // Retried after a quarter of an hour.
        truth: [{ of: ['backupMissed mtxdeck'], within: 150, over: 240, healedWithin: 1_200 }],
      },
      {
        at: 300,
        name: 'its file of alarms is moved away',
        does: (hands) => hands.moveAlarms(),
        // What is written now is lost when the console ends: open until then.
        truth: [{ of: ['storeFailing mtxdeck'], within: 20 }],
      },
      {
        at: 330,
        name: 'what reads streams ends again and again',
        does: (hands) => hands.readNothing(150),
        truth: [{ of: ['mediaFailing mtxdeck'], within: probeReadWithin + 60, over: 150, healedWithin: probeReadWithin + 60 }],
      },
      {
        at: 600,
        name: 'a channel is away for a quarter of an hour while a stream is gone',
        does: both(on('Hamburg', { kind: 'publisherGone', path: 'stage-2', forMs: 100_000 }), (hands) => hands.busy(1_000)),
        truth: [
          { of: ['streamGone Hamburg/stage-2'], within: 10, over: 100 },
          // Waiting messages are retried every five minutes.
          { of: ['channelUnreachable mtxdeck'], within: 930, over: 1_000, healedWithin: 320 },
        ],
      },
    ],
  },
]
