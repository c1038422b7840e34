import { expect, test } from 'vitest'
import type { KeptEvent } from '../../shared/events.ts'
import { hostSubject } from '../../shared/subjectNames.ts'
import { eventText } from '../../shared/words/eventText.ts'
import { testHistories } from './openHistories.fixture.ts'

const at = Date.UTC(2026, 10, 21, 3, 12, 40)
const { clock, open } = testHistories(at)

/** Events of hosts as versions until 2026-11-21 stored them: the cause is an English sentence. */
const host = { subject: hostSubject('oslo'), ownerName: 'Oslo', text: '' }
const failure = { user: 'noc', said: null, fingerprint: null, knownFingerprint: null, keyType: null, target: '10.0.0.5:22' }
const stored = (error: object): KeptEvent => ({ ...host, at, kind: 'hostDown', facts: { error: { ...failure, ...error } } })
const older: readonly KeptEvent[] = [
  stored({ kind: 'authRefused', said: 'the password was not accepted. Check the user name and the password' }),
  stored({ kind: 'secretMissing', said: 'There is no private key stored for this host. Give it again' }),
  stored({ kind: 'jumpFailed', cause: { ...failure, kind: 'timeout', said: 'no TCP connection came about', target: '10.0.0.1:22' } }),
  stored({ kind: 'refused' }),
]

test('an event with the sentence of an earlier version is read from the folder and told in every language, with that sentence quoted', async () => {
  ;(await open()).restore(older)
  await clock().advance(15_000)
  const found = (await (await open()).events({ limit: 10, kinds: ['hostDown'] })).toReversed()
  expect(found.map(({ facts }) => facts)).toEqual(older.map(({ facts }) => facts))
  expect(found.map((event) => eventText(event, 'en'))).toEqual([
    'Oslo cannot be read: 10.0.0.5:22 does not let noc in: the password was not accepted. Check the user name and the password.',
    'Oslo cannot be read: There is no private key stored for this host. Give it again.',
    'Oslo cannot be read: The way through 10.0.0.5:22 failed: 10.0.0.1:22 did not answer in time (no TCP connection came about). It may be off, or a firewall drops what is sent to this port: try "ssh -v" from this machine.',
    'Oslo cannot be read: 10.0.0.5:22 refused the connection: nothing listens on that port.',
  ])
  expect(found.map((event) => eventText(event, 'de'))).toEqual([
    'Oslo ist nicht lesbar: 10.0.0.5:22 lässt noc nicht hinein: the password was not accepted. Check the user name and the password.',
    'Oslo ist nicht lesbar: Für diesen Rechner fehlen die Zugangsdaten (There is no private key stored for this host. Give it again).',
    'Oslo ist nicht lesbar: Der Weg über 10.0.0.5:22 scheiterte: 10.0.0.1:22 antwortete nicht rechtzeitig (no TCP connection came about). Vielleicht ist er aus, oder eine Firewall verwirft, was an diesen Port geht: Versuchen Sie „ssh -v“ von diesem Rechner.',
    'Oslo ist nicht lesbar: 10.0.0.5:22 weist die Verbindung ab: An diesem Port antwortet kein Dienst.',
  ])
})
