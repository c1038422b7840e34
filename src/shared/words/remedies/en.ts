import { sayIn } from '../say.ts'
import type { RemedyWords } from './remedyWords.ts'

const say = sayIn('en')

export const en: RemedyWords = {
  reason: (rule) => `remedy of rule ${rule}`,
  acted: {
    kickPublisher: {
      begun: () => 'The publisher is being disconnected.',
      done: () => 'The publisher was disconnected.',
      failed: () => 'The publisher was not disconnected.',
      unknown: () => 'Whether the publisher was disconnected is not known.',
    },
    restartSource: {
      begun: () => 'The pulled source is being restarted.',
      done: () => 'The pulled source was restarted.',
      failed: () => 'The pulled source was not restarted.',
      unknown: () => 'Whether the pulled source was restarted is not known.',
    },
    restartPath: {
      begun: () => 'The path is being closed and opened again.',
      done: () => 'The path was closed and opened again.',
      failed: () => 'The path was not closed.',
      unknown: () => 'Whether the path was closed and opened again is not known.',
    },
    runCommand: {
      begun: () => 'The command is running on the host.',
      done: () => 'The command was run on the host.',
      failed: () => 'The command was not run on the host, or failed.',
      unknown: () => 'Whether the command was run on the host is not known.',
    },
  },
  why: {
    noPublisher: () => 'Nobody publishes the stream.',
    ownPublisher: () => 'This console publishes the stream itself.',
    notPulled: () => 'The server does not pull this stream.',
    sharedEntry: () => 'The configuration has no entry for this path alone: other paths would have been closed with it.',
    beingChanged: () => 'Somebody else is changing the configuration of this server.',
    notTaken: () => 'The server did not take the change.',
    notAsked: () => 'The server is not polled now.',
    noHost: () => 'No host with this server on it is watched over SSH.',
    ended: ({ code, said }) => {
      const what = code === null ? 'The command was killed' : code === 0 ? 'The command succeeded' : `The command failed with exit code ${code}`
      return said === '' ? `${what}.` : `${what}: ${said}`
    },
    timedOut: ({ limitMs }) => `The command did not end within ${say.duration(limitMs)}.`,
    interrupted: () => 'mtxdeck ended before the outcome was known.',
    internal: () => 'mtxdeck failed because of a defect of its own: its log says more.',
  },
  rehearsed: ({ alarms, acts, held, from }) => {
    const all = `Since ${say.moment(from)}: ${say.count(alarms, { one: 'alarm', other: 'alarms' })}, ${say.count(acts, { one: 'act', other: 'acts' })}.`
    return held === 0 ? all : `${all} ${say.count(held, { one: 'more act was', other: 'more acts were' })} held back by the limit per hour.`
  },
}
