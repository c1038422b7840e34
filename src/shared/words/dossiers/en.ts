import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DossierWords } from './dossierWords.ts'

const say = sayIn('en')

export const en: Rest<DossierWords> = {
  made: (moment, version, zone, isHidden) =>
    `Made ${moment} with mtxdeck ${version}. Times: ${zone}. ${isHidden ? 'Secrets are left out, and so are addresses and users of clients: each has a name in its place.' : 'Secrets are left out; addresses of clients are in it.'}`,
  more: (count, isLeast) => `and ${isLeast ? 'at least ' : ''}${say.number(count)} more`,
  sessionsSince: (moment) => `Ended sessions are kept since ${moment}; earlier ones are not known.`,
  hit: ({ servers, streams, readers }) =>
    [
      say.count(servers, { one: 'server', other: 'servers' }),
      streams === null ? 'streams unknown' : say.count(streams, { one: 'stream', other: 'streams' }),
      readers === null ? 'readers unknown' : say.count(readers, { one: 'reader', other: 'readers' }),
    ].join(', '),
}
